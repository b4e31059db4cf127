//! One value of a column.
//!
//! | first byte | value |
//! |---|---|
//! | 0 | the same as the column's value before |
//! | 1 | a whole number, one more than the column's whole number before |
//! | 2 | a whole number; its distance from the column's one before follows (zigzag) |
//! | 3 | a time `2026-03-02T05:37:00.000Z`; its distance in ms from the clock follows (zigzag) |
//! | 4 | a time `2026-03-02T05:37:00Z`; its distance in s from the clock's second follows (zigzag) |
//! | 5 | a UUID seen before; how many new UUIDs ago follows |
//! | 6 | a new UUID of another version than 7: 16 random bytes |
//! | 8 to 11 | a new UUIDv7: its time's distance in ms from the clock follows (zigzag); the low two bits are its first random bits, 9 random bytes the other 72 |
//! | 12 | text: length and bytes |
//! | 13 to 127 | text of so many bytes less 13 |
//! | 128 to 255 | the column's text with this number less 128, numbered in order of first use as text |
//!
//! The *clock* is the last time or UUIDv7 of any column, at first 0, and entries are read in order, each from its
//! first value to its last. A text is numbered while the column has fewer than 128.

use uuid::Uuid;

use crate::time::Timestamp;

pub(super) const SAME: u8 = 0;
pub(super) const NEXT: u8 = 1;
pub(super) const NUMBER: u8 = 2;
pub(super) const TIME_MS: u8 = 3;
pub(super) const TIME_S: u8 = 4;
pub(super) const UUID_SEEN: u8 = 5;
pub(super) const UUID_OTHER: u8 = 6;
pub(super) const UUID_V7: u8 = 8;
pub(super) const TEXT_LONG: u8 = 12;
pub(super) const TEXT: u8 = 13;
pub(super) const NUMBERED: u8 = 128;
/// Most numbered texts of a column.
pub(super) const MAX_NUMBERED: usize = 128;
/// Longest text without a length of its own.
pub(super) const MAX_SHORT: usize = (NUMBERED - TEXT - 1) as usize;
/// Random bytes of a UUIDv7 besides two bits.
pub(super) const V7_BYTES: usize = 9;

/// Reads a whole number, only if writing it again gives the same text.
pub(super) fn number(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let plain = (1..=18).contains(&digits.len())
        && digits.iter().all(u8::is_ascii_digit)
        && (digits.first() != Some(&b'0') || text == b"0");
    if plain { std::str::from_utf8(text).ok()?.parse().ok() } else { None }
}

/// Reads a time in ms since 1970 of either form, only if writing it again gives the same text.
pub(super) fn time(text: &[u8]) -> Option<i64> {
    let likely = matches!(text.len(), 20 | 24) && text.last() == Some(&b'Z') && text.get(10) == Some(&b'T');
    let text = std::str::from_utf8(text).ok().filter(|_| likely)?;
    let time: Timestamp = text.parse().ok()?;
    let written = if text.len() == 24 { write_ms(time.0) } else { write_s(time.0.div_euclid(1000)) };
    (written.as_deref() == Some(text)).then_some(time.0)
}

/// Writes a time with its milliseconds; `None` beyond the years that can be written.
pub(super) fn write_ms(ms: i64) -> Option<String> {
    in_years(ms).then(|| Timestamp(ms).to_string())
}

/// Writes a time in whole seconds; `None` beyond the years that can be written.
pub(super) fn write_s(seconds: i64) -> Option<String> {
    let text = write_ms(seconds.checked_mul(1000)?)?;
    Some(format!("{}Z", text.strip_suffix(".000Z")?))
}

/// From 1900 to 2200, where every time has four digits of year.
fn in_years(ms: i64) -> bool {
    (-2_208_988_800_000..7_258_118_400_000).contains(&ms)
}

/// Reads a UUID in its usual form, only if writing it again gives the same text.
pub(super) fn uuid(text: &[u8]) -> Option<Uuid> {
    let likely = text.len() == 36 && text.get(8) == Some(&b'-');
    let uuid = Uuid::try_parse_ascii(text).ok().filter(|_| likely)?;
    (write_uuid(uuid) == text).then_some(uuid)
}

/// Writes a UUID in its usual form.
pub(super) fn write_uuid(uuid: Uuid) -> [u8; 36] {
    let mut text = [0; 36];
    uuid.hyphenated().encode_lower(&mut text);
    text
}

/// Takes a UUIDv7 apart: time in ms, two bits, 72 bits. `None` for other versions and variants.
pub(super) fn split_v7(uuid: Uuid) -> Option<(i64, u8, [u8; V7_BYTES])> {
    let all = uuid.as_u128();
    let is_v7 = (all >> 76) & 0xf == 7 && (all >> 62) & 3 == 2;
    let random = ((all >> 64) & 0xfff) << 62 | all & ((1 << 62) - 1);
    let low = (random & ((1 << 72) - 1)).to_be_bytes();
    let low = low.last_chunk::<V7_BYTES>().copied()?;
    is_v7.then_some(((all >> 80) as i64, (random >> 72) as u8, low))
}

/// Undoes [`split_v7`]; `None` if the time does not fit.
pub(super) fn join_v7(ms: i64, bits: u8, low: [u8; V7_BYTES]) -> Option<Uuid> {
    let ms = u128::try_from(ms).ok().filter(|ms| *ms < 1 << 48)?;
    let random = low.iter().fold(u128::from(bits & 3), |all, &b| all << 8 | u128::from(b));
    let (a, b) = (random >> 62, random & ((1 << 62) - 1));
    Some(Uuid::from_u128(ms << 80 | 7 << 76 | a << 64 | 2 << 62 | b))
}
