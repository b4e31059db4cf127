//! Roads: ways for bundles between a device and a server. They know nothing of what a bundle holds.
//!
//! A road can put a bundle and fetch the bundles that wait for this device. Listing and getting are one operation here:
//! what waits for one device is a few receipts, and on HTTP each further call would cost a round trip on a bad link.
//! Folder and SFTP are roads of files, which list and get apart ([`files`]). Only a receipt means delivered; what a road says of itself
//! never does.

use std::future::Future;

use tsela_core::bundle::BundleId;

mod copied;
mod error;
pub mod files;
pub mod folder;
pub mod http;
pub mod pin;
pub mod portal;
pub mod sftp;

pub use copied::Copied;
pub use error::{NetworkError, RoadError};

/// A way for bundles.
pub trait Road: Send + Sync {
    /// Says how much of a bundle came before its transfer broke off, bytes; 0 on a road that keeps no parts.
    fn held(&self, id: BundleId) -> impl Future<Output = Result<usize, RoadError>> + Send;

    /// Puts a bundle, of which the first `from` bytes came before, as [`held`](Self::held) says. Putting the same one
    /// again is harmless. Returns what came back at once: over HTTP the receipt, on other roads nothing.
    fn put(
        &self,
        id: BundleId,
        bundle: &[u8],
        from: usize,
    ) -> impl Future<Output = Result<Vec<Vec<u8>>, RoadError>> + Send;

    /// Fetches the receipts that wait for this device and are numbered above `after`, oldest first; perhaps not all at
    /// once.
    fn fetch(&self, after: u64) -> impl Future<Output = Result<Vec<Vec<u8>>, RoadError>> + Send;
}
