//! A field of a form: its name, kind, and when it must be filled in.

use super::Decimal;
use crate::identifiers::IdentifierKind;

/// The longest text that a field may hold, in characters.
pub const MAX_TEXT: usize = 2000;

/// The model of a reference that may name a record of any gathered model.
pub const ANY_MODEL: &str = "any";

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FieldKind {
    /// Free text of at most `max` characters.
    Text {
        /// Longest, in characters.
        max: usize,
    },
    /// A person's name or names: letters of any script, spaces, hyphens, apostrophes.
    Name,
    /// Last and first name in one, so also commas and full stops.
    FullName,
    /// Two or three letters.
    Initials,
    /// A whole number.
    Integer {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
    },
    /// An exact decimal, written as text.
    Decimal {
        /// Most places after the point.
        places: u8,
        /// Smallest.
        min: Decimal,
        /// Largest.
        max: Decimal,
    },
    /// Yes or no.
    Bool,
    /// A calendar date, `2026-03-02`.
    Date,
    /// An instant in UTC, `2026-03-02T05:37:00Z`.
    DateTime,
    /// One code of several.
    Choice(Choices),
    /// Another record of a model, or of [any](ANY_MODEL).
    Reference(&'static str),
    /// A telephone number in one of the study package's formats.
    Phone,
    /// An identity document's number, in the format of its type in the study package.
    Identity,
    /// A printed identifier.
    Identifier(IdentifierKind),
}

/// How it was told which tube is meant, as evidence: by the reader, by hand from the print, or by looking at it.
pub const IDENTIFIED_BY: &[&str] = &["scanned", "typed", "by_hand"];

/// Where a choice's codes come from. All but the fixed ones are in the study package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choices {
    /// Codes to which the program itself gives a meaning, so that no study chooses them.
    Fixed(&'static [&'static str]),
    /// A code list by its name.
    List(&'static str),
    /// The communities, by name.
    Communities,
    /// The panels, by code.
    Panels,
    /// The languages, by code.
    Languages,
}

/// When a field must be filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Required {
    /// Never.
    No,
    /// Always.
    Yes,
    /// In the case that the sentence describes; a rule of the model checks it.
    When(&'static str),
}

/// A field of a model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Field {
    /// Name in entries and files.
    pub name: &'static str,
    /// Name on screen, in English; the study package has other languages.
    pub label: &'static str,
    /// What it holds.
    pub kind: FieldKind,
    /// When it must be filled in.
    pub required: Required,
    /// Whether a carrier may see it.
    pub carrier: bool,
    /// Whether it is checked but never journaled.
    pub transient: bool,
    /// Whether the program fills it in: identifiers at save, computed fields at each change.
    pub computed: bool,
    /// Whether it stays as it was once saved.
    pub locked: bool,
    /// Whether it tells of something that has happened, so that a later time is odd.
    pub past: bool,
}

impl Field {
    /// Returns an optional field.
    pub const fn new(name: &'static str, label: &'static str, kind: FieldKind) -> Self {
        let required = Required::No;
        Self {
            name,
            label,
            kind,
            required,
            carrier: false,
            transient: false,
            computed: false,
            locked: false,
            past: false,
        }
    }

    /// Must always be filled in.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = Required::Yes;
        self
    }

    /// Must be filled in when the sentence holds.
    #[must_use]
    pub const fn required_when(mut self, case: &'static str) -> Self {
        self.required = Required::When(case);
        self
    }

    /// May be seen by a carrier.
    #[must_use]
    pub const fn carrier(mut self) -> Self {
        self.carrier = true;
        self
    }

    /// Is checked but never journaled.
    #[must_use]
    pub const fn transient(mut self) -> Self {
        self.transient = true;
        self
    }

    /// Is filled in by the program.
    #[must_use]
    pub const fn computed(mut self) -> Self {
        self.computed = true;
        self
    }

    /// Stays as it was once saved.
    #[must_use]
    pub const fn locked(mut self) -> Self {
        self.locked = true;
        self
    }

    /// Tells of something that has happened.
    #[must_use]
    pub const fn past(mut self) -> Self {
        self.past = true;
        self
    }
}

/// A note or comment.
pub(super) const fn text(name: &'static str, label: &'static str) -> Field {
    Field::new(name, label, FieldKind::Text { max: MAX_TEXT })
}

/// A choice from a code list of the study package.
pub(super) const fn choice(name: &'static str, label: &'static str, list: &'static str) -> Field {
    Field::new(name, label, FieldKind::Choice(Choices::List(list)))
}

/// A yes or no.
pub(super) const fn yes_no(name: &'static str, label: &'static str) -> Field {
    Field::new(name, label, FieldKind::Bool)
}

/// A whole number in a range.
pub(super) const fn integer(name: &'static str, label: &'static str, min: i64, max: i64) -> Field {
    Field::new(name, label, FieldKind::Integer { min, max })
}

/// The time of something that has happened.
pub(super) const fn event_time(name: &'static str, label: &'static str) -> Field {
    Field::new(name, label, FieldKind::DateTime).past()
}

/// A reference to a record of a model.
pub(super) const fn reference(name: &'static str, label: &'static str, model: &'static str) -> Field {
    Field::new(name, label, FieldKind::Reference(model))
}
