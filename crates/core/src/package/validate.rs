//! What makes a package unusable, found before it is signed rather than in a household.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::{Labels, Range, StudyPackage, compiled::whole};
use crate::{
    alphabet, attachment, label,
    model::{self, Choices, FieldKind},
};

/// Something wrong in a package, at a key such as `panels.cd4.volume_ml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Where.
    pub key: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.message)
    }
}

struct Flaws(Vec<Flaw>);

impl Flaws {
    fn unless(&mut self, fine: bool, key: impl Into<String>, message: impl Into<String>) {
        if !fine {
            self.0.push(Flaw { key: key.into(), message: message.into() });
        }
    }

    fn unique<'a>(&mut self, key: &str, codes: impl Iterator<Item = &'a str>) {
        let mut seen = BTreeSet::new();
        for code in codes {
            self.unless(seen.insert(code), key, format!("{code:?} is there twice; remove one"));
        }
    }

    fn range<T: PartialOrd + fmt::Display>(&mut self, key: impl Into<String>, range: &Range<T>) {
        let message = format!("low {} is above high {}; swap them", range.low, range.high);
        self.unless(range.low <= range.high, key, message);
    }

    fn labels(&mut self, key: String, labels: &Labels, languages: &BTreeSet<&str>) {
        for language in languages {
            let named = labels.get(*language).is_some_and(|label| !label.trim().is_empty());
            self.unless(named, key.clone(), format!("has no label in {language:?}; add one"));
        }
    }
}

impl StudyPackage {
    /// Returns what is wrong in the package; nothing if it can be used.
    pub fn flaws(&self) -> Vec<Flaw> {
        let mut flaws = Flaws(Vec::new());
        self.study_flaws(&mut flaws);
        self.place_flaws(&mut flaws);
        self.panel_flaws(&mut flaws);
        self.code_list_flaws(&mut flaws);
        self.limit_flaws(&mut flaws);
        self.format_flaws(&mut flaws);
        self.people_flaws(&mut flaws);
        flaws.0
    }

    fn study_flaws(&self, flaws: &mut Flaws) {
        flaws.unless(self.version >= 1, "version", "must be 1 or more");
        flaws.unless(!self.name.trim().is_empty(), "name", "is empty; name the study");
        flaws.unless(is_code(&self.protocol, 3), "protocol", "must be three characters of 0-9 A-Z without I, L, O, U");
        let offset = self.utc_offset_minutes;
        flaws.unless((-840..=840).contains(&offset), "utc_offset_minutes", "must be from -840 to 840");
        flaws.unless(!self.languages.is_empty(), "languages", "is empty; name at least one");
        flaws.unique("languages", self.languages.iter().map(|language| language.code.as_str()));
    }

    fn place_flaws(&self, flaws: &mut Flaws) {
        flaws.unless(!self.sites.is_empty(), "sites", "is empty; name at least one");
        flaws.unique("sites", self.sites.iter().map(|site| site.code.as_str()));
        for site in &self.sites {
            let message = "the code must be two characters of 0-9 A-Z without I, L, O, U";
            flaws.unless(is_code(&site.code, 2), format!("sites.{}", site.code), message);
        }
        flaws.unique("communities", self.communities.iter().map(|community| community.code.as_str()));
        flaws.unique("communities", self.communities.iter().map(|community| community.name.as_str()));
        for community in &self.communities {
            let key = format!("communities.{}", community.name);
            let message = "the code must be two characters of 0-9 A-Z without I, L, O, U";
            flaws.unless(is_code(&community.code, 2), key.clone(), message);
            let known = self.sites.iter().any(|site| site.code == community.site);
            flaws.unless(known, key, format!("there is no site {:?}; add it to sites", community.site));
        }
    }

    fn panel_flaws(&self, flaws: &mut Flaws) {
        flaws.unique("panels", self.panels.iter().map(|panel| panel.code.as_str()));
        flaws.unique("panels", self.panels.iter().map(|panel| panel.abbreviation.as_str()));
        for panel in &self.panels {
            let key = |part: &str| format!("panels.{}.{part}", panel.code);
            flaws.labels(key("labels"), &panel.labels, &self.language_codes());
            flaws.range(key("volume_ml"), &panel.volume_ml);
            flaws.range(key("transport_celsius"), &panel.transport_celsius);
            flaws.unless(panel.hours_to_lab > 0, key("hours_to_lab"), "must be 1 or more");
            flaws.unless((1..=99).contains(&panel.item_count), key("item_count"), "must be from 1 to 99");
            let short = (1..=8).contains(&panel.abbreviation.chars().count());
            flaws.unless(short, key("abbreviation"), "must have 1 to 8 characters");
            for (part, list, code) in
                [("tube_type", "tube_type", &panel.tube_type), ("item_type", "item_type", &panel.item_type)]
            {
                let known = self.code(list, code).is_some();
                flaws.unless(known, key(part), format!("{code:?} is not in the code list {list}; add it there"));
            }
        }
    }

    fn code_list_flaws(&self, flaws: &mut Flaws) {
        let languages = self.language_codes();
        for (name, codes) in &self.code_lists {
            let key = format!("code_lists.{name}");
            flaws.unless(!codes.is_empty(), key.clone(), "is empty; add a code");
            flaws.unique(&key, codes.iter().map(|code| code.code.as_str()));
            for code in codes {
                flaws.labels(format!("{key}.{}", code.code), &code.labels, &languages);
            }
        }
        for list in lists_needed() {
            flaws.unless(self.code_lists.contains_key(list), "code_lists", format!("the list {list:?} is missing"));
        }
        for (list, codes) in MEANT_BY_RULES {
            for code in *codes {
                let known = self.code(list, code).is_some();
                flaws.unless(
                    known,
                    format!("code_lists.{list}"),
                    format!("the code {code:?} is missing; rules need it"),
                );
            }
        }
    }

    fn limit_flaws(&self, flaws: &mut Flaws) {
        let limits = &self.limits;
        flaws.range("limits.consent_age", &limits.consent_age);
        for (key, n) in [
            ("limits.consent_age", limits.consent_age.low),
            ("limits.full_age", limits.full_age),
            ("limits.head_age", limits.head_age),
            ("limits.clock_tolerance_minutes", limits.clock_tolerance_minutes),
            ("limits.gps_accuracy_m", limits.gps_accuracy_m),
        ] {
            flaws.unless(n >= 0, key, "must not be negative");
        }
        let most = attachment::MAX_CONTENT as i64;
        let message = format!("must be from 1 to {most}");
        flaws.unless((1..=most).contains(&limits.attachment_bytes), "limits.attachment_bytes", message);
        flaws.unless(limits.drawn_within_hours > 0, "limits.drawn_within_hours", "must be 1 or more");
    }

    fn format_flaws(&self, flaws: &mut Flaws) {
        let known = self.formats.contains_key(&self.country);
        flaws.unless(known, "formats", format!("has nothing for the country {:?}; add it", self.country));
        for (country, formats) in &self.formats {
            for (kind, format) in &formats.identities {
                let key = format!("formats.{country}.identities.{kind}");
                let listed = self.code("identity_type", kind).is_some();
                flaws.unless(listed, key.clone(), "is not in the code list identity_type; add it there");
                pattern_flaws(flaws, key.clone(), &format.pattern);
                let position = format.gender_digit.as_ref().map_or(1, |digit| digit.position);
                flaws.unless(position >= 1, key, "gender_digit.position counts from 1");
            }
            for phone in &formats.phones {
                pattern_flaws(flaws, format!("formats.{country}.phones.{}", phone.kind), &phone.pattern);
            }
        }
    }

    fn people_flaws(&self, flaws: &mut Flaws) {
        flaws.unique("roles", self.roles.iter().map(|role| role.code.as_str()));
        for role in &self.roles {
            flaws.labels(format!("roles.{}", role.code), &role.labels, &self.language_codes());
        }
        flaws.unique("users", self.users.iter().map(|user| user.name.as_str()));
        for user in &self.users {
            let known = self.roles.iter().any(|role| role.code == user.role);
            flaws.unless(known, format!("users.{}", user.name), format!("there is no role {:?}; add it", user.role));
        }
        flaws.unless(self.lock.attempts > 0, "lock.attempts", "must be 1 or more");
        flaws.unless(self.sync.interval_seconds >= 10, "sync.interval_seconds", "must be 10 or more");
        flaws.unless(self.enrolment.stream_codes > 0, "enrolment.stream_codes", "must be 1 or more");
        flaws.unique("label_templates", self.label_templates.iter().map(|layout| layout.code.as_str()));
        for layout in &self.label_templates {
            flaws.0.extend(label::flaws(layout).into_iter().map(|(key, message)| Flaw { key, message }));
        }
        for label in self.field_labels.keys() {
            let field = label.split_once('.').and_then(|(model, field)| model::find(model)?.field(field));
            flaws.unless(field.is_some(), format!("field_labels.{label}"), "is not a field; correct its name");
        }
    }

    fn language_codes(&self) -> BTreeSet<&str> {
        self.languages.iter().map(|language| language.code.as_str()).collect()
    }
}

/// Codes that rules give a meaning to; the rest of each list is the study's own.
const MEANT_BY_RULES: &[(&str, &[&str])] = &[
    ("gender", &["M", "F"]),
    ("relation", &["head"]),
    ("survival_status", &["alive", "dead"]),
    ("yes_no_unsure", &["yes"]),
    ("reason_not_drawn", &["other"]),
    ("visit_reason", &["scheduled", "unscheduled"]),
    ("custody_state", &["planned", "received", "accepted", "rejected", "recollection_requested"]),
];

fn lists_needed() -> BTreeSet<&'static str> {
    let fields = model::all().iter().flat_map(|model| model.fields);
    fields
        .filter_map(|field| match field.kind {
            FieldKind::Choice(Choices::List(list)) => Some(list),
            _ => None,
        })
        .collect()
}

fn pattern_flaws(flaws: &mut Flaws, key: String, pattern: &str) {
    if let Err(why) = whole(pattern) {
        flaws.unless(false, key, format!("the pattern {pattern:?} cannot be used: {why}"));
    }
}

fn is_code(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| alphabet::ALPHABET.contains(&b))
}

/// Returns the first part of a flaw's key, which names the part of the package.
pub(super) fn part(key: &str) -> &str {
    key.split('.').next().unwrap_or(key)
}

/// Says in which file each part was.
pub(super) fn in_file(files: &BTreeMap<String, String>, flaw: &Flaw) -> String {
    files.get(part(&flaw.key)).cloned().unwrap_or_else(|| "package".to_owned())
}
