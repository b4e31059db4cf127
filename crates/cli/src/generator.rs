//! Invented data of any size, valid under all rules: lines as `tsela enter` reads them.
//!
//! The same seed gives the same lines. Nobody is met twice: identities are numbers of a sequence, and two people of the
//! same names have different dates of birth, also across seeds below 1,000 with at most 100,000 people each. All days
//! lie within four months after the start, however many households there are, as many teams work at once; so no event is
//! in the future of a laptop that enters them later.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};
use serde_json::{Map, Value, json};
use tsela_core::{
    package::{PanelDefinition, StudyPackage, demonstration},
    time::Timestamp,
};

mod people;
mod texts;

use people::{People, Person};

/// Households that one team visits in a day.
const A_DAY: u64 = 12;
/// Days until the calendar begins anew.
const DAYS: u64 = 120;
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

/// What to make.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The same seed gives the same lines.
    pub seed: u64,
    /// When the first day begins.
    pub start: Timestamp,
    /// Names and notes that programs trip over.
    pub hostile: bool,
}

/// Households without end; each is the lines of everything in it, in the order of an assistant's work.
#[derive(Debug)]
pub struct Generator {
    options: Options,
    package: StudyPackage,
    dice: Dice,
    people: People,
    household: u64,
    now: Timestamp,
}

impl Generator {
    /// Begins anew with a seed.
    ///
    /// # Panics
    /// Never: the demonstration study is part of the program and its tests read it.
    pub fn new(options: Options) -> Self {
        let package = demonstration().expect("the demonstration study is valid, as its own tests show");
        let people = People::new(options.seed, options.start.date(package.utc_offset_minutes), options.hostile);
        let dice = Dice(ChaCha8Rng::seed_from_u64(options.seed));
        Self { options, package, dice, people, household: 0, now: options.start }
    }
}

impl Iterator for Generator {
    type Item = Vec<String>;

    fn next(&mut self) -> Option<Vec<String>> {
        let number = self.household;
        self.household += 1;
        let day = i64::try_from(number / A_DAY % DAYS).unwrap_or(0);
        let hour = i64::try_from(number % A_DAY).unwrap_or(0);
        self.now = self.options.start.plus_millis(day * DAY_MS + hour * 45 * MINUTE_MS);
        let mut visit = Household { generator: self, lines: Vec::new(), number: number + 1 };
        visit.enumerate();
        Some(visit.lines)
    }
}

/// Chance, always the same for a seed.
#[derive(Debug)]
struct Dice(ChaCha8Rng);

impl Dice {
    /// Returns a number from 0 to below `n`.
    fn below(&mut self, n: u64) -> u64 {
        self.0.next_u64() % n.max(1)
    }

    fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    fn of<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        let n = usize::try_from(self.below(choices.len() as u64)).unwrap_or(0);
        choices.get(n).copied().expect("a choice has at least one thing to choose")
    }

    fn digits(&mut self, count: u32) -> String {
        let n = self.below(10_u64.pow(count));
        format!("{n:0width$}", width = count as usize)
    }
}

/// One household while it is written down.
struct Household<'a> {
    generator: &'a mut Generator,
    lines: Vec<String>,
    number: u64,
}

/// A person of the household with what was answered.
struct Member {
    person: Person,
    reference: String,
    age: i64,
    literate: bool,
    head: String,
}

impl Household<'_> {
    fn enumerate(&mut self) {
        let reference = format!("h{}", self.number);
        let met = !self.dice().percent(8);
        let outcome =
            if met { "representative_present" } else { self.dice().of(&["absent", "no_informant", "refused"]) };
        let status = if met { "enumerated" } else { outcome };
        let notes = texts::note(self.generator.options.hostile, self.dice().below(1_000));
        let place = self.place();
        let mut set = object(json!({
            "section": format!("S{}", self.dice().below(9) + 1),
            "plot": self.dice().digits(4),
            "gps_accuracy_m": self.dice().below(15) + 3,
            "gps_source": self.dice().of(&["device", "handheld"]),
            "status": status,
            "notes": notes,
        }));
        set.extend(place);
        self.insert("household", &reference, set);
        let at = self.pass(5);
        let mut visit =
            object(json!({ "household": named(&reference), "visited_at": at, "outcome": outcome, "notes": "" }));
        if !met {
            let again = self.generator.now.plus_millis(3 * DAY_MS).date(120).to_string();
            visit.insert("next_visit".to_owned(), again.into());
        }
        let visit_reference = format!("hv{}", self.number);
        self.insert("household_visit", &visit_reference, visit);
        if met {
            self.members(&reference);
        }
    }

    fn place(&mut self) -> Map<String, Value> {
        let count = self.generator.package.communities.len() as u64;
        let n = usize::try_from(self.dice().below(count)).unwrap_or(0);
        let community = self.generator.package.communities.get(n).map(|community| community.name.clone());
        let (south, east) = (self.dice().digits(6), self.dice().digits(6));
        object(json!({ "community": community, "gps_lat": format!("-24.{south}"), "gps_lon": format!("25.{east}") }))
    }

    fn members(&mut self, household: &str) {
        let count = self.dice().below(5) + 2;
        let mut known: Vec<(String, String)> = Vec::new();
        let mut head = String::new();
        for position in 0..count {
            // A head is of age; nobody in a house shares first name and initials, which would need a disambiguator.
            let person = loop {
                let person = self.generator.people.next(&mut self.generator.dice);
                let shared = known.contains(&(person.first.clone(), person.initials.clone()));
                if !shared && (position > 0 || person.age_on(self.today()) >= 21) {
                    break person;
                }
            };
            known.push((person.first.clone(), person.initials.clone()));
            if position == 0 {
                head = format!("{} {}", person.first, person.last);
            }
            self.member(household, person, position == 0, &head);
        }
    }

    fn member(&mut self, household: &str, person: Person, is_head: bool, head: &str) {
        // Every fifth is too young or too old to take part, and is only written down.
        let outside = !is_head && self.dice().percent(20);
        let age = match outside {
            true if self.dice().percent(70) => i64::try_from(self.dice().below(15) + 1).unwrap_or(1),
            true => i64::try_from(self.dice().below(25) + 66).unwrap_or(70),
            false => person.age_on(self.today()),
        };
        let present = is_head || self.dice().percent(85);
        let relation = match (is_head, person.gender) {
            (true, _) => "head",
            (_, "M") => self.dice().of(&["brother", "uncle", "cousin", "other", "sibling"]),
            _ => self.dice().of(&["sister", "aunt", "cousin", "other", "sibling"]),
        };
        let reference = format!("m{}", person.number);
        self.insert(
            "household_member",
            &reference,
            object(json!({
                "household": named(household),
                "first_name": person.first,
                "initials": person.initials,
                "gender": person.gender,
                "age_in_years": age,
                "relation": relation,
                "head_of_household": is_head,
                "survival_status": "alive",
                "present_today": present,
                "inability_to_participate": "able",
                "study_resident": "yes",
            })),
        );
        if present && !outside {
            let literate = self.dice().percent(90);
            let member = Member { person, reference, age, literate, head: head.to_owned() };
            self.screen(household, &member);
        }
    }

    fn screen(&mut self, household: &str, member: &Member) {
        let willing = self.dice().percent(88);
        let at = self.pass(4);
        let mut set = object(json!({
            "member": named(&member.reference),
            "screened_at": at,
            "age_in_years": member.age,
            "study_resident": "yes",
            "citizen": true,
            "is_literate": member.literate,
            "can_consent": true,
            "willing": willing,
        }));
        if !member.literate {
            set.insert("witness_available".to_owned(), true.into());
        }
        if member.age < 18 {
            set.insert("guardian_available".to_owned(), true.into());
        }
        self.insert("eligibility", &format!("e{}", member.person.number), set);
        if willing {
            self.take_part(household, member);
        }
    }

    fn take_part(&mut self, household: &str, member: &Member) {
        let person = &member.person;
        let reference = format!("p{}", person.number);
        let phone = format!("7{}{}", self.dice().below(8) + 1, self.dice().digits(6));
        let language = self.dice().of(&["tn", "tn", "tn", "en"]);
        self.insert(
            "participant",
            &reference,
            object(json!({
                "household": named(household),
                "member": named(&member.reference),
                "first_name": person.first,
                "last_name": person.last,
                "initials": person.initials,
                "gender": person.gender,
                "dob": person.dob.to_string(),
                "is_dob_estimated": "no",
                "identity": person.identity,
                "confirm_identity": person.identity,
                "identity_type": "omang",
                "citizen": true,
                "language": language,
                "is_literate": member.literate,
                "phone": phone,
            })),
        );
        let at = self.pass(3);
        let mut consent = object(json!({
            "participant": named(&reference),
            "consent_version": "3",
            "consent_datetime": at,
            "may_store_samples": self.dice().percent(90),
        }));
        if !member.literate {
            consent.insert("witness_name".to_owned(), member.head.clone().into());
        }
        if member.age < 18 {
            consent.insert("guardian_name".to_owned(), member.head.clone().into());
        }
        self.insert("consent", &format!("c{}", person.number), consent);
        self.visit(&reference, person.number);
        if self.dice().percent(5) {
            self.correct_phone(&reference);
        }
    }

    fn visit(&mut self, participant: &str, number: u64) {
        let reference = format!("v{number}");
        let at = self.pass(1);
        self.insert(
            "visit",
            &reference,
            object(json!({
                "participant": named(participant),
                "visit_code": "1000",
                "report_datetime": at,
                "reason": "scheduled",
                "info_source": "participant",
                "survival_status": "alive",
            })),
        );
        let count = self.dice().below(3) + 1;
        let panels = self.generator.package.panels.len() as u64;
        let first = self.dice().below(panels);
        for n in 0..count {
            let n = usize::try_from((first + n) % panels).unwrap_or(0);
            if let Some(panel) = self.generator.package.panels.get(n).cloned() {
                self.requisition(participant, &reference, number, &panel);
            }
        }
    }

    fn requisition(&mut self, participant: &str, visit: &str, number: u64, panel: &PanelDefinition) {
        let reference = format!("r{number}_{}", panel.code);
        let drawn = self.dice().percent(92);
        let at = self.pass(0);
        let mut set = object(json!({
            "participant": named(participant),
            "visit": named(visit),
            "panel": panel.code,
            "requisition_datetime": at,
            "is_drawn": drawn,
            "priority": self.dice().of(&["normal", "normal", "normal", "urgent"]),
            "clinician_initials": "KM",
        }));
        if !drawn {
            let reason = self.dice().of(&["collection_failed", "refused", "no_supplies", "other"]);
            set.insert("reason_not_drawn".to_owned(), reason.into());
            if reason == "other" {
                set.insert("reason_not_drawn_other".to_owned(), "needle broke".into());
            }
            return self.insert("requisition", &reference, set);
        }
        let (drawn_at, volume) = (self.pass(2), panel.volume_ml.low.to_string());
        set.extend(object(json!({
            "drawn_datetime": drawn_at,
            "item_type": panel.item_type,
            "item_count": panel.item_count,
            "estimated_volume": volume,
        })));
        self.insert("requisition", &reference, set);
        for item in 1..=panel.item_count {
            let specimen = format!("s{number}_{}_{item}", panel.code);
            self.insert(
                "specimen",
                &specimen,
                object(json!({
                    "requisition": named(&reference),
                    "item": item,
                    "collected_at": drawn_at,
                    "volume_ml": volume,
                    "condition": "ok",
                })),
            );
        }
    }

    fn correct_phone(&mut self, participant: &str) {
        let phone = format!("7{}{}", self.dice().below(8) + 1, self.dice().digits(6));
        let line = json!({
            "op": "update",
            "model": "participant",
            "record": named(participant),
            "set": { "phone": phone },
            "reason": "number corrected by participant",
        });
        self.lines.push(line.to_string());
    }

    fn insert(&mut self, model: &str, reference: &str, set: Map<String, Value>) {
        self.lines.push(json!({ "model": model, "ref": reference, "set": set }).to_string());
    }

    fn dice(&mut self) -> &mut Dice {
        &mut self.generator.dice
    }

    /// Lets some minutes pass, at least `least` after the last event, and returns the time.
    fn pass(&mut self, least: u64) -> String {
        let minutes = i64::try_from(least).unwrap_or(0);
        self.generator.now = self.generator.now.plus_millis(minutes * MINUTE_MS);
        let time = chrono::DateTime::from_timestamp_millis(self.generator.now.0).unwrap_or_default();
        time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    }

    fn today(&self) -> chrono::NaiveDate {
        self.generator.now.date(self.generator.package.utc_offset_minutes)
    }
}

fn named(reference: &str) -> String {
    format!("@{reference}")
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests;
