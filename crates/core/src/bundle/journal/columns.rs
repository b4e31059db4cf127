//! Entries as columns: what makes a journal small on a slow link, and gives back every byte.
//!
//! Entries are JSON text that is hashed and kept verbatim. Most of that text repeats, and half of the rest are the
//! digits of random UUIDs, which zstd alone stores at twice their size. So an entry is split into a *skeleton* (keys
//! and punctuation, with a mark in the place of each value) and its values; equal skeletons are written once, and the
//! values of equal keys stand together in one column, as [values](value) say. Nothing is parsed as JSON or written
//! anew: joining skeleton and values gives the same bytes for any input, and bytes that do not split are kept raw.
//!
//! Layout, numbers as LEB128: number of skeletons, each with its length and text; number of columns, each with its
//! length and content; length and content of the random bytes; then for each entry the number of its skeleton from 1,
//! or 0 and the length and bytes of a raw entry. In a skeleton, byte 00 stands for a value in quotes and 01 for one
//! without. A value belongs to the column of the key before it; columns are numbered in the order in which the
//! skeletons first mention their keys.

/// Most columns of a journal; an entry that would need more is kept raw.
const MAX_COLUMNS: usize = 4096;
/// Most places for values in all skeletons together; an entry that would need more is kept raw.
const MAX_PLACES: usize = 1 << 20;

mod decode;
mod encode;
mod skeleton;
mod value;

pub(super) use decode::decode;
pub(super) use encode::encode;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
