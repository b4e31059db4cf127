//! The program `tsela`.

use std::process::ExitCode;

fn main() -> ExitCode {
    tsela_cli::main()
}
