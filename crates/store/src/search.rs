//! Searching by name, initials, identity, phone and any printed identifier.
//!
//! An FTS5 table without content holds each record's words, as this file folds and parts them, so that what is typed is
//! parted alike. Identifiers stand in it twice, with and without their separators, so that what a scanner or a hurried
//! hand enters is found alike.
//!
//! FTS5 writes five pages for the words of one record and hardly more for those of many. A save therefore leaves its words
//! out: a stream says up to which entry they are in the index, and a search looks at the records of the entries behind
//! it one by one, as they stand in the store. Every [`BEHIND`] entries the index catches up.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};
use tsela_core::{alphabet, fold::RecordState, ids::RecordId};
use unicode_normalization::{UnicodeNormalization as _, char::canonical_combining_class};
use uuid::Uuid;

use crate::{
    error::Result,
    streams::{self, entry_id},
    world::load_row,
};

/// Most words of a search that count.
const MAX_WORDS: usize = 8;

/// Entries of a stream from which on a save brings the index up to date; more make searches slower.
pub(crate) const BEHIND: u64 = 400;

/// Returns the words under which a record is found; none for models that are found through others.
fn words(state: &RecordState) -> Vec<String> {
    let (identifier, fields): (&str, &[&str]) = match state.model.as_str() {
        "household" => ("household_identifier", &["community", "section", "plot"]),
        "household_member" => ("", &["first_name", "initials"]),
        "participant" => ("subject_identifier", &["first_name", "last_name", "initials", "identity", "phone"]),
        "requisition" => ("requisition_identifier", &[]),
        "specimen" => ("specimen_identifier", &[]),
        _ => return Vec::new(),
    };
    let mut words: Vec<String> = fields.iter().filter_map(|field| state.text(field)).flat_map(parted).collect();
    if let Some(printed) = state.text(identifier) {
        words.extend(parted(printed));
        words.extend(parted(&printed.replace('-', "")));
    }
    words
}

/// Parts a text into words without capitals and accents. Vowel signs are no accents: they part no word.
fn parted(text: &str) -> Vec<String> {
    let folded: String =
        text.chars().flat_map(char::to_lowercase).nfd().filter(|c| canonical_combining_class(*c) == 0).collect();
    folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// What was typed: a record is found if, of one of these lists, each is the beginning of one of its words.
#[derive(Debug, PartialEq, Eq)]
struct Query(Vec<Vec<String>>);

impl Query {
    fn of(text: &str) -> Self {
        let bare: String = text.trim().chars().filter(|c| *c != '-').collect();
        if bare.len() >= 8 && !bare.contains(char::is_whitespace) && alphabet::is_consistent(&bare) {
            let printed = alphabet::normalise(&bare);
            if printed.bytes().all(|b| alphabet::ALPHABET.contains(&b)) {
                return Self([printed, bare].iter().map(|one| parted(one)).collect());
            }
        }
        let words: Vec<String> = parted(text).into_iter().take(MAX_WORDS).collect();
        Self(if words.is_empty() { Vec::new() } else { vec![words] })
    }

    fn fits(&self, words: &[String]) -> bool {
        let begins = |begin: &String| words.iter().any(|word| word.starts_with(begin.as_str()));
        self.0.iter().any(|all| all.iter().all(begins))
    }

    /// Returns it as FTS5 reads it: quoted prefixes. A word has neither quotes nor blanks in it.
    fn to_fts(&self) -> String {
        let all = |words: &Vec<String>| {
            let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"*")).collect();
            words.join(" ")
        };
        self.0.iter().map(all).collect::<Vec<_>>().join(" OR ")
    }
}

/// The search itself: newest first, as ranking would have to look at every match of a short word.
pub(crate) const BY_WORDS: &str = "SELECT record.n, record.id FROM search JOIN record ON record.n = search.rowid
                        WHERE search MATCH ?1 ORDER BY search.rowid DESC LIMIT ?2";

/// The search within one model.
pub(crate) const BY_WORDS_AND_MODEL: &str = "SELECT record.n, record.id FROM search
                                  JOIN record ON record.n = search.rowid
                                  WHERE search MATCH ?1 AND record.model = ?3
                                  ORDER BY search.rowid DESC LIMIT ?2";

/// The records of a stream's entries between two.
pub(crate) const RECORDS_BETWEEN: &str =
    "SELECT DISTINCT record FROM entry WHERE id BETWEEN ?1 AND ?2 AND record IS NOT NULL";

/// Returns the records that hold all words (each as the beginning of a word), newest first, void ones too.
///
/// # Errors
/// Returns what the disk said.
pub fn search(conn: &Connection, text: &str, models: &[&str], limit: usize) -> Result<Vec<RecordId>> {
    let query = Query::of(text);
    if query.0.is_empty() {
        return Ok(Vec::new());
    }
    let behind = behind(conn)?;
    let mut found = Vec::new();
    let models: Vec<Option<&str>> =
        if models.is_empty() { vec![None] } else { models.iter().map(|model| Some(*model)).collect() };
    for model in models {
        let mut of_model = indexed(conn, &query, model, limit.saturating_add(behind.len()))?;
        of_model.retain(|n, _| !behind.contains_key(n));
        let fits = |state: &RecordState| model.is_none_or(|model| state.model == model) && query.fits(&words(state));
        of_model.extend(behind.iter().filter(|(_, state)| fits(state)).map(|(n, state)| (*n, state.id)));
        found.extend(of_model.into_values().rev());
    }
    found.truncate(limit);
    Ok(found)
}

/// Returns what the index finds, by the numbers of the records.
fn indexed(conn: &Connection, query: &Query, model: Option<&str>, limit: usize) -> Result<BTreeMap<i64, RecordId>> {
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, RecordId(Uuid::from_bytes(row.get(1)?))));
    let (fts, limit) = (query.to_fts(), i64::try_from(limit).unwrap_or(i64::MAX));
    let rows = match model {
        None => conn.prepare_cached(BY_WORDS)?.query_map(params![fts, limit], read)?.collect::<rusqlite::Result<_>>(),
        Some(model) => conn
            .prepare_cached(BY_WORDS_AND_MODEL)?
            .query_map(params![fts, limit, model], read)?
            .collect::<rusqlite::Result<_>>(),
    };
    Ok(rows?)
}

/// Returns the records whose words may not be in the index, by their numbers.
fn behind(conn: &Connection) -> Result<BTreeMap<i64, RecordState>> {
    let mut records = BTreeMap::new();
    for stream in streams::list(conn)?.into_iter().filter(|stream| stream.searched < stream.head.seq) {
        let mut statement = conn.prepare_cached(RECORDS_BETWEEN)?;
        let range = params![entry_id(stream.id, stream.searched + 1), entry_id(stream.id, stream.head.seq)];
        let mut rows = statement.query(range)?;
        while let Some(row) = rows.next()? {
            // An entry that is held has a record that may not be here.
            if let Some(row) = load_row(conn, RecordId(crate::blob::uuid(row, 0)?))? {
                records.insert(row.n, row.state);
            }
        }
    }
    Ok(records)
}

/// Puts into the index what saves have left out.
pub(crate) fn catch_up(conn: &Connection) -> Result<()> {
    let behind = behind(conn)?;
    let mut known = conn.prepare_cached("SELECT 1 FROM search_docsize WHERE id = ?1")?;
    let known = behind.keys().map(|n| Ok((*n, known.exists([n])?))).collect::<Result<BTreeMap<i64, bool>>>()?;
    let put = |(n, state): (&i64, &RecordState)| replace(conn, *n, known.get(n) == Some(&true), &words(state));
    behind.iter().try_for_each(put)?;
    conn.prepare_cached("UPDATE stream SET searched = seq WHERE searched < seq")?.execute([])?;
    Ok(())
}

/// Writes the words of records that have just changed: by number, each with what it was and what it is. In one go: any
/// other statement between two of them would make FTS5 put away what it has gathered, record by record.
pub(crate) fn write(conn: &Connection, changed: BTreeMap<i64, (Option<&RecordState>, &RecordState)>) -> Result<()> {
    changed.into_iter().try_for_each(|(n, (before, after))| {
        let (old, new) = (before.map(words).unwrap_or_default(), words(after));
        if old == new { Ok(()) } else { replace(conn, n, !old.is_empty(), &new) }
    })
}

fn replace(conn: &Connection, n: i64, known: bool, words: &[String]) -> Result<()> {
    if known {
        conn.prepare_cached("DELETE FROM search WHERE rowid = ?1")?.execute([n])?;
    }
    if !words.is_empty() {
        conn.prepare_cached("INSERT INTO search (rowid, words) VALUES (?1, ?2)")?
            .execute(params![n, words.join(" ")])?;
    }
    Ok(())
}

/// Takes everything out of the index, for records that are written anew.
pub(crate) fn empty(conn: &Connection) -> Result<()> {
    conn.execute_batch("INSERT INTO search (search) VALUES ('delete-all'); UPDATE stream SET searched = seq;")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> String {
        Query::of(text).to_fts()
    }

    #[test]
    fn what_is_typed_becomes_quoted_prefixes() {
        assert_eq!(typed("  neo  o'b"), "\"neo\"* \"o\"* \"b\"*");
        assert_eq!(typed("a\"b OR 1"), "\"a\"* \"b\"* \"or\"* \"1\"*");
        assert_eq!(typed("  '-' "), "");
        assert_eq!(typed(""), "");
    }

    #[test]
    fn capitals_and_accents_do_not_count_and_vowel_signs_part_no_word() {
        assert_eq!(parted("Ñúñez-Ṱhabelo"), ["nunez", "thabelo"]);
        assert_eq!(parted("İSTANBUL ſtraße"), ["istanbul", "ſtraße"]);
        assert_eq!(parted("राम किशन"), ["राम", "किशन"]);
        assert_eq!(parted("مُحَمَّد"), ["محمد"]);
        assert_eq!(parted("🙂 ^XZ =cmd()"), ["xz", "cmd"]);
    }

    #[test]
    fn a_record_that_is_not_indexed_yet_is_found_by_the_same_rule() {
        let words: Vec<String> = parted("Neo O'Brien 71234567");
        assert!(Query::of("neo").fits(&words) && Query::of("712 BRI").fits(&words));
        assert!(!Query::of("neo x").fits(&words) && !Query::of("rien").fits(&words));
    }
}
