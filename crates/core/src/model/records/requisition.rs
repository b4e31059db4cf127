//! The order for one panel at one visit, and how the drawing went.

use crate::{
    identifiers::IdentifierKind,
    model::{
        Choices, Decimal, Field, FieldKind, MatchKey, ModelKind, RecordModel, Values,
        field::{choice, event_time, integer, reference, text, yes_no},
        joined,
    },
};

/// The order for one panel at one visit.
pub struct Requisition;

/// The match key of requisitions of one participant, visit and panel.
pub const SAME_REQUEST: &str = "request";

const IF_DRAWN: &str = "the specimen was drawn";

impl RecordModel for Requisition {
    const NAME: &'static str = "requisition";
    const LABEL: &'static str = "Requisition";
    const VERSION: u32 = 1;
    const KIND: ModelKind = ModelKind::Record;
    const KEY_FIELD: &'static str = "requisition_identifier";
    const FIELDS: &'static [Field] = &[
        Field::new(
            "requisition_identifier",
            "Requisition identifier",
            FieldKind::Identifier(IdentifierKind::Requisition),
        )
        .computed()
        .locked()
        .carrier(),
        reference("participant", "Participant", "participant").required(),
        reference("visit", "Visit", "visit").required(),
        Field::new("panel", "Panel", FieldKind::Choice(Choices::Panels)).required().carrier(),
        event_time("requisition_datetime", "Time of the requisition").required(),
        yes_no("is_drawn", "Drawn").required(),
        choice("reason_not_drawn", "Reason not drawn", "reason_not_drawn").required_when("the specimen was not drawn"),
        text("reason_not_drawn_other", "Other reason").required_when("the reason not drawn is other"),
        event_time("drawn_datetime", "Time drawn").required_when(IF_DRAWN).carrier(),
        choice("item_type", "Type of container", "item_type").required_when(IF_DRAWN).carrier(),
        integer("item_count", "Number of containers", 1, 99).required_when(IF_DRAWN).carrier(),
        Field::new("estimated_volume", "Estimated volume (mL)", volume()).required_when(IF_DRAWN).carrier(),
        choice("priority", "Priority", "priority").required().carrier(),
        Field::new("clinician_initials", "Clinician's initials", FieldKind::Initials).required(),
        text("comments", "Comments"),
    ];

    fn natural_key(values: &dyn Values) -> Option<String> {
        values.text("requisition_identifier").map(str::to_owned)
    }

    fn match_keys(values: &dyn Values) -> Vec<MatchKey> {
        let request = joined(&[values.text("participant"), values.text("visit"), values.text("panel")]);
        request.map(|request| (SAME_REQUEST, request)).into_iter().collect()
    }
}

/// A volume in millilitres.
pub(super) const fn volume() -> FieldKind {
    FieldKind::Decimal { places: 3, min: Decimal::whole(0), max: Decimal::whole(1000) }
}
