//! The token with which a signed-out laptop sends its sealed outbox: derived from the device's token, good for putting
//! bundles and for nothing else. It has to lie readable beside the outbox, so it must not open more than that.

use crate::seal::hex;

/// Derives the upload token from a device's token; the way back is closed.
pub fn upload_token(token: &str) -> String {
    hex::encode(&blake3::derive_key("tsela/upload-token/1", token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Servers keep its hash: it must never change.
    #[test]
    fn the_derivation_is_frozen() {
        insta::assert_snapshot!(upload_token("a token of a laptop"));
    }
}
