//! The runtime for commands that talk to a network.

use std::future::Future;

use anyhow::Context as _;

/// Runs `work` to its end.
///
/// # Errors
/// If the operating system gives no threads.
pub fn block_on<T>(work: impl Future<Output = T>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    Ok(runtime.context("no runtime for the network")?.block_on(work))
}
