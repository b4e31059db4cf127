//! A photo or a page that belongs to a record. Its bytes are not in the journal: they are named by their hash.

use crate::{
    attachment::{MAX_CONTENT, MAX_NAME, MEDIA_TYPES},
    model::{
        ANY_MODEL, Choices, Field, FieldKind, MatchKey, ModelKind, RecordModel, Values,
        field::{integer, reference},
        joined,
    },
};

/// A photo or a page that belongs to a record.
pub struct Attachment;

/// The match key of attachments with the same bytes.
pub const SAME_CONTENT: &str = "content";

impl RecordModel for Attachment {
    const NAME: &'static str = "attachment";
    const LABEL: &'static str = "Attachment";
    const VERSION: u32 = 1;
    const KIND: ModelKind = ModelKind::Record;
    const KEY_FIELD: &'static str = "content";
    const FIELDS: &'static [Field] = &[
        reference("about", "Belongs to", ANY_MODEL).required().locked(),
        Field::new("content", "Hash of the file", FieldKind::Text { max: 64 }).required().locked(),
        Field::new("media_type", "Kind of file", FieldKind::Choice(Choices::Fixed(MEDIA_TYPES))).required().locked(),
        integer("size", "Size (bytes)", 1, MAX_CONTENT as i64).required().locked(),
        Field::new("file_name", "File name", FieldKind::Text { max: MAX_NAME }).required(),
        Field::new("shows", "What it shows", FieldKind::Text { max: 200 }),
    ];

    fn natural_key(values: &dyn Values) -> Option<String> {
        joined(&[values.text("about"), values.text("content")])
    }

    fn match_keys(values: &dyn Values) -> Vec<MatchKey> {
        values.text("content").map(|content| (SAME_CONTENT, content.to_owned())).into_iter().collect()
    }
}
