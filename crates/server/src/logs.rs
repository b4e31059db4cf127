//! Structured logs: one JSON object a line on standard error.
//!
//! What is logged is named here by what is left out: no field of a record, no person's name, no token, secret or
//! passphrase, no query of a URL. Devices and bundles appear by id, calls by method and route.

use tracing_subscriber::{EnvFilter, fmt, prelude::*};

/// Begins logging at `info`, or as `TSELA_LOG` says. Does nothing if the program logs already.
pub fn to_stderr() {
    let filter = EnvFilter::try_from_env("TSELA_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = fmt::layer().json().flatten_event(true).with_target(false).with_writer(std::io::stderr);
    let _ = tracing_subscriber::registry().with(filter).with(lines).try_init();
}
