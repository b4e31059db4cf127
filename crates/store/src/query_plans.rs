//! The hot queries, as SQLite plans to answer them: by a key or an index, never by looking at every row. What is quick
//! with the rows of a test would otherwise be slow with those of a study.

use rusqlite::Connection;

use crate::{outgoing, records, search, world};

/// The statement, and what its plan must hold.
const HOT: &[(&str, &[&str])] = &[
    (search::BY_WORDS, &["search VIRTUAL TABLE INDEX", "SEARCH record USING INTEGER PRIMARY KEY"]),
    (search::BY_WORDS_AND_MODEL, &["search VIRTUAL TABLE INDEX", "SEARCH record USING INTEGER PRIMARY KEY"]),
    (outgoing::NEXT_RUN, &["SEARCH entry USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"]),
    (outgoing::OLDEST, &["SEARCH entry USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"]),
    (
        outgoing::UNSENT,
        &[
            "SEARCH entry USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
            "SEARCH place USING PRIMARY KEY (anchor=? AND kind=?)",
            "SEARCH record USING INTEGER PRIMARY KEY (rowid=?)",
        ],
    ),
    (search::RECORDS_BETWEEN, &["SEARCH entry USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"]),
    (records::FINDINGS_OF, &["SEARCH finding USING PRIMARY KEY (record=?)"]),
    (records::HAS_OUTCOME, &["SEARCH outcome USING PRIMARY KEY (entry=?)"]),
    (world::ENTRY, &["SEARCH entry USING INTEGER PRIMARY KEY", "SEARCH stream USING INTEGER PRIMARY KEY"]),
    (world::ROW, &["SEARCH record USING INTEGER PRIMARY KEY", "SEARCH place USING PRIMARY KEY (anchor=? AND kind=?)"]),
    (
        world::ENTRIES,
        &["SEARCH record USING INTEGER PRIMARY KEY", "SEARCH place USING PRIMARY KEY (anchor=? AND kind=?)"],
    ),
    (records::MADE_SINCE, &["SEARCH record USING COVERING INDEX record_by_time (created_at>?)"]),
    (crate::server::lab::MADE_SINCE, &["SEARCH record USING INDEX record_by_time (created_at>?)"]),
    (world::STORED_AT, &["SEARCH place USING PRIMARY KEY (anchor=? AND kind>?)"]),
    (world::BY_KEY, &["SEARCH place USING PRIMARY KEY (anchor=? AND kind=? AND name=? AND value=?)"]),
    (world::HELD_OF_RECORD, &["SEARCH held USING COVERING INDEX held_by_record (record=?)"]),
];

#[test]
fn hot_queries_use_keys_and_indexes() {
    let mut conn = Connection::open_in_memory().unwrap();
    crate::migrations::run(&mut conn).unwrap();
    for (sql, expected) in HOT {
        let plan = plan(&conn, sql);
        for part in *expected {
            assert!(plan.iter().any(|line| line.contains(part)), "{sql}\n{part:?} is not in {plan:#?}");
        }
        let harmless = |line: &str| line.contains("VIRTUAL TABLE INDEX") || line == "SCAN CONSTANT ROW";
        let scanned = plan.iter().find(|line| line.starts_with("SCAN") && !harmless(line));
        assert_eq!(scanned, None, "{sql}\nlooks at every row: {plan:#?}");
    }
}

#[test]
fn a_search_is_sorted_by_the_index_itself() {
    let mut conn = Connection::open_in_memory().unwrap();
    crate::migrations::run(&mut conn).unwrap();
    for sql in [search::BY_WORDS, search::BY_WORDS_AND_MODEL] {
        let plan = plan(&conn, sql);
        assert!(!plan.iter().any(|line| line.contains("TEMP B-TREE")), "{plan:#?}");
    }
}

#[test]
fn a_count_looks_at_an_index_alone() {
    let mut conn = Connection::open_in_memory().unwrap();
    crate::migrations::run(&mut conn).unwrap();
    assert_eq!(plan(&conn, records::COUNT), ["SCAN record USING COVERING INDEX record_by_time"]);
}

fn plan(conn: &Connection, sql: &str) -> Vec<String> {
    let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    // What the places hold does not matter to the plan, only that each holds something.
    (1..=statement.parameter_count()).for_each(|n| statement.raw_bind_parameter(n, "x").unwrap());
    let mut rows = statement.raw_query();
    let mut lines = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        lines.push(row.get(3).unwrap());
    }
    lines
}
