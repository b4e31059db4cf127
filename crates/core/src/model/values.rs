//! Reading a record's values by name and kind, whether typed into a form or folded from entries.

use std::borrow::Cow;

use chrono::NaiveDate;

use super::Decimal;
use crate::{
    entry::{Fields, Value},
    fold::RecordState,
    ids::RecordId,
    time::Timestamp,
};

/// Values by field name. What is missing, empty or of another kind reads as `None`.
pub trait Values {
    /// Returns the value as it is stored.
    fn value(&self, field: &str) -> Option<&Value>;

    /// Returns a text that is not empty.
    fn text(&self, field: &str) -> Option<&str> {
        self.value(field).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// Returns a yes or no.
    fn yes_no(&self, field: &str) -> Option<bool> {
        self.value(field).and_then(Value::as_bool)
    }

    /// Returns a whole number.
    fn integer(&self, field: &str) -> Option<i64> {
        self.value(field).and_then(Value::as_i64)
    }

    /// Returns a decimal.
    fn decimal(&self, field: &str) -> Option<Decimal> {
        self.text(field)?.parse().ok()
    }

    /// Returns an instant.
    fn instant(&self, field: &str) -> Option<Timestamp> {
        self.text(field)?.parse().ok()
    }

    /// Returns a calendar date.
    fn date(&self, field: &str) -> Option<NaiveDate> {
        self.text(field)?.parse().ok()
    }

    /// Returns the record that a reference names.
    fn reference(&self, field: &str) -> Option<RecordId> {
        self.text(field)?.parse().ok()
    }

    /// Says whether a field holds anything.
    fn has(&self, field: &str) -> bool {
        self.value(field).is_some_and(|value| !value.is_null() && value != "")
    }
}

impl Values for Fields {
    fn value(&self, field: &str) -> Option<&Value> {
        self.get(field)
    }
}

impl Values for RecordState {
    fn value(&self, field: &str) -> Option<&Value> {
        RecordState::value(self, field)
    }
}

impl<T: Values + Clone> Values for Cow<'_, T> {
    fn value(&self, field: &str) -> Option<&Value> {
        self.as_ref().value(field)
    }
}
