//! Whose findings a change may alter.
//!
//! A record's findings depend on itself, on the records it refers to, on those with an equal key, and on what a few
//! rules look up: the other heads of a household, the screenings before a consent, the consents before a drawing. Each
//! of these is followed backwards here. A rule that looks further must add its way back; the property test of this
//! module fails if it does not.

use std::collections::BTreeSet;

use super::merge_chain;
use crate::{
    fold::RecordState,
    ids::RecordId,
    model::{self, SAME_TUBE, Values},
    rules::is_live,
    world::World,
};

/// Returns the records whose findings may differ after a change of one record, itself included. `world` is that after
/// the change, or after a whole batch of changes, if this is asked for each of them.
pub fn affected(before: Option<&RecordState>, after: &RecordState, world: &dyn World) -> BTreeSet<RecordId> {
    let change = Change { before, after, world };
    let mut found = BTreeSet::from([after.id]);
    if change.of(standing) {
        found.extend(world.referring_any(after.id));
    }
    if change.of(RecordState::merged_into) {
        for state in change.states() {
            found.extend(merge_chain(after.id, state.merged_into(), world));
        }
    }
    change.neighbours(&mut found);
    change.dependents(&mut found);
    found
}

struct Change<'a> {
    before: Option<&'a RecordState>,
    after: &'a RecordState,
    world: &'a dyn World,
}

/// What a record is to those that refer to it.
fn standing(state: &RecordState) -> (bool, bool) {
    (state.is_inserted(), state.is_void())
}

impl Change<'_> {
    fn states(&self) -> impl Iterator<Item = &RecordState> {
        self.before.into_iter().chain([self.after])
    }

    /// Says whether something of the record has changed; a record that was not here has.
    fn of<T: PartialEq>(&self, part: impl Fn(&RecordState) -> T) -> bool {
        self.before.is_none_or(|before| part(before) != part(self.after))
    }

    fn of_any(&self, fields: &[&str]) -> bool {
        fields.iter().any(|field| self.of(|state| state.value(field).cloned())) || self.of(is_live)
    }

    /// Adds the records with an equal key, before or after.
    fn neighbours(&self, found: &mut BTreeSet<RecordId>) {
        let Some(model) = model::find(&self.after.model) else { return };
        let lives = self.of(is_live);
        if lives || self.of(|state| model.natural_key(state)) {
            let keys: BTreeSet<String> = self.states().filter_map(|state| model.natural_key(state)).collect();
            found.extend(keys.iter().flat_map(|key| self.world.by_key(model.name, key)));
        }
        // All of them if any has changed: whether two persons of one name are remarked on depends on their identities.
        if lives || self.of(|state| model.match_keys(state)) {
            let keys: BTreeSet<_> = self.states().flat_map(|state| model.match_keys(state)).collect();
            found.extend(keys.iter().flat_map(|(kind, value)| self.world.by_match(kind, value)));
        }
    }

    /// Adds the records whose rules look at this one.
    fn dependents(&self, found: &mut BTreeSet<RecordId>) {
        match self.after.model.as_str() {
            "household_member" => self.of_member(found),
            "eligibility" => self.of_screening(found),
            "participant" => self.of_participant(found),
            "consent" => {
                for participant in self.shown("participant") {
                    found.extend(self.world.referring(participant, "requisition", "participant"));
                }
            }
            "visit" if self.known_and(&["participant"]) => {
                found.extend(self.world.referring(self.after.id, "requisition", "visit"));
            }
            "requisition" if self.known_and(&["is_drawn", "item_count"]) => {
                found.extend(self.world.referring(self.after.id, "specimen", "requisition"));
            }
            "bag" if self.known_and(&["celsius_low", "celsius_high"]) => {
                found.extend(self.world.referring(self.after.id, "specimen", "bag"));
            }
            "specimen" if self.of(is_live) || self.of(|state| state.text("specimen_identifier").map(str::to_owned)) => {
                self.tubes("specimen_identifier", found);
            }
            "custody_transfer" => {
                found.extend(self.world.referring(self.after.id, "custody_signature", "transfer"));
                if self.of_any(&["stage"]) {
                    for line in self.world.referring(self.after.id, "custody_line", "transfer") {
                        let tube = self.world.record(line).and_then(|line| line.text("tube").map(str::to_owned));
                        found.extend(tube.map(|tube| self.world.by_match(SAME_TUBE, &tube)).unwrap_or_default());
                        found.insert(line);
                    }
                }
            }
            "custody_line" => {
                self.tubes("tube", found);
                for transfer in self.shown("transfer") {
                    found.extend(self.world.referring(transfer, "custody_signature", "transfer"));
                }
            }
            _ => {}
        }
    }

    /// Adds the lines of hand-overs that name the tube of which a field has the code, before or after.
    fn tubes(&self, field: &str, found: &mut BTreeSet<RecordId>) {
        let codes: BTreeSet<&str> = self.states().filter_map(|state| state.text(field)).collect();
        found.extend(codes.into_iter().flat_map(|code| self.world.by_match(SAME_TUBE, code)));
    }

    fn of_member(&self, found: &mut BTreeSet<RecordId>) {
        if self.known_and(&["household"]) {
            found.extend(self.world.referring(self.after.id, "participant", "member"));
        }
        let head = |state: &RecordState| state.yes_no("head_of_household") == Some(true);
        if self.states().any(head) && self.of_any(&["head_of_household", "household"]) {
            for household in self.shown("household") {
                found.extend(self.world.referring(household, "household_member", "household"));
            }
        }
    }

    fn of_screening(&self, found: &mut BTreeSet<RecordId>) {
        for member in self.shown("member") {
            for participant in self.world.referring(member, "participant", "member") {
                found.extend(self.world.referring(participant, "consent", "participant"));
            }
        }
    }

    fn of_participant(&self, found: &mut BTreeSet<RecordId>) {
        if self.known_and(&["dob", "is_literate", "member"]) {
            found.extend(self.world.referring(self.after.id, "consent", "participant"));
        }
    }

    /// Says whether one of the fields has changed in a record that was here; for one that was not, all that refer to
    /// it are found already.
    fn known_and(&self, fields: &[&str]) -> bool {
        self.before.is_some() && self.of_any(fields)
    }

    /// Returns the records that a reference shows, before and after.
    fn shown(&self, field: &str) -> BTreeSet<RecordId> {
        self.states().filter_map(|state| state.reference(field)).collect()
    }
}
