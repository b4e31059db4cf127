//! A tube that is looked for: who looks for it, and what is known.

use crate::model::{
    Choices, Field, FieldKind, ModelKind, RecordModel, Values,
    field::{event_time, text},
};

/// A tube that is looked for.
pub struct MissingTube;

/// How a search may end without the tube.
pub const CONCLUSIONS: &[&str] = &["lost", "destroyed", "never_drawn"];

impl RecordModel for MissingTube {
    const NAME: &'static str = "missing_tube";
    const LABEL: &'static str = "Missing tube";
    const VERSION: u32 = 1;
    const KIND: ModelKind = ModelKind::Record;
    const KEY_FIELD: &'static str = "tube";
    const FIELDS: &'static [Field] = &[
        Field::new("tube", "Specimen identifier", FieldKind::Text { max: 32 }).required().locked(),
        Field::new("owner", "Looked for by", FieldKind::Text { max: 100 }),
        text("note", "Note"),
        Field::new("conclusion", "Given up as", FieldKind::Choice(Choices::Fixed(CONCLUSIONS))),
        event_time("concluded_at", "Given up").required_when("it is not looked for any more"),
    ];

    fn natural_key(values: &dyn Values) -> Option<String> {
        values.text("tube").map(str::to_owned)
    }
}
