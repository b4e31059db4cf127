//! Attachments: how large they may be, what they are, and what they belong to.

use serde_json::json;

use super::{Case, form};

pub(super) fn cases() -> Vec<Case> {
    let attachment = |changes| form("attachment", changes);
    vec![
        (
            "attachment.too_large",
            "size",
            attachment(json!({"size": 8 * 1024 * 1024 + 1})),
            attachment(json!({"size": 8 * 1024 * 1024})),
        ),
        (
            "attachment.no_content",
            "content",
            attachment(json!({"content": "consent.jpg"})),
            attachment(json!({"content": "0f".repeat(32)})),
        ),
    ]
}
