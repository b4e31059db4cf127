//! Exact decimals: volumes and coordinates are written as text and never pass through binary fractions.

use std::{cmp::Ordering, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use ts_rs::TS;

/// A decimal with at most 9 places, reduced: 4.0 and 4 are the same value. Written `4`, `-24.34132`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TS)]
#[ts(type = "string")]
pub struct Decimal {
    mantissa: i64,
    places: u8,
}

/// A text that is not a decimal of at most 9 places and 18 digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a number like 4.5")]
pub struct BadDecimal(String);

const MAX_PLACES: usize = 9;
const MAX_DIGITS: usize = 18;

impl Decimal {
    /// Returns a whole number.
    pub const fn whole(n: i64) -> Self {
        Self { mantissa: n, places: 0 }
    }

    /// Returns the number of places after the point, 0 to 9.
    pub fn places(self) -> u8 {
        self.places
    }

    fn reduced(mut mantissa: i64, mut places: u8) -> Self {
        while places > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            places -= 1;
        }
        Self { mantissa, places }
    }

    fn scaled_to(self, places: u8) -> i128 {
        i128::from(self.mantissa) * 10i128.pow(u32::from(places.saturating_sub(self.places)))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let places = self.places.max(other.places);
        self.scaled_to(places).cmp(&other.scaled_to(places))
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl FromStr for Decimal {
    type Err = BadDecimal;

    fn from_str(text: &str) -> Result<Self, BadDecimal> {
        let bad = || BadDecimal(text.to_owned());
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let fraction = if fraction.len() > MAX_PLACES { fraction.trim_end_matches('0') } else { fraction };
        let digits_only = whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit());
        if whole.is_empty() || !digits_only || fraction.len() > MAX_PLACES || whole.len() + fraction.len() > MAX_DIGITS
        {
            return Err(bad());
        }
        let digits = whole.bytes().chain(fraction.bytes()).map(|b| i64::from(b - b'0'));
        let mantissa = digits.fold(0i64, |n, digit| n * 10 + digit);
        let places = u8::try_from(fraction.len()).map_err(|_| bad())?;
        Ok(Self::reduced(if text.starts_with('-') { -mantissa } else { mantissa }, places))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.places == 0 {
            return write!(f, "{}", self.mantissa);
        }
        let unit = 10i64.pow(u32::from(self.places));
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let (whole, fraction) = ((self.mantissa / unit).abs(), (self.mantissa % unit).abs());
        write!(f, "{sign}{whole}.{fraction:0width$}", width = usize::from(self.places))
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    /// Reads a text, or a whole number.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        match (value.as_str(), value.as_i64()) {
            (Some(text), _) => text.parse().map_err(D::Error::custom),
            (None, Some(n)) => Ok(Self::whole(n)),
            (None, None) => Err(D::Error::custom("expected a decimal as text, such as \"0.3\"")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_are_equal_and_written_alike() {
        for (text, written) in [
            ("4.0", "4"),
            ("4", "4"),
            ("0004", "4"),
            ("-24.341320", "-24.34132"),
            ("-0.5", "-0.5"),
            ("-0", "0"),
            ("10.05", "10.05"),
        ] {
            let decimal: Decimal = text.parse().unwrap();
            assert_eq!(decimal.to_string(), written);
            assert_eq!(decimal, written.parse().unwrap());
        }
    }

    #[test]
    fn order_is_by_value() {
        let d = |text: &str| text.parse::<Decimal>().unwrap();
        assert!(d("0.30") < d("0.5") && d("-1") < d("-0.5") && d("10") > d("9.99"));
    }

    #[test]
    fn what_is_not_a_decimal_is_refused() {
        for text in ["", ".", "4.", "4,5", "1e3", "--1", "1.2.3", "٣", "1.0000000001", "12345678901234567890"] {
            let read = text.parse::<Decimal>();
            assert!(text == "4." || read.is_err(), "{text} gave {read:?}");
        }
    }
}
