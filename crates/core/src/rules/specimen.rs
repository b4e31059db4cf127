//! Rules of a specimen: it is an item of a requisition that was drawn.

use super::{
    fill,
    judge::{Judge, ids},
};
use crate::{
    custody,
    entry::Fields,
    model::{RecordModel, Specimen, Values},
    package::CompiledPackage,
    problem::{Broken, Rule},
    world::World,
};

pub(super) static RULES: &[&Rule] = &[
    &NOT_DRAWN,
    &ITEM_BEYOND,
    &ITEM_TWICE,
    &NO_VOLUME,
    &LABELLED_HOW,
    &LABELLED_WHY,
    &BAG_RANGE,
    &UNLABELLED,
    &PACKED_HOW,
    &PACKED_WHY,
    &HANDED_OVER,
];

static NOT_DRAWN: Rule = Rule::error(
    "specimen.not_drawn",
    "{field}: its specimen was not drawn. Correct the requisition, or choose another one.",
);
static ITEM_BEYOND: Rule = Rule::error(
    "specimen.item_beyond",
    "{field} is above the {count} containers of the requisition. Correct it here or there.",
);
static ITEM_TWICE: Rule = Rule::error(
    "specimen.item_twice",
    "{field}: there is a specimen of this requisition with this number already. Take the next number.",
);
static NO_VOLUME: Rule = Rule::error("specimen.no_volume", "{field} must be above 0. Enter what is in the container.");

static LABELLED_HOW: Rule = Rule::error(
    "specimen.labelled_how",
    "{field} is empty. Scan the label on the tube, or say how else it was checked.",
);
static LABELLED_WHY: Rule = Rule::error(
    "specimen.labelled_why",
    "{field}: a label that was not scanned back needs a reason. Scan it, or say why that cannot be done.",
);

static BAG_RANGE: Rule = Rule::error(
    "specimen.bag_range",
    "{field}: the bag is kept at {bag_low} to {bag_high} °C, and {panel} needs {low} to {high} °C. Put the tube into \
     another bag.",
);
static UNLABELLED: Rule = Rule::error(
    "specimen.unlabelled",
    "{field}: the label of the tube was not checked. Scan it on its tube first, then pack it.",
);
static PACKED_HOW: Rule =
    Rule::error("specimen.packed_how", "{field} is empty. Scan the tube into the bag, or say how else it was put in.");
static PACKED_WHY: Rule = Rule::error(
    "specimen.packed_why",
    "{field}: a tube that was not scanned into its bag needs a reason. Scan it, or say why that cannot be done.",
);

static HANDED_OVER: Rule = Rule::error(
    "specimen.handed_over",
    "{field}: the tube was handed over, and both people have signed. What happens to it now goes into the next hand-over.",
);

pub(super) fn judge(judge: &Judge<'_>) {
    if let Some(requisition) = judge.referred("requisition") {
        if requisition.yes_no("is_drawn") == Some(false) {
            judge.breaks(&NOT_DRAWN, "requisition");
        }
        let (item, count) = (judge.values.integer("item"), requisition.integer("item_count"));
        if let (Some(item), Some(count)) = (item, count)
            && item > count
        {
            judge.note(Broken::at(&ITEM_BEYOND, "item").with("count", count));
        }
    }
    if judge.values.decimal("volume_ml").is_some_and(|volume| volume <= crate::model::Decimal::whole(0)) {
        judge.breaks(&NO_VOLUME, "volume_ml");
    }
    match judge.values.text("labelled_by") {
        None if judge.values.has("labelled_at") => judge.breaks(&LABELLED_HOW, "labelled_by"),
        Some(by) if by != "scanned" && !judge.values.has("labelled_reason") => {
            judge.breaks(&LABELLED_WHY, "labelled_reason");
        }
        _ => {}
    }
    if judge.has("bag") {
        packed(judge);
    }
    if judge.is_form() && moves_after_hand_over(judge) {
        judge.breaks(&HANDED_OVER, "bag");
    }
    for (kind, value) in Specimen::match_keys(judge.values) {
        let found = judge.others(judge.world.by_match(kind, &value));
        if !found.is_empty() {
            judge.note(Broken::at(&ITEM_TWICE, "item").among(ids(&found)));
        }
    }
}

/// Says whether a form puts a tube into a bag, or out of one, that somebody has taken over since.
fn moves_after_hand_over(judge: &Judge<'_>) -> bool {
    let Some(before) = judge.before() else { return false };
    let handed = || before.text("specimen_identifier").and_then(|code| custody::Custody::of(judge.world).of_tube(code));
    before.reference("bag") != judge.values.reference("bag") && handed().is_some()
}

/// A tube in a bag was labelled before, is told how it came there, and bears the temperature of the bag.
fn packed(judge: &Judge<'_>) {
    if !judge.has("labelled_at") {
        judge.breaks(&UNLABELLED, "bag");
    }
    for field in ["packed_at", "packed_by"].into_iter().filter(|field| !judge.has(field)) {
        judge.breaks(&PACKED_HOW, field);
    }
    if judge.values.text("packed_by").is_some_and(|by| by != "scanned") && !judge.has("packed_reason") {
        judge.breaks(&PACKED_WHY, "packed_reason");
    }
    let panel = judge.referred("requisition").and_then(|requisition| judge.package.panel(requisition.text("panel")?));
    let (Some(panel), Some(bag)) = (panel, judge.referred("bag")) else { return };
    let range = panel.transport_celsius;
    let (Some(low), Some(high)) = (bag.integer("celsius_low"), bag.integer("celsius_high")) else { return };
    if low < i64::from(range.low) || high > i64::from(range.high) {
        let broken = Broken::at(&BAG_RANGE, "bag").with("bag_low", low).with("bag_high", high);
        judge.note(broken.with("panel", &panel.abbreviation).with("low", range.low).with("high", range.high));
    }
}

/// The tube is that of the panel.
pub(super) fn derive(fields: &mut Fields, package: &CompiledPackage, world: &dyn World) {
    let requisition = fields.reference("requisition").and_then(|id| world.record(id));
    let panel = requisition.as_ref().and_then(|requisition| package.panel(requisition.text("panel")?));
    if let Some(panel) = panel {
        fill(fields, "tube_type", panel.tube_type.clone());
    }
}
