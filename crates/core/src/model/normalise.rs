//! Bringing typed values into the one form in which they are stored and compared.
//!
//! Two spellings of one value (4.0 and 4, a decomposed and a composed é) must not look like a conflict, and a key must
//! not depend on who typed it. What is already in form is returned as it is, without allocating: servers judge every
//! value they fold.

use std::borrow::Cow;

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, Utc};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark, is_nfc};

use super::{Decimal, Field, FieldKind, Model};
use crate::{
    entry::Value,
    identifiers,
    ids::RecordId,
    problem::{Broken, Problem, Rule},
};

static UNKNOWN_FIELD: Rule = Rule::error("value.unknown_field", "{field} is not a field of this form. Remove it.");
static NOT_TEXT: Rule = Rule::error("value.not_text", "{field} must be text. Write it between quotation marks.");
static TOO_LONG: Rule =
    Rule::error("value.too_long", "{field} has {length} characters; at most {max} fit. Shorten it.");
static CONTROL: Rule = Rule::error("value.control", "{field} holds a character that cannot be shown. Type it again.");
static NAME: Rule = Rule::error(
    "value.name",
    "{field} may hold letters, spaces, hyphens and apostrophes only, and begins with a letter; {found} is not one. Correct it.",
);
static INITIALS: Rule = Rule::error("value.initials", "{field} must be two or three letters. Correct it.");
static NOT_INTEGER: Rule = Rule::error("value.not_integer", "{field} must be a whole number. Enter digits only.");
static NOT_DECIMAL: Rule = Rule::error("value.not_decimal", "{field} must be a number such as 4.5. Correct it.");
static PLACES: Rule = Rule::error("value.places", "{field} has more than {places} digits after the point. Round it.");
static RANGE: Rule = Rule::error("value.range", "{field} must be from {min} to {max}. Correct it.");
static NOT_YES_NO: Rule = Rule::error("value.not_yes_no", "{field} must be yes or no. Choose one.");
static NOT_DATE: Rule =
    Rule::error("value.not_date", "{field} must be a date such as 2026-03-02, between 1900 and 2200. Correct it.");
static NOT_TIME: Rule = Rule::error(
    "value.not_time",
    "{field} must be a time such as 2026-03-02T05:37:00Z, with its zone, between 1900 and 2200. Correct it.",
);
static NOT_REFERENCE: Rule =
    Rule::error("value.not_reference", "{field} does not name a record. Choose one from the list.");
static IDENTIFIER: Rule = Rule::error("value.identifier", "{field}: {why}.");

static RULES: [&Rule; 15] = [
    &UNKNOWN_FIELD,
    &NOT_TEXT,
    &TOO_LONG,
    &CONTROL,
    &NAME,
    &INITIALS,
    &NOT_INTEGER,
    &NOT_DECIMAL,
    &PLACES,
    &RANGE,
    &NOT_YES_NO,
    &NOT_DATE,
    &NOT_TIME,
    &NOT_REFERENCE,
    &IDENTIFIER,
];

/// Returns the rules of values.
pub fn codes() -> &'static [&'static Rule] {
    &RULES
}

/// Returns a value of a model's field in its stored form. An empty text is no value: `null`.
///
/// # Errors
/// The problem, if the field is unknown or the value is not of its kind.
pub fn normalise(model: &Model, field: &str, value: &Value) -> Result<Value, Box<Problem>> {
    let known = model.field(field).ok_or_else(|| Broken::at(&UNKNOWN_FIELD, field));
    let normal = known.and_then(|field| field.normalise(value));
    normal.map(Cow::into_owned).map_err(|broken| Box::new(broken.problem(model.name)))
}

/// Returns the broken rule of a field that the model does not have.
pub(crate) fn unknown_field(field: &str) -> Broken {
    Broken::at(&UNKNOWN_FIELD, field)
}

impl Field {
    /// Returns a value in its stored form: what is in form already is borrowed. An empty text is no value: `null`.
    ///
    /// # Errors
    /// The broken rule, if the value is not of the field's kind.
    pub fn normalise<'v>(&self, value: &'v Value) -> Result<Cow<'v, Value>, Broken> {
        match value {
            Value::Null => Ok(Cow::Borrowed(value)),
            Value::String(text) if text.trim().is_empty() => Ok(Cow::Owned(Value::Null)),
            _ => self.kind.normalise(value).map_err(|unfit| unfit.at(self.name)),
        }
    }
}

/// A broken rule before the field is known.
struct Unfit(&'static Rule, Vec<(&'static str, String)>);

impl Unfit {
    fn at(self, field: &str) -> Broken {
        Broken { params: self.1, ..Broken::at(self.0, field) }
    }
}

fn unfit<T>(rule: &'static Rule) -> Result<T, Unfit> {
    Err(Unfit(rule, Vec::new()))
}

fn out_of_range<T>(min: impl ToString, max: impl ToString) -> Result<T, Unfit> {
    Err(Unfit(&RANGE, vec![("min", min.to_string()), ("max", max.to_string())]))
}

impl FieldKind {
    fn normalise<'v>(&self, value: &'v Value) -> Result<Cow<'v, Value>, Unfit> {
        match self {
            Self::Bool => {
                if value.is_boolean() {
                    Ok(Cow::Borrowed(value))
                } else {
                    unfit(&NOT_YES_NO)
                }
            }
            Self::Integer { min, max } => match value.as_i64() {
                Some(n) if (*min..=*max).contains(&n) => Ok(Cow::Borrowed(value)),
                Some(_) => out_of_range(min, max),
                None => unfit(&NOT_INTEGER),
            },
            Self::Decimal { places, min, max } => decimal(value, *places, *min, *max),
            _ => self.normalise_text(value),
        }
    }

    fn normalise_text<'v>(&self, value: &'v Value) -> Result<Cow<'v, Value>, Unfit> {
        let Value::String(typed) = value else { return unfit(&NOT_TEXT) };
        let text = composed(typed);
        let normal = match self {
            Self::Text { max } => plain(text, *max),
            Self::Name => name(text, false),
            Self::FullName => name(text, true),
            Self::Initials => initials(text),
            Self::Date => date(text),
            Self::DateTime => instant(text),
            Self::Choice(_) => plain(text, 100),
            Self::Reference(_) => reference(text),
            Self::Phone => plain(without(text, &[' ', '-', '(', ')']), 30),
            Self::Identity => plain(upper(without(text, &[' '])), 50),
            Self::Identifier(kind) => match identifiers::parse(*kind, &text) {
                Ok(read) => Ok(changed(text, read.to_string())),
                Err(why) => Err(Unfit(&IDENTIFIER, vec![("why", why.to_string())])),
            },
            Self::Bool | Self::Integer { .. } | Self::Decimal { .. } => unfit(&NOT_TEXT),
        }?;
        Ok(match normal {
            text if text.is_empty() => Cow::Owned(Value::Null),
            Cow::Borrowed(text) if text.len() == typed.len() => Cow::Borrowed(value),
            text => Cow::Owned(Value::String(text.into_owned())),
        })
    }
}

/// Trims, and composes to NFC.
fn composed(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if text.is_ascii() || is_nfc(text) { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) }
}

fn changed<'t>(text: Cow<'t, str>, normal: String) -> Cow<'t, str> {
    if text == normal { text } else { Cow::Owned(normal) }
}

fn plain(text: Cow<'_, str>, max: usize) -> Result<Cow<'_, str>, Unfit> {
    if text.len() > max {
        let length = text.chars().count();
        if length > max {
            return Err(Unfit(&TOO_LONG, vec![("length", length.to_string()), ("max", max.to_string())]));
        }
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) { unfit(&CONTROL) } else { Ok(text) }
}

/// Longest name, in characters.
const MAX_NAME: usize = 100;

fn name(text: Cow<'_, str>, full: bool) -> Result<Cow<'_, str>, Unfit> {
    let text = upper(plain(text, MAX_NAME)?);
    if let Some(found) = text.chars().find(|c| !(in_name(*c) || (full && matches!(c, ',' | '.')))) {
        return Err(Unfit(&NAME, vec![("found", format!("“{found}”"))]));
    }
    match text.chars().next() {
        Some(first) if !first.is_alphabetic() => Err(Unfit(&NAME, vec![("found", format!("“{first}”"))])),
        _ if text.contains("  ") || text.contains('\u{a0}') => {
            Ok(Cow::Owned(text.split_whitespace().collect::<Vec<_>>().join(" ")))
        }
        _ => Ok(text),
    }
}

/// Letters and the marks and joiners that some scripts write them with, spaces, hyphens, apostrophes.
fn in_name(c: char) -> bool {
    c.is_ascii_alphabetic()
        || matches!(
            c,
            ' ' | '-' | '\'' | '\u{2019}' | '\u{2bc}' | '\u{2010}' | '\u{2011}' | '\u{a0}' | '\u{200c}' | '\u{200d}'
        )
        || (!c.is_ascii() && (c.is_alphabetic() || is_combining_mark(c)))
}

fn initials(text: Cow<'_, str>) -> Result<Cow<'_, str>, Unfit> {
    let text = upper(text);
    let letters = text.chars().filter(|c| !is_combining_mark(*c)).count();
    let all_letters = text.chars().all(|c| c.is_alphabetic() || is_combining_mark(c));
    if all_letters && (2..=3).contains(&letters) { Ok(text) } else { unfit(&INITIALS) }
}

/// Upper case where the script has case. Composed again, as upper-casing may decompose.
fn upper(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.is_ascii() {
        return if text.bytes().any(|b| b.is_ascii_lowercase()) { Cow::Owned(text.to_ascii_uppercase()) } else { text };
    }
    let upper: String = text.to_uppercase().nfc().collect();
    changed(text, upper)
}

fn without<'t>(text: Cow<'t, str>, dropped: &[char]) -> Cow<'t, str> {
    if text.contains(dropped) { Cow::Owned(text.chars().filter(|c| !dropped.contains(c)).collect()) } else { text }
}

fn in_years(year: i32) -> bool {
    (1900..=2200).contains(&year)
}

fn date(text: Cow<'_, str>) -> Result<Cow<'_, str>, Unfit> {
    match text.parse::<NaiveDate>() {
        Ok(date) if in_years(date.year()) => {
            if text.len() == "2026-03-02".len() {
                Ok(text)
            } else {
                Ok(Cow::Owned(date.to_string()))
            }
        }
        _ => unfit(&NOT_DATE),
    }
}

fn instant(text: Cow<'_, str>) -> Result<Cow<'_, str>, Unfit> {
    let Ok(read) = DateTime::parse_from_rfc3339(&text) else { return unfit(&NOT_TIME) };
    let utc = read.with_timezone(&Utc);
    if !in_years(utc.year()) {
        return unfit(&NOT_TIME);
    }
    let canonical = text.len() == "2026-03-02T05:37:00Z".len() && text.ends_with('Z') && text.contains('T');
    // A leap second reads as :60 and is written as the second it runs into, which must not change on a second reading.
    if canonical && !text.ends_with(":60Z") {
        return Ok(text);
    }
    let whole = DateTime::<Utc>::from_timestamp_millis(utc.timestamp_millis()).unwrap_or(utc);
    Ok(changed(text, whole.to_rfc3339_opts(SecondsFormat::AutoSi, true)))
}

fn reference(text: Cow<'_, str>) -> Result<Cow<'_, str>, Unfit> {
    match text.parse::<RecordId>() {
        Ok(_) if text.len() == 36 && !text.bytes().any(|b| b.is_ascii_uppercase()) => Ok(text),
        Ok(id) => Ok(Cow::Owned(id.to_string())),
        Err(_) => unfit(&NOT_REFERENCE),
    }
}

fn decimal(value: &Value, places: u8, min: Decimal, max: Decimal) -> Result<Cow<'_, Value>, Unfit> {
    let text = match value {
        Value::String(text) => Cow::Borrowed(text.trim()),
        Value::Number(number) => Cow::Owned(number.to_string()),
        _ => return unfit(&NOT_DECIMAL),
    };
    let Ok(read) = text.parse::<Decimal>() else { return unfit(&NOT_DECIMAL) };
    if read.places() > places {
        return Err(Unfit(&PLACES, vec![("places", places.to_string())]));
    }
    if read < min || read > max {
        return out_of_range(min, max);
    }
    let normal = read.to_string();
    Ok(if value.as_str() == Some(&normal) { Cow::Borrowed(value) } else { Cow::Owned(Value::String(normal)) })
}

/// Returns the first letter of a text, upper case as names are, for comparing initials with names.
pub(crate) fn first_letter(text: &str) -> Option<char> {
    text.chars().find(|c| c.is_alphabetic())
}

/// Returns the last letter of a text.
pub(crate) fn last_letter(text: &str) -> Option<char> {
    text.chars().rev().find(|c| c.is_alphabetic())
}
