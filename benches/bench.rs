//! `cargo bench -p tsela-benches`, or `make bench`.

// As in the programs that are measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    tsela_benches::main()
}
