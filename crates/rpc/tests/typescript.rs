//! Keeps `ui/src/generated/rpc.ts` the same as the declarations in Rust.

use std::{fs, path::Path};

use tsela_rpc::{schema, typescript::Collector};

#[test]
fn the_generated_typescript_is_fresh() {
    let mut collector = Collector::default();
    schema::client::client_typescript(&mut collector);
    schema::server::server_typescript(&mut collector);
    collector.add::<schema::Failure>();
    let text = collector.finish();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/generated/rpc.ts");
    if std::env::var_os("TSELA_UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &text).unwrap();
    }
    let known = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(known == text, "run `TSELA_UPDATE=1 cargo test -p tsela-rpc --test typescript` and commit the result");
}
