//! Searching by name, initials, identity, phone and any printed identifier.
//!
//! An FTS5 table without content holds each record's words. Identifiers stand in it twice, with and without their
//! separators, so that what a scanner or a hurried hand enters is found alike.

use rusqlite::{Connection, params};
use tsela_core::{alphabet, fold::RecordState, ids::RecordId};
use uuid::Uuid;

use crate::error::Result;

/// Most words of a search that count.
const MAX_WORDS: usize = 8;

/// Returns the words under which a record is found; `None` for models that are found through others.
pub(crate) fn words(state: &RecordState) -> Option<String> {
    let (identifier, fields): (&str, &[&str]) = match state.model.as_str() {
        "household" => ("household_identifier", &["community", "section", "plot"]),
        "household_member" => ("", &["first_name", "initials"]),
        "participant" => ("subject_identifier", &["first_name", "last_name", "initials", "identity", "phone"]),
        "requisition" => ("requisition_identifier", &[]),
        "specimen" => ("specimen_identifier", &[]),
        _ => return None,
    };
    let mut words = String::new();
    for text in fields.iter().filter_map(|field| state.text(field)) {
        words.push_str(text);
        words.push(' ');
    }
    if let Some(printed) = state.text(identifier) {
        words.push_str(printed);
        words.push(' ');
        words.extend(printed.chars().filter(|c| *c != '-'));
    }
    Some(words)
}

/// Turns what was typed into an FTS5 query of quoted prefixes; `None` if there is no word in it.
fn query(text: &str) -> Option<String> {
    let bare: String = text.trim().chars().filter(|c| *c != '-').collect();
    if bare.len() >= 8 && !bare.contains(char::is_whitespace) && alphabet::is_consistent(&bare) {
        let printed = alphabet::normalise(&bare);
        if printed.bytes().all(|b| alphabet::ALPHABET.contains(&b)) {
            let typed: String = bare.chars().filter(|c| c.is_alphanumeric()).collect();
            return Some(format!("\"{printed}\"* OR \"{typed}\"*"));
        }
    }
    // Without quotes in it, and one token each: the index keeps no positions, so it knows no phrases.
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(MAX_WORDS)
        .map(|word| format!("\"{word}\"*"))
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// The search itself: newest first, as ranking would have to look at every match of a short word.
pub(crate) const BY_WORDS: &str = "SELECT record.id FROM search JOIN record ON record.n = search.rowid
                        WHERE search MATCH ?1 ORDER BY search.rowid DESC LIMIT ?2";

/// The search within one model.
pub(crate) const BY_WORDS_AND_MODEL: &str = "SELECT record.id FROM search JOIN record ON record.n = search.rowid
                                  WHERE search MATCH ?1 AND record.model = ?3
                                  ORDER BY search.rowid DESC LIMIT ?2";

/// Returns the records that hold all words (each as the beginning of a word), newest first, void ones too.
///
/// # Errors
/// Returns what the disk said.
pub fn search(conn: &Connection, text: &str, models: &[&str], limit: usize) -> Result<Vec<RecordId>> {
    let Some(query) = query(text) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    let id = |row: &rusqlite::Row<'_>| Ok(RecordId(Uuid::from_bytes(row.get(0)?)));
    if models.is_empty() {
        let mut statement = conn.prepare_cached(BY_WORDS)?;
        found.extend(statement.query_map(params![query, limit], id)?.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    for model in models {
        let mut statement = conn.prepare_cached(BY_WORDS_AND_MODEL)?;
        let rows = statement.query_map(params![query, limit, model], id)?;
        found.extend(rows.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    found.truncate(limit);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_becomes_quoted_prefixes() {
        assert_eq!(query("  neo  o'b"), Some("\"neo\"* \"o\"* \"b\"*".into()));
        assert_eq!(query("a\"b OR 1"), Some("\"a\"* \"b\"* \"OR\"* \"1\"*".into()));
        assert_eq!(query("  '-' "), None);
        assert_eq!(query(""), None);
    }
}
