//! Reading entries from columns, bounding what they expand to.

use std::collections::HashMap;

use uuid::Uuid;

use super::{
    super::{JournalError, MAX_ENTRIES},
    MAX_COLUMNS, MAX_PLACES,
    skeleton::{self, BARE, QUOTED},
    value,
};
use crate::bytes::{Reader, unzigzag};

const CUT: JournalError = JournalError::Malformed("it ends too early");

struct Decoder<'a> {
    skeletons: Vec<Skeleton<'a>>,
    columns: Vec<Column<'a>>,
    random: Reader<'a>,
    uuids: Vec<Uuid>,
    clock: i64,
}

struct Skeleton<'a> {
    text: &'a [u8],
    columns: Vec<usize>,
}

struct Column<'a> {
    reader: Reader<'a>,
    before: Vec<u8>,
    number: i64,
    texts: Vec<&'a [u8]>,
}

/// Reads `count` entries of together at most `limit` bytes.
pub(in super::super) fn decode(bytes: &[u8], count: usize, limit: usize) -> Result<Vec<Vec<u8>>, JournalError> {
    let mut reader = Reader::new(bytes);
    let mut decoder = Decoder::read(&mut reader)?;
    let mut entries = Vec::new();
    let mut left = limit;
    for _ in 0..count {
        let entry = match reader.varint().ok_or(CUT)? {
            0 => reader.prefixed().ok_or(CUT)?.to_vec(),
            number => decoder.entry(number - 1, left)?,
        };
        left = left.checked_sub(entry.len()).ok_or(JournalError::TooLarge("bytes"))?;
        entries.push(entry);
    }
    let rest = decoder.columns.iter().any(|column| !column.reader.rest().is_empty());
    if rest || !reader.rest().is_empty() || !decoder.random.rest().is_empty() {
        return Err(JournalError::Malformed("something is left over"));
    }
    Ok(entries)
}

impl<'a> Decoder<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JournalError> {
        let skeletons = read_skeletons(reader)?;
        let count = reader.varint().filter(|count| *count <= MAX_COLUMNS as u64);
        let mut columns = Vec::new();
        for _ in 0..count.ok_or(JournalError::TooLarge("columns"))? {
            let reader = Reader::new(reader.prefixed().ok_or(CUT)?);
            columns.push(Column { reader, before: Vec::new(), number: 0, texts: Vec::new() });
        }
        let random = Reader::new(reader.prefixed().ok_or(CUT)?);
        Ok(Self { skeletons, columns, random, uuids: Vec::new(), clock: 0 })
    }

    fn entry(&mut self, number: u64, limit: usize) -> Result<Vec<u8>, JournalError> {
        let skeleton = usize::try_from(number).ok().and_then(|number| self.skeletons.get(number));
        let skeleton = skeleton.ok_or(JournalError::Malformed("an unknown skeleton"))?;
        let mut entry = Vec::with_capacity(skeleton.text.len().min(limit) * 2);
        let mut places = skeleton.columns.iter();
        for &byte in skeleton.text {
            if byte > BARE {
                entry.push(byte);
                continue;
            }
            let column = places.next().and_then(|&column| self.columns.get_mut(column));
            let column = column.ok_or(JournalError::Malformed("an unknown column"))?;
            column.next(&mut self.clock, &mut self.uuids, &mut self.random)?;
            let quote: &[u8] = if byte == QUOTED { b"\"" } else { b"" };
            for part in [quote, &column.before, quote] {
                entry.extend_from_slice(part);
            }
            if entry.len() > limit {
                return Err(JournalError::TooLarge("bytes"));
            }
        }
        Ok(entry)
    }
}

/// Each skeleton costs at least a byte that is really there, but takes more: hence the limits.
fn read_skeletons<'a>(reader: &mut Reader<'a>) -> Result<Vec<Skeleton<'a>>, JournalError> {
    let count = reader.varint().ok_or(CUT)?;
    if count > MAX_ENTRIES as u64 {
        return Err(JournalError::TooLarge("skeletons"));
    }
    let mut numbers: HashMap<&[u8], usize> = HashMap::new();
    let (mut skeletons, mut left) = (Vec::new(), MAX_PLACES);
    for _ in 0..count {
        let text = reader.prefixed().ok_or(CUT)?;
        let keys = skeleton::places(text, left).ok_or(JournalError::TooLarge("values"))?;
        left -= keys.len();
        let mut columns = Vec::with_capacity(keys.len());
        for key in keys {
            let next = numbers.len();
            columns.push(*numbers.entry(key).or_insert(next));
        }
        skeletons.push(Skeleton { text, columns });
    }
    Ok(skeletons)
}

impl<'a> Column<'a> {
    /// Puts the column's next value into `before`.
    fn next(&mut self, clock: &mut i64, uuids: &mut Vec<Uuid>, random: &mut Reader<'a>) -> Result<(), JournalError> {
        let tag = self.reader.u8().ok_or(CUT)?;
        match tag {
            value::SAME => return Ok(()),
            value::NEXT => self.add_number(1)?,
            value::NUMBER => {
                let distance = self.signed()?;
                self.add_number(distance)?;
            }
            value::TIME_MS | value::TIME_S => {
                let distance = self.signed()?;
                let text = next_time(tag, clock, distance).ok_or(JournalError::Malformed("a time"))?;
                self.set(text.as_bytes());
            }
            value::UUID_SEEN..=11 => {
                let uuid = self.next_uuid(tag, clock, uuids, random)?;
                self.set(&value::write_uuid(uuid));
            }
            value::TEXT_LONG.. => self.next_text(tag)?,
        }
        Ok(())
    }

    fn next_uuid(
        &mut self,
        tag: u8,
        clock: &mut i64,
        uuids: &mut Vec<Uuid>,
        random: &mut Reader<'a>,
    ) -> Result<Uuid, JournalError> {
        const BAD: JournalError = JournalError::Malformed("a UUID");
        let uuid = match tag {
            value::UUID_SEEN => {
                let ago = usize::try_from(self.reader.varint().ok_or(CUT)?).map_err(|_| BAD)?;
                let number = uuids.len().checked_sub(ago).ok_or(BAD)?;
                return uuids.get(number).copied().ok_or(BAD);
            }
            value::UUID_OTHER => Uuid::from_bytes(random.array().ok_or(CUT)?),
            8..=11 => {
                *clock = clock.checked_add(self.signed()?).ok_or(BAD)?;
                value::join_v7(*clock, tag & 3, random.array().ok_or(CUT)?).ok_or(BAD)?
            }
            _ => return Err(BAD),
        };
        uuids.push(uuid);
        Ok(uuid)
    }

    fn next_text(&mut self, tag: u8) -> Result<(), JournalError> {
        let text = match tag {
            value::NUMBERED.. => {
                let text = self.texts.get(usize::from(tag - value::NUMBERED));
                *text.ok_or(JournalError::Malformed("a numbered text"))?
            }
            value::TEXT_LONG => self.reader.prefixed().ok_or(CUT)?,
            _ => self.reader.take(usize::from(tag - value::TEXT)).ok_or(CUT)?,
        };
        if tag < value::NUMBERED && self.texts.len() < value::MAX_NUMBERED {
            self.texts.push(text);
        }
        self.set(text);
        Ok(())
    }

    fn add_number(&mut self, distance: i64) -> Result<(), JournalError> {
        self.number = self.number.checked_add(distance).ok_or(JournalError::Malformed("a number"))?;
        let text = self.number.to_string();
        self.set(text.as_bytes());
        Ok(())
    }

    fn signed(&mut self) -> Result<i64, JournalError> {
        self.reader.varint().map(unzigzag).ok_or(CUT)
    }

    fn set(&mut self, value: &[u8]) {
        self.before.clear();
        self.before.extend_from_slice(value);
    }
}

fn next_time(tag: u8, clock: &mut i64, distance: i64) -> Option<String> {
    if tag == value::TIME_MS {
        *clock = clock.checked_add(distance)?;
        return value::write_ms(*clock);
    }
    let seconds = clock.div_euclid(1000).checked_add(distance)?;
    *clock = seconds.checked_mul(1000)?;
    value::write_s(seconds)
}
