//! Bytes as text that a person reads out or types: groups of eight characters of the [identifier alphabet](alphabet),
//! the last of which checks the group and its place, so that a mistyped or swapped group is named. Each kind of text counts
//! its places from a number of its own, so that one cannot be taken for another.

use std::fmt;

use crate::alphabet;

/// Characters of a group that carry data; one more checks them.
pub(crate) const GROUP_DATA: usize = 7;
/// Characters of a group.
pub(crate) const GROUP: usize = GROUP_DATA + 1;

/// What is mistyped in a text of groups.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Slip {
    /// A character that none contains.
    #[error("group {group} contains {found:?}, which no code contains: compare it with the original")]
    Character {
        /// Number of the group, from 1.
        group: usize,
        /// The character.
        found: char,
    },
    /// A group's check character does not fit.
    #[error("group {group}, {text}, is mistyped: compare it with the original")]
    Group {
        /// Number of the group, from 1.
        group: usize,
        /// The group as it was read.
        text: String,
    },
}

/// Returns the characters that matter: no spaces, line breaks and hyphens, and no mark that a text file begins with.
pub(crate) fn significant(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| !c.is_whitespace() && *c != '-' && *c != '\u{feff}')
}

/// Writes characters as groups joined by hyphens, the first checked as if it stood at the place `from`.
pub(crate) fn write(f: &mut fmt::Formatter<'_>, from: usize, digits: &[char]) -> fmt::Result {
    digits.chunks(GROUP_DATA).enumerate().try_for_each(|(place, group)| {
        let group: String = group.iter().collect();
        let hyphen = if place == 0 { "" } else { "-" };
        write!(f, "{hyphen}{group}{}", check(from + place, &group))
    })
}

/// Reads the numbers of 5 bits that groups carry. An incomplete last group gives none, so that it counts as missing.
pub(crate) fn read(characters: &[char], from: usize) -> Result<Vec<u8>, Slip> {
    let mut digits = Vec::new();
    for (place, group) in characters.chunks(GROUP).enumerate() {
        digits.extend(read_group(from + place, group, place + 1)?);
    }
    Ok(digits)
}

fn read_group(place: usize, group: &[char], number: usize) -> Result<Vec<u8>, Slip> {
    if let Some(&found) = group.iter().find(|&&c| alphabet::value(c).is_none()) {
        return Err(Slip::Character { group: number, found });
    }
    if group.len() < GROUP {
        return Ok(Vec::new());
    }
    let text = alphabet::normalise(&group.iter().collect::<String>());
    let mut data = text.clone();
    if data.pop() != Some(check(place, &data)) {
        return Err(Slip::Group { group: number, text });
    }
    Ok(data.chars().filter_map(alphabet::value).collect())
}

/// Returns the character that checks a group at a place.
pub(crate) fn check(place: usize, group: &str) -> char {
    alphabet::check_character(&format!("{}{group}", alphabet::number(place as u64, 2)))
}

/// Writes bytes in base 32, highest bit first; the last character is filled up with zero bits.
pub(crate) fn to_digits(bytes: &[u8]) -> Vec<char> {
    regroup(bytes, 8, 5, true).into_iter().map(alphabet::character).collect()
}

/// Reads numbers of 5 bits back into bytes; bits that do not fill a byte are left out.
pub(crate) fn from_digits(digits: &[u8]) -> Vec<u8> {
    regroup(digits, 5, 8, false)
}

/// Cuts numbers of `from` bits into numbers of `to` bits, highest bit first; a rest is padded with zeros or left out.
fn regroup(numbers: &[u8], from: u32, to: u32, pad: bool) -> Vec<u8> {
    let (mut bits, mut held, mut out) = (0u32, 0u32, Vec::new());
    for &number in numbers {
        bits = (bits << from) | u32::from(number);
        held += from;
        while held >= to {
            held -= to;
            out.push(((bits >> held) & ((1 << to) - 1)) as u8);
        }
        bits &= (1 << held) - 1;
    }
    if pad && held > 0 {
        out.push(((bits << (to - held)) & ((1 << to) - 1)) as u8);
    }
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
