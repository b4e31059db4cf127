//! Writing entries as columns.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::{MAX_COLUMNS, MAX_PLACES, skeleton, value};
use crate::bytes::{put_prefixed, put_varint, zigzag};

#[derive(Default)]
struct Encoder<'a> {
    skeletons: HashMap<Vec<u8>, usize>,
    /// For each skeleton its text and the column of each of its values.
    layouts: Vec<(Vec<u8>, Vec<usize>)>,
    /// Places of all skeletons.
    places: usize,
    column_of: HashMap<Vec<u8>, usize>,
    columns: Vec<Column<'a>>,
    random: Vec<u8>,
    uuids: HashMap<Uuid, usize>,
    clock: i64,
}

#[derive(Default)]
struct Column<'a> {
    out: Vec<u8>,
    before: Option<&'a [u8]>,
    number: i64,
    texts: HashMap<&'a [u8], u8>,
}

/// Writes entries as columns.
pub(in super::super) fn encode<'a>(entries: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut encoder = Encoder::default();
    let (mut rows, mut text, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for entry in entries {
        let split = skeleton::split(entry, &mut text, &mut values);
        if let Some(number) = split.then(|| encoder.skeleton(&text)).flatten() {
            put_varint(&mut rows, number as u64 + 1);
            encoder.values(number, &values);
        } else {
            rows.push(0);
            put_prefixed(&mut rows, entry);
        }
    }
    encoder.finish(&rows)
}

impl<'a> Encoder<'a> {
    /// Returns a skeleton's number; `None` if there would be too many places or columns.
    fn skeleton(&mut self, text: &[u8]) -> Option<usize> {
        if let Some(&number) = self.skeletons.get(text) {
            return Some(number);
        }
        let keys = skeleton::places(text, MAX_PLACES.checked_sub(self.places)?)?;
        if self.columns.len() + keys.len() > MAX_COLUMNS {
            let new: HashSet<_> = keys.iter().filter(|key| !self.column_of.contains_key(**key)).collect();
            if self.columns.len() + new.len() > MAX_COLUMNS {
                return None;
            }
        }
        self.places += keys.len();
        let columns = keys.into_iter().map(|key| self.column(key)).collect();
        let number = self.layouts.len();
        self.skeletons.insert(text.to_vec(), number);
        self.layouts.push((text.to_vec(), columns));
        Some(number)
    }

    fn column(&mut self, key: &[u8]) -> usize {
        if let Some(&number) = self.column_of.get(key) {
            return number;
        }
        let number = self.columns.len();
        self.column_of.insert(key.to_vec(), number);
        self.columns.push(Column::default());
        number
    }

    fn values(&mut self, skeleton: usize, values: &[&'a [u8]]) {
        let Some((_, columns)) = self.layouts.get(skeleton) else { return };
        for (&column, &value) in columns.iter().zip(values) {
            let Some(column) = self.columns.get_mut(column) else { continue };
            if column.repeats(value) || column.number(value) {
                continue;
            }
            let out = &mut column.out;
            let special = put_time(out, &mut self.clock, value)
                || put_uuid(out, &mut self.clock, &mut self.uuids, &mut self.random, value);
            if !special {
                column.text(value);
            }
        }
    }

    fn finish(self, rows: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        put_varint(&mut out, self.layouts.len() as u64);
        self.layouts.iter().for_each(|(text, _)| put_prefixed(&mut out, text));
        put_varint(&mut out, self.columns.len() as u64);
        self.columns.iter().for_each(|column| put_prefixed(&mut out, &column.out));
        put_prefixed(&mut out, &self.random);
        out.extend_from_slice(rows);
        out
    }
}

impl<'a> Column<'a> {
    fn repeats(&mut self, value: &'a [u8]) -> bool {
        let repeats = self.before.replace(value) == Some(value);
        if repeats {
            self.out.push(value::SAME);
        } else if let Some(&number) = self.texts.get(value) {
            self.out.push(value::NUMBERED | number);
            return true;
        }
        repeats
    }

    /// Short numbers are better off as numbered texts.
    fn number(&mut self, value: &[u8]) -> bool {
        let Some(number) = value::number(value) else { return false };
        let distance = number - self.number;
        if distance == 1 {
            self.out.push(value::NEXT);
        } else if value.len() > 3 {
            self.out.push(value::NUMBER);
            put_varint(&mut self.out, zigzag(distance));
        } else {
            return false;
        }
        self.number = number;
        true
    }

    fn text(&mut self, value: &'a [u8]) {
        if value.len() <= value::MAX_SHORT {
            self.out.push(value::TEXT + value.len() as u8);
            self.out.extend_from_slice(value);
        } else {
            self.out.push(value::TEXT_LONG);
            put_prefixed(&mut self.out, value);
        }
        if self.texts.len() < value::MAX_NUMBERED {
            let number = self.texts.len() as u8;
            self.texts.insert(value, number);
        }
    }
}

fn put_time(out: &mut Vec<u8>, clock: &mut i64, value: &[u8]) -> bool {
    let Some(time) = value::time(value) else { return false };
    if value.len() == 24 {
        out.push(value::TIME_MS);
        put_varint(out, zigzag(time - *clock));
    } else {
        out.push(value::TIME_S);
        put_varint(out, zigzag(time.div_euclid(1000) - clock.div_euclid(1000)));
    }
    *clock = time;
    true
}

fn put_uuid(
    out: &mut Vec<u8>,
    clock: &mut i64,
    seen: &mut HashMap<Uuid, usize>,
    random: &mut Vec<u8>,
    value: &[u8],
) -> bool {
    let Some(uuid) = value::uuid(value) else { return false };
    if let Some(&number) = seen.get(&uuid) {
        out.push(value::UUID_SEEN);
        put_varint(out, (seen.len() - number) as u64);
        return true;
    }
    seen.insert(uuid, seen.len());
    match value::split_v7(uuid) {
        Some((ms, bits, low)) => {
            out.push(value::UUID_V7 | bits);
            put_varint(out, zigzag(ms - *clock));
            random.extend_from_slice(&low);
            *clock = ms;
        }
        None => {
            out.push(value::UUID_OTHER);
            random.extend_from_slice(uuid.as_bytes());
        }
    }
    true
}
