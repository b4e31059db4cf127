//! `cargo bench -p tsela-benches`, or `make bench`.

fn main() -> std::process::ExitCode {
    tsela_benches::main()
}
