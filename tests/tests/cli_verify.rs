//! `tsela verify`: what was changed behind the program's back is found and named.

use std::fs;

use rusqlite::Connection;
use tsela_tests::bin::Study;

const SHIFT: &str = include_str!("../../demo/shift.jsonl");

/// Opens the server's store as someone would who has its key file.
fn broken_into(study: &Study) -> Connection {
    let key = fs::read_to_string(study.path("S/store.key")).unwrap();
    let conn = Connection::open(study.path("S/store.db")).unwrap();
    conn.execute_batch(&format!("PRAGMA key = \"x'{}'\"; PRAGMA cipher_compatibility = 4;", key.trim())).unwrap();
    conn.execute_batch("PRAGMA cipher_page_size = 8192; PRAGMA cipher_hmac_algorithm = HMAC_SHA256;").unwrap();
    conn.execute_batch("DROP TRIGGER IF EXISTS entry_is_never_changed; DROP TRIGGER IF EXISTS entry_is_never_deleted;")
        .unwrap();
    conn
}

fn with_a_day() -> (Study, String) {
    let mut study = Study::open();
    study.enrol("lesedi");
    study.enter("lesedi", SHIFT);
    study.tsela(&["push", "--dir", "lesedi"]).quietly();
    study.kill_server();
    let code = study.status("lesedi")["streams"][0]["code"].as_str().unwrap().to_owned();
    (study, code)
}

/// Returns the report of a store that is not clean.
fn not_clean(study: &Study) -> (serde_json::Value, String) {
    let ran = study.tsela(&["verify", "--dir", "S", "--json"]).expect(65);
    let report = ran.json();
    assert_eq!(report["clean"], false);
    (report, ran.err)
}

#[test]
fn a_changed_entry_is_found_and_named() {
    let (study, code) = with_a_day();
    let conn = broken_into(&study);
    let stream: i64 = conn.query_row("SELECT id FROM stream WHERE code = ?1", [&code], |row| row.get(0)).unwrap();
    let sql = "UPDATE entry SET bytes = CAST(replace(CAST(bytes AS TEXT), 'Otse', 'Oste') AS BLOB) WHERE id IN
               (SELECT id FROM entry WHERE id >> 40 = ?1 AND instr(CAST(bytes AS TEXT), 'Otse') ORDER BY id LIMIT 1)
               RETURNING id & ((1 << 40) - 1)";
    let changed: u64 = conn.query_row(sql, [stream], |row| row.get(0)).unwrap();
    drop(conn);
    let (report, told) = not_clean(&study);
    let fault = &report["faults"][0];
    assert_eq!((fault["stream"].as_str(), fault["seq"].as_u64()), (Some(code.as_str()), Some(changed)));
    assert!(told.contains(&format!("entry {code}:{changed}")), "{told}");
    study.tsela(&["verify", "--dir", "lesedi"]).quietly();
}

#[test]
fn a_missing_entry_and_a_changed_record_are_found() {
    let (study, code) = with_a_day();
    let conn = broken_into(&study);
    let id = |n: u32| -> String {
        let sql = "SELECT lower(hex(id)) FROM record WHERE n = ?1";
        conn.query_row(sql, [n], |row| row.get(0)).unwrap()
    };
    let (other_entry, other_state) = (id(1), id(3));
    conn.execute_batch(
        "UPDATE record SET entries = (SELECT entries FROM record WHERE n = 2) WHERE n = 1;
         UPDATE record SET state = CAST('{}' AS BLOB) WHERE n = 3;",
    )
    .unwrap();
    drop(conn);
    let (report, _) = not_clean(&study);
    let found: Vec<String> = report["faults"].as_array().unwrap().iter().map(|f| f["record"].to_string()).collect();
    let named = found.iter().map(|id| id.replace(['-', '"'], "")).collect::<Vec<_>>();
    assert_eq!(named, [other_entry, other_state], "{report}");

    let conn = broken_into(&study);
    conn.execute_batch("DELETE FROM entry WHERE id & ((1 << 40) - 1) = 100;").unwrap();
    drop(conn);
    let (report, told) = not_clean(&study);
    assert_eq!(
        (report["faults"][0]["stream"].as_str(), report["faults"][0]["seq"].as_u64()),
        (Some(code.as_str()), Some(100))
    );
    assert!(told.contains("missing"), "{told}");
}
