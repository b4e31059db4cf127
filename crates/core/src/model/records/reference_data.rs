//! Reference data: it comes with the study package, whole and signed, and never travels in the journal.

use crate::model::{Field, FieldKind, ModelKind, RecordModel, Values};

macro_rules! reference_data {
    ($($(#[$doc:meta])* $type:ident $name:literal $label:literal keyed by $key:literal;)*) => {$(
        $(#[$doc])*
        pub struct $type;

        impl RecordModel for $type {
            const NAME: &'static str = $name;
            const LABEL: &'static str = $label;
            const VERSION: u32 = 1;
            const KIND: ModelKind = ModelKind::Reference;
            const KEY_FIELD: &'static str = $key;
            const FIELDS: &'static [Field] = &[
                Field::new($key, "Code", FieldKind::Text { max: 100 }).required(),
                Field::new("label", "Label", FieldKind::Text { max: 200 }),
            ];

            fn natural_key(values: &dyn Values) -> Option<String> {
                values.text($key).map(str::to_owned)
            }
        }
    )*};
}

reference_data! {
    /// A site or community.
    Location "location" "Location" keyed by "code";
    /// A panel of laboratory tests.
    Panel "panel" "Panel" keyed by "code";
    /// A person with an account.
    User "user" "User" keyed by "id";
    /// An enrolled laptop or server.
    Device "device" "Device" keyed by "id";
    /// The layout of a printed label.
    LabelTemplate "label_template" "Label template" keyed by "code";
    /// A list of codes to choose from.
    CodeList "code_list" "Code list" keyed by "code";
}
