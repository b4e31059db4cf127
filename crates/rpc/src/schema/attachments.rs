//! Attachments: files that belong to records, on their way to and from the pages.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use tsela_core::ids::RecordId;

/// Attaches a file to a record.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct AttachArgs {
    /// The record.
    pub about: RecordId,
    /// The file's name.
    pub file_name: String,
    /// Its bytes, as base64.
    pub content: String,
    /// What it shows, in a few words; may be empty.
    pub shows: String,
}

/// The file of an attachment.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct AttachmentFile {
    /// What kind of file it is, as its bytes say.
    pub media_type: String,
    /// Its name.
    pub file_name: String,
    /// Its bytes, as base64.
    pub content: String,
}

/// Without the bytes.
impl std::fmt::Debug for AttachArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AttachArgs").field("about", &self.about).finish_non_exhaustive()
    }
}

/// Without the bytes.
impl std::fmt::Debug for AttachmentFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AttachmentFile").field("media_type", &self.media_type).finish_non_exhaustive()
    }
}
