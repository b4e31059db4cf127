//! Printed identifiers: made of the stream's code, a counter of that stream and a check character.
//!
//! Nothing in them is random, so there is nothing to collide: two laptops have different codes, and one laptop counts.
//! Subject `PPP-SS-DDD-NNNN-C`, household `CC-DDD-NNNN-C`, requisition `DDD-NNNN-C`, bag `M-DDD-NNNN-C`, hand-over `T-DDD-NNNN-C`, specimen
//! `DDDNNNN01C` without separators, which keeps its barcode short. The check character covers everything before it.

use std::{fmt, str::FromStr};

use crate::{alphabet, ids::StreamCode};

#[cfg(test)]
mod tests;

/// Digits of the counter, base 32; larger numbers grow past it.
const COUNTER_WIDTH: usize = 4;
/// The first part of a bag's identifier.
const BAG: &str = "M";
/// The first part of a hand-over's identifier.
const TRANSFER: &str = "T";

/// What a printed identifier names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdentifierKind {
    /// A participant: `PPP-SS-DDD-NNNN-C`.
    Subject,
    /// A household: `CC-DDD-NNNN-C`.
    Household,
    /// A requisition: `DDD-NNNN-C`.
    Requisition,
    /// A specimen: `DDDNNNN01C`.
    Specimen,
    /// A bag: `M-DDD-NNNN-C`.
    Bag,
    /// A hand-over: `T-DDD-NNNN-C`.
    Transfer,
}

/// A printed identifier, taken apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identifier {
    /// What it names.
    pub kind: IdentifierKind,
    /// What stands before the stream's code: protocol and site, the community, or nothing.
    pub prefix: Vec<String>,
    /// The stream that made it.
    pub stream: StreamCode,
    /// The stream's counter, from 1.
    pub number: u64,
    /// A specimen's item of its requisition, 1 to 99; 0 for the other kinds.
    pub item: u8,
}

/// Why a text is not a printed identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadIdentifier {
    /// Not built like one.
    #[error("{text:?} is not built like a {kind}: it looks like {shape}")]
    Shape {
        /// What was typed or scanned.
        text: String,
        /// What was expected.
        kind: IdentifierKind,
        /// How that looks.
        shape: &'static str,
    },
    /// A character that no identifier has.
    #[error("{found:?} does not occur in identifiers: only digits and letters without I, L, O, U")]
    Character {
        /// The character.
        found: char,
    },
    /// A mistyped or misread character, or two swapped.
    #[error("the check character does not fit: one character of {text} is wrong or two are swapped; read it again")]
    Check {
        /// What was typed or scanned, in the printed form.
        text: String,
    },
    /// The number 0, or an item that is not 1 to 99.
    #[error("{text} holds the number 0, which is never printed")]
    Zero {
        /// What was typed or scanned, in the printed form.
        text: String,
    },
}

impl IdentifierKind {
    /// Returns how identifiers of this kind look.
    pub fn shape(self) -> &'static str {
        match self {
            Self::Subject => "PPP-SS-DDD-NNNN-C",
            Self::Household => "CC-DDD-NNNN-C",
            Self::Requisition => "DDD-NNNN-C",
            Self::Specimen => "DDDNNNN01C",
            Self::Bag => "M-DDD-NNNN-C",
            Self::Transfer => "T-DDD-NNNN-C",
        }
    }

    /// Returns the lengths of the parts before the stream's code.
    fn prefix_lengths(self) -> &'static [usize] {
        match self {
            Self::Subject => &[3, 2],
            Self::Household => &[2],
            Self::Bag | Self::Transfer => &[1],
            Self::Requisition | Self::Specimen => &[],
        }
    }
}

impl fmt::Display for IdentifierKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Subject => "subject identifier",
            Self::Household => "household identifier",
            Self::Requisition => "requisition identifier",
            Self::Specimen => "specimen identifier",
            Self::Bag => "bag identifier",
            Self::Transfer => "hand-over identifier",
        })
    }
}

/// Makes a participant's identifier. `number` is the stream's next, from 1.
pub fn subject(protocol: &str, site: &str, stream: StreamCode, number: u64) -> Identifier {
    made(IdentifierKind::Subject, &[protocol, site], stream, number, 0)
}

/// Makes a household's identifier.
pub fn household(community: &str, stream: StreamCode, number: u64) -> Identifier {
    made(IdentifierKind::Household, &[community], stream, number, 0)
}

/// Makes a requisition's identifier.
pub fn requisition(stream: StreamCode, number: u64) -> Identifier {
    made(IdentifierKind::Requisition, &[], stream, number, 0)
}

/// Makes a specimen's identifier: that of its requisition where this stream made it, with the item, 1 to 99. A tube
/// added on another laptop takes that laptop's stream and next number, so that no code is printed twice.
pub fn specimen(stream: StreamCode, number: u64, item: u8) -> Identifier {
    made(IdentifierKind::Specimen, &[], stream, number, item)
}

/// Makes a bag's identifier.
pub fn bag(stream: StreamCode, number: u64) -> Identifier {
    made(IdentifierKind::Bag, &[BAG], stream, number, 0)
}

/// Makes a hand-over's identifier.
pub fn transfer(stream: StreamCode, number: u64) -> Identifier {
    made(IdentifierKind::Transfer, &[TRANSFER], stream, number, 0)
}

/// Reads an identifier as typed or scanned: case, white space and missing separators do not matter, O is read as 0, I
/// and L as 1.
///
/// # Errors
/// [`BadIdentifier`], which says what to look at.
pub fn parse(kind: IdentifierKind, typed: &str) -> Result<Identifier, BadIdentifier> {
    let text = alphabet::normalise(typed);
    let bare: String = text.chars().filter(|c| *c != '-' && !c.is_whitespace()).collect();
    let shape = || BadIdentifier::Shape { text: typed.trim().to_owned(), kind, shape: kind.shape() };
    if let Some(found) = bare.chars().find(|c| alphabet::value(*c).is_none()) {
        return Err(BadIdentifier::Character { found });
    }
    let mut rest = bare.as_str();
    let mut prefix = Vec::new();
    for length in kind.prefix_lengths() {
        prefix.push(take(&mut rest, *length).ok_or_else(shape)?.to_owned());
    }
    let stream = take(&mut rest, 3).ok_or_else(shape)?.parse().map_err(|_| shape())?;
    let tail = if kind == IdentifierKind::Specimen { 3 } else { 1 };
    let digits = rest.len().checked_sub(tail).filter(|n| *n >= COUNTER_WIDTH).ok_or_else(shape)?;
    let number = take(&mut rest, digits).and_then(alphabet::parse_number).ok_or_else(shape)?;
    if !alphabet::is_consistent(&bare) {
        return Err(BadIdentifier::Check { text });
    }
    let item = match kind {
        IdentifierKind::Specimen => take(&mut rest, 2).and_then(|item| item.parse().ok()).ok_or_else(shape)?,
        _ => 0,
    };
    if number == 0 || (kind == IdentifierKind::Specimen && item == 0) {
        return Err(BadIdentifier::Zero { text });
    }
    let read = Identifier { kind, prefix, stream, number, item };
    // A counter with needless leading zeros, or a bag without its M, has a check character of its own but was never printed.
    let printed: String = read.to_string().chars().filter(|c| *c != '-').collect();
    let begins = match kind {
        IdentifierKind::Bag => BAG,
        IdentifierKind::Transfer => TRANSFER,
        _ => "",
    };
    if printed == bare && bare.starts_with(begins) { Ok(read) } else { Err(shape()) }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = alphabet::number(self.number, COUNTER_WIDTH);
        let body = if self.kind == IdentifierKind::Specimen {
            format!("{}{number}{:02}", self.stream, self.item)
        } else {
            let parts = self.prefix.iter().map(String::as_str).chain([self.stream.as_str(), &number]);
            parts.collect::<Vec<_>>().join("-") + "-"
        };
        write!(f, "{body}{}", alphabet::check_character(&body))
    }
}

impl FromStr for IdentifierKind {
    type Err = ();

    /// Reads the name of the field that holds this kind, such as `subject_identifier`.
    fn from_str(field: &str) -> Result<Self, ()> {
        match field {
            "subject_identifier" => Ok(Self::Subject),
            "household_identifier" => Ok(Self::Household),
            "requisition_identifier" => Ok(Self::Requisition),
            "specimen_identifier" => Ok(Self::Specimen),
            "bag_identifier" => Ok(Self::Bag),
            "transfer_identifier" => Ok(Self::Transfer),
            _ => Err(()),
        }
    }
}

fn made(kind: IdentifierKind, prefix: &[&str], stream: StreamCode, number: u64, item: u8) -> Identifier {
    Identifier { kind, prefix: prefix.iter().map(|part| (*part).to_owned()).collect(), stream, number, item }
}

fn take<'a>(rest: &mut &'a str, length: usize) -> Option<&'a str> {
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}
