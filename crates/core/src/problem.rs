//! What is wrong with a form or a record, in words for a person and in a code for a machine.
//!
//! A [`Rule`] is a constant: code, severity and an English sentence with `{places}`. A [`Broken`] rule carries the
//! places' values and costs no formatting, so that a server can judge thousands of records a second; the sentence is
//! made only for a person who reads it, as a [`Problem`]. Other languages translate by code and fill the same places.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{ids::RecordId, model};

/// How much a broken rule weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Keeps a form from being finalised.
    Error,
    /// Takes a reason.
    Warning,
}

/// A rule of the field.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Stable name, `model.what`; translations and findings refer to it.
    pub code: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// What is wrong and what to do, in English; `{field}` and the rule's own places are filled in.
    pub message: &'static str,
}

impl Rule {
    /// Returns a rule that keeps a form from being finalised.
    pub const fn error(code: &'static str, message: &'static str) -> Self {
        Self { code, severity: Severity::Error, message }
    }

    /// Returns a rule that may be broken for a reason.
    pub const fn warning(code: &'static str, message: &'static str) -> Self {
        Self { code, severity: Severity::Warning, message }
    }
}

/// A rule that a record breaks, at a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The rule.
    pub rule: &'static Rule,
    /// The field's name; that of a field unknown to the model is the author's.
    pub field: String,
    /// Values for the sentence's places. May hold what a participant said: never put these into a finding or a log.
    pub params: Vec<(&'static str, String)>,
    /// Other records concerned.
    pub related: Vec<RecordId>,
}

impl Broken {
    /// Returns the rule broken at a field.
    pub fn at(rule: &'static Rule, field: &str) -> Self {
        Self { rule, field: field.to_owned(), params: Vec::new(), related: Vec::new() }
    }

    /// Fills a place of the sentence.
    #[must_use]
    pub fn with(mut self, place: &'static str, value: impl ToString) -> Self {
        self.params.push((place, value.to_string()));
        self
    }

    /// Names other records concerned.
    #[must_use]
    pub fn among(mut self, related: Vec<RecordId>) -> Self {
        self.related = related;
        self
    }

    /// Returns the problem for a person to read.
    pub fn problem(&self, model: &str) -> Problem {
        let known = model::find(model).and_then(|model| model.field(&self.field));
        let label = known.map_or(self.field.as_str(), |field| field.label);
        let mut params: BTreeMap<String, String> =
            self.params.iter().map(|(place, value)| ((*place).to_owned(), value.clone())).collect();
        params.insert("field".to_owned(), label.to_owned());
        Problem {
            code: self.rule.code.to_owned(),
            severity: self.rule.severity,
            model: model.to_owned(),
            field: self.field.clone(),
            message: fill(self.rule.message, &params),
            params,
            related: self.related.clone(),
        }
    }
}

/// A broken rule in words: names the field, says what is wrong and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Problem {
    /// The rule's code, for translation.
    pub code: String,
    /// How much it weighs.
    pub severity: Severity,
    /// The form's model.
    pub model: String,
    /// The field beside which to show it.
    pub field: String,
    /// The sentence in English.
    pub message: String,
    /// Values for the places of a translated sentence; `field` is the field's English label.
    pub params: BTreeMap<String, String>,
    /// Other records concerned.
    pub related: Vec<RecordId>,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

/// Fills the places of a sentence; a place without a value becomes an ellipsis.
pub(crate) fn fill(message: &str, params: &BTreeMap<String, String>) -> String {
    let mut parts = message.split('{');
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (place, rest) = part.split_once('}').unwrap_or((part, ""));
        filled.push_str(params.get(place).map_or("…", String::as_str));
        filled.push_str(rest);
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_names_the_field_by_its_label() {
        static RULE: Rule = Rule::error("x.y", "{field} is {what}. Ask again.");
        let problem = Broken::at(&RULE, "first_name").with("what", "odd").problem("participant");
        assert_eq!(problem.message, "First name is odd. Ask again.");
        assert_eq!(problem.params["what"], "odd");
    }
}
