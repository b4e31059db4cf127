use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use serde_json::json;
use tracing_subscriber::{fmt::MakeWriter, prelude::*};
use tsela_core::{entry::Op, ids::RecordId};
use tsela_server::admin::By;
use uuid::Uuid;

use crate::{
    clinic::Clinic,
    laptop::{Laptop, ask_to_enrol, request},
};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// What happens in a day, good and bad, with words that must not be in any line at the most talkative level.
#[tokio::test(flavor = "multi_thread")]
async fn no_line_holds_a_participant_a_person_a_token_or_a_passphrase() {
    let lines = Lines::default();
    let layer = tracing_subscriber::fmt::layer().json().with_writer(lines.clone());
    let ours = tracing_subscriber::filter::Targets::new().with_target("tsela", tracing::Level::TRACE);
    tracing_subscriber::registry().with(layer.with_filter(ours)).try_init().unwrap();

    let clinic = Clinic::open().await;
    let mut laptop = Laptop::enrol(&clinic, 1, "Oratile Canaryname").await;
    let set = json!({"first_name": "CANARYPERSON", "last_name": "CANARYPERSON", "phone": "71CANARY"});
    laptop.write(Op::Insert, "participant", RecordId(Uuid::from_u128(1)), set, clinic.now());
    laptop.write(Op::Insert, "canarymodel", RecordId(Uuid::from_u128(2)), json!({"x": "CANARYPERSON"}), clinic.now());
    laptop.push(&clinic, 0).await;
    laptop.get(&clinic, "/v1/digest?streams=CANARYPERSON").await;
    ask_to_enrol(&clinic, &request(2, [7; 16], "Oratile Canaryname")).await;
    clinic.server.set_account("Mpho Canaryname", "administrator", "canary passphrase", &By::operator()).unwrap();
    for passphrase in ["canary passphrase", "canary wrong"] {
        let args = json!({"user": "Mpho Canaryname", "passphrase": passphrase});
        clinic.page(None, "server_sign_in", args).await;
    }
    clinic.server.revoke(laptop.device, "canary reason", &By::operator()).unwrap();
    let token = laptop.token.clone();
    clinic.close().await;

    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("bundle stored") && text.contains("device enrolled"), "{text}");
    for line in text.lines() {
        let lower = line.to_lowercase();
        assert!(!lower.contains("canary") && !line.contains(&token), "{line}");
        serde_json::from_str::<serde_json::Value>(line).expect("each line is JSON");
    }
}
