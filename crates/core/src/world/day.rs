//! A valid day in memory, one record of each model, for tests to spoil.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use super::MemoryWorld;
use crate::{
    custody,
    entry::{Entry, Fields, Op, Seen},
    fold::RecordState,
    identifiers,
    ids::{RecordId, SaveId, StreamCode, UserId},
    model,
    package::{CompiledPackage, demonstration},
    time::Timestamp,
};

pub(crate) const NOON: &str = "2026-03-02T12:00:00Z";

pub(crate) fn id(n: u128) -> RecordId {
    RecordId(Uuid::from_u128(0x018f_3b1c_6a00_7000_8000_0000_0000_0000 + n))
}

pub(crate) fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn package() -> CompiledPackage {
    CompiledPackage::new(demonstration().unwrap()).unwrap()
}

pub(crate) fn fields(value: Value) -> Fields {
    serde_json::from_value(value).unwrap()
}

pub(crate) fn entry(op: Op, model: &str, record: RecordId, seq: u64, set: Fields) -> Entry {
    Entry {
        seq,
        save: SaveId(Uuid::from_u128(u128::from(seq))),
        last: true,
        at: instant(NOON),
        tz: "+02:00".to_owned(),
        user: UserId(Uuid::from_u128(7)),
        app: "tsela/0.1.0".to_owned(),
        package: 1,
        op,
        model: model.to_owned(),
        version: 1,
        record,
        seen: Seen::new(),
        set,
        was: Fields::new(),
        settles: Vec::new(),
        reason: None,
        source: None,
    }
}

pub(crate) fn stream() -> StreamCode {
    "A01".parse().unwrap()
}

/// One record of each model, as a valid shift would leave them.
pub(crate) struct Day {
    pub world: MemoryWorld,
    pub forms: BTreeMap<&'static str, Fields>,
    seq: u64,
}

impl Day {
    pub fn new() -> Self {
        let mut day = Self { world: MemoryWorld::new(), forms: BTreeMap::new(), seq: 0 };
        for (n, (model, form)) in valid_forms().into_iter().enumerate() {
            let form = fields(form);
            day.insert(model, id(n as u128 + 1), form.clone());
            day.forms.insert(model, form);
        }
        day.sign_another_transfer();
        day
    }

    /// Signs a hand-over as it stands.
    pub fn sign(&mut self, transfer: RecordId, sides: &[&str]) {
        let content = custody::content_hash(transfer, &self.world).unwrap().to_string();
        for side in sides {
            let mut signature = self.forms["custody_signature"].clone();
            signature.extend(fields(json!({"transfer": transfer.to_string(), "side": side, "content": content})));
            let record = id(200 + self.world.records().count() as u128);
            self.insert("custody_signature", record, signature);
        }
    }

    /// Puts in a hand-over without tubes, which the giver has signed.
    fn sign_another_transfer(&mut self) {
        let mut transfer = self.forms["custody_transfer"].clone();
        transfer.extend(fields(json!({"transfer_identifier": identifiers::transfer(stream(), 2).to_string(),
            "expected": 0})));
        self.insert("custody_transfer", id(20), transfer);
        let content = custody::content_hash(id(20), &self.world).unwrap().to_string();
        let signature = fields(json!({"transfer": id(20).to_string(), "side": "giver", "name": "Kabo Molefe",
            "signed_at": "2026-03-02T09:06:00Z", "content": content}));
        self.insert("custody_signature", id(21), signature.clone());
        self.forms.insert("custody_signature", signature);
    }

    /// Returns the id of the model's record.
    pub fn id(&self, model: &str) -> RecordId {
        self.world.records().find(|state| state.model == model).unwrap().id
    }

    /// Returns a form of the model with changes; `null` empties a field.
    pub fn form(&self, model: &str, changes: &Value) -> Fields {
        let mut form = self.forms[model].clone();
        form.extend(fields(changes.clone()));
        form
    }

    pub fn insert(&mut self, model: &str, record: RecordId, form: Fields) {
        self.seq += 1;
        let known = model::find(model).unwrap();
        let (normal, _) = crate::rules::normalise(known, &form);
        let kept = crate::rules::kept(known, &normal);
        self.world.put(RecordState::begin(stream(), entry(Op::Insert, model, record, self.seq, kept)));
    }

    pub fn update(&mut self, record: RecordId, set: Value) {
        self.seq += 1;
        let mut state = self.world.get(record).unwrap().clone();
        let entry = entry(Op::Update, &state.model, record, self.seq, fields(set));
        state.apply(stream(), &entry);
        self.world.put(state);
    }
}

fn valid_forms() -> Vec<(&'static str, Value)> {
    let at = |n: u128| id(n).to_string();
    vec![
        (
            "household",
            json!({"household_identifier": identifier("household"), "community": "Otse", "section": "S8",
            "plot": "0926", "gps_lat": "-24.707841", "gps_lon": "25.687385", "gps_accuracy_m": 8,
            "status": "enumerated"}),
        ),
        (
            "household_visit",
            json!({"household": at(1), "visited_at": "2026-03-02T05:37:00Z", "attempt": 1,
            "outcome": "representative_present"}),
        ),
        (
            "household_member",
            json!({"household": at(1), "first_name": "OTENG", "initials": "ON", "gender": "M",
            "age_in_years": 63, "relation": "head", "head_of_household": true, "survival_status": "alive",
            "present_today": true, "inability_to_participate": "able", "study_resident": "yes"}),
        ),
        (
            "eligibility",
            json!({"member": at(3), "screened_at": "2026-03-02T05:41:00Z", "age_in_years": 63,
            "study_resident": "yes", "citizen": true, "is_literate": true, "can_consent": true, "willing": true,
            "eligible": true}),
        ),
        (
            "participant",
            json!({"subject_identifier": identifier("subject"), "household": at(1), "member": at(3),
            "first_name": "OTENG", "last_name": "NKWE", "initials": "ON", "gender": "M", "dob": "1962-12-15",
            "is_dob_estimated": "no", "identity": "203411975", "identity_type": "omang", "citizen": true,
            "language": "tn", "is_literate": true, "phone": "74628745"}),
        ),
        (
            "consent",
            json!({"participant": at(5), "consent_version": "3", "consent_datetime": "2026-03-02T05:41:00Z",
            "may_store_samples": true}),
        ),
        (
            "visit",
            json!({"participant": at(5), "visit_code": "1000", "sequence": 0,
            "report_datetime": "2026-03-02T05:42:00Z", "reason": "scheduled", "info_source": "participant",
            "survival_status": "alive"}),
        ),
        (
            "requisition",
            json!({"requisition_identifier": identifier("requisition"), "participant": at(5),
            "visit": at(7), "panel": "fbc", "requisition_datetime": "2026-03-02T05:42:00Z", "is_drawn": true,
            "priority": "normal", "clinician_initials": "KM", "drawn_datetime": "2026-03-02T05:43:00Z",
            "item_type": "tube", "item_count": 1, "estimated_volume": "3.3"}),
        ),
        (
            "specimen",
            json!({"specimen_identifier": identifier("specimen"), "requisition": at(8), "item": 1,
            "collected_at": "2026-03-02T05:43:00Z", "volume_ml": "3.3", "condition": "ok"}),
        ),
        (
            "bag",
            json!({"bag_identifier": identifiers::bag(stream(), 1).to_string(), "celsius_low": 18, "celsius_high": 25}),
        ),
        (
            "custody_transfer",
            json!({"transfer_identifier": identifiers::transfer(stream(), 1).to_string(), "stage": "to_carrier",
            "giver": "Kabo Molefe", "taker": "Tiro Pheko", "place": "Otse", "handed_at": "2026-03-02T09:05:00Z",
            "expected": 1, "celsius": "20.5"}),
        ),
        (
            "custody_line",
            json!({"transfer": at(11), "tube": identifier("specimen"), "outcome": "matched",
            "seen_at": "2026-03-02T09:04:00Z", "identified_by": "scanned"}),
        ),
        (
            "specimen_disposition",
            json!({"tube": identifier("other specimen"), "decision": "accepted",
            "decided_at": "2026-03-02T11:00:00Z"}),
        ),
        (
            "missing_tube",
            json!({"tube": identifier("other specimen"), "owner": "Kago Sello", "note": "asked the driver"}),
        ),
        (
            "attachment",
            json!({"about": at(6), "content": "ab".repeat(32), "media_type": "image/jpeg", "size": 2_000_000,
            "file_name": "consent.jpg"}),
        ),
    ]
}

fn identifier(kind: &str) -> String {
    use crate::identifiers::{household, requisition, specimen, subject};
    match kind {
        "household" => household("0T", stream(), 1),
        "subject" => subject("066", "40", stream(), 1),
        "requisition" => requisition(stream(), 1),
        "other specimen" => specimen(stream(), 2, 1),
        _ => specimen(stream(), 1, 1),
    }
    .to_string()
}
