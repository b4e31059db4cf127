//! Bytes as text that a person reads out or types: groups of eight characters of the [identifier alphabet](alphabet),
//! the last of which checks the group and its place, so that a mistyped or swapped group is named.

use crate::alphabet;

/// Characters of a group that carry data; one more checks them.
pub(crate) const GROUP_DATA: usize = 7;
/// Characters of a group.
pub(crate) const GROUP: usize = GROUP_DATA + 1;

/// Returns the character that checks a group at a place.
pub(crate) fn group_check(place: usize, group: &str) -> char {
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
