//! The program `tsela`.

use std::process::ExitCode;

// A push makes and drops millions of short texts, many of them on another thread than the one that made them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    tsela_cli::main()
}
