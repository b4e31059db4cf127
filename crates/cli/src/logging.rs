//! Logs, to standard error. Quiet unless asked: what people need to know, the commands say themselves.

use tracing_subscriber::EnvFilter;

use crate::args::Command;

/// Begins logging. A server logs as servers do, one JSON object a line.
pub fn begin(verbose: u8, command: &Command) {
    if matches!(command, Command::Serve(_)) && verbose == 0 && std::env::var_os("RUST_LOG").is_none() {
        return tsela_server::logs::to_stderr();
    }
    let level = match verbose {
        0 => "off",
        1 => "info,hyper=warn,rustls=warn,reqwest=warn",
        _ => "debug",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let _ =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false).try_init();
}
