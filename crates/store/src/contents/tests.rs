use tsela_core::attachment::lacking;
use uuid::Uuid;

use super::*;
use crate::migrations;

const ROOM: u64 = u64::MAX;

fn store() -> Connection {
    let mut conn = Connection::open_in_memory().unwrap();
    migrations::run(&mut conn).unwrap();
    conn
}

fn device(n: u128) -> DeviceId {
    DeviceId(Uuid::from_u128(n))
}

fn picture(seed: u8, length: usize) -> Vec<u8> {
    (0..length).map(|n| u8::try_from(n % 251).unwrap() ^ seed).collect()
}

/// The parts of a content, of two blocks each.
fn parts(bytes: &[u8]) -> Vec<Part> {
    let content = ContentId::of(bytes);
    let chunks = bytes.chunks(2 * BLOCK).enumerate();
    let part =
        |(n, chunk): (usize, &[u8])| Part { content, total: bytes.len(), offset: n * 2 * BLOCK, bytes: chunk.to_vec() };
    chunks.map(part).collect()
}

#[test]
fn what_is_put_is_read_and_kept_once() {
    let conn = store();
    let bytes = picture(1, 3 * BLOCK + 5);
    assert!(put(&conn, &bytes, device(1), Timestamp(5)).unwrap());
    assert!(!put(&conn, &bytes, device(2), Timestamp(6)).unwrap(), "the same picture is one content");
    let content = ContentId::of(&bytes);
    assert_eq!(read(&conn, content).unwrap(), Some(bytes.clone()));
    assert_eq!(read(&conn, ContentId([0; 32])).unwrap(), None);
    let blocks: u64 = conn.query_row("SELECT count(*) FROM content_block", [], |row| row.get(0)).unwrap();
    assert_eq!(blocks, 4);
    let last = part(&conn, content, Span { from: 2 * BLOCK, to: bytes.len() }).unwrap().unwrap();
    assert_eq!((last.bytes.as_slice(), last.total), (&bytes[2 * BLOCK..], bytes.len()));
    assert!(put(&conn, &[], device(1), Timestamp(5)).is_err());
    assert!(put(&conn, &vec![0; MAX_CONTENT + 1], device(1), Timestamp(5)).is_err());
}

#[test]
fn parts_in_any_order_and_again_make_the_whole() {
    let conn = store();
    let bytes = picture(2, 5 * BLOCK + 1);
    let parts = parts(&bytes);
    let come = |n: usize| take(&conn, &parts[n], device(1), ROOM, Timestamp(5)).unwrap();
    assert_eq!([come(2), come(2), come(0)], [Taken::Kept; 3]);
    let content = ContentId::of(&bytes);
    let spans = held(&conn, content, device(1)).unwrap();
    assert_eq!(spans, [Span { from: 0, to: 2 * BLOCK }, Span { from: 4 * BLOCK, to: bytes.len() }]);
    assert_eq!(lacking(bytes.len(), &spans, 9 * BLOCK), Some(Span { from: 2 * BLOCK, to: 4 * BLOCK }));
    assert_eq!(read(&conn, content).unwrap(), None, "a part is shown to nobody");
    assert_eq!([come(1), come(0)], [Taken::Whole; 2]);
    assert_eq!(read(&conn, content).unwrap(), Some(bytes));
    assert_eq!(held(&conn, content, device(1)).unwrap(), []);
}

#[test]
fn what_does_not_fit_its_name_is_forgotten_and_can_come_again() {
    let conn = store();
    let bytes = picture(3, 4 * BLOCK);
    let parts = parts(&bytes);
    let mut spoiled = parts[1].clone();
    spoiled.bytes[7] ^= 1;
    assert_eq!(take(&conn, &parts[0], device(1), ROOM, Timestamp(5)).unwrap(), Taken::Kept);
    assert_eq!(take(&conn, &spoiled, device(1), ROOM, Timestamp(5)).unwrap(), Taken::Misfit);
    assert_eq!(held(&conn, parts[0].content, device(1)).unwrap(), []);
    for (part, became) in parts.iter().zip([Taken::Kept, Taken::Whole]) {
        assert_eq!(take(&conn, part, device(1), ROOM, Timestamp(5)).unwrap(), became);
    }
}

#[test]
fn no_device_spoils_what_another_one_sends() {
    let conn = store();
    let bytes = picture(4, 4 * BLOCK);
    let parts = parts(&bytes);
    let mut spoiled = parts[0].clone();
    spoiled.bytes[0] ^= 1;
    assert_eq!(take(&conn, &spoiled, device(9), ROOM, Timestamp(5)).unwrap(), Taken::Kept);
    for (part, became) in parts.iter().zip([Taken::Kept, Taken::Whole]) {
        assert_eq!(take(&conn, part, device(1), ROOM, Timestamp(5)).unwrap(), became);
    }
    assert_eq!(read(&conn, parts[0].content).unwrap(), Some(bytes));
    let rows: u64 = conn.query_row("SELECT count(*) FROM content", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 1, "what others began is not kept");
}

#[test]
fn a_sender_has_its_room_and_no_more() {
    let conn = store();
    let (first, second) = (picture(5, 4 * BLOCK), picture(6, 4 * BLOCK));
    let room = 6 * BLOCK as u64;
    assert_eq!(take(&conn, &parts(&first)[0], device(1), room, Timestamp(5)).unwrap(), Taken::Kept);
    assert_eq!(take(&conn, &parts(&second)[0], device(1), room, Timestamp(5)).unwrap(), Taken::NoRoom);
    assert_eq!(take(&conn, &parts(&second)[0], device(2), room, Timestamp(5)).unwrap(), Taken::Kept);
    // One that tells of another size begins anew.
    let mut longer = parts(&first)[0].clone();
    longer.total = 5 * BLOCK;
    assert_eq!(take(&conn, &longer, device(1), room, Timestamp(5)).unwrap(), Taken::Kept);
    assert_eq!(bytes_of(&conn, device(1)).unwrap(), 5 * BLOCK as u64);
}

#[test]
fn only_so_many_contents_of_a_sender_are_unfinished() {
    let conn = store();
    let begun: Vec<Part> = (0..=u8::try_from(MOST_UNFINISHED).unwrap())
        .map(|n| parts(&picture(n, 4 * BLOCK + usize::from(n)))[0].clone())
        .collect();
    for part in &begun {
        take(&conn, part, device(1), ROOM, Timestamp(5)).unwrap();
    }
    assert_eq!(held(&conn, begun[0].content, device(1)).unwrap(), [], "the oldest made room");
    assert!(!held(&conn, begun[1].content, device(1)).unwrap().is_empty());
    let rows: usize = conn.query_row("SELECT count(*) FROM content", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, MOST_UNFINISHED);
}

#[test]
fn bytes_that_changed_on_the_disk_are_not_shown() {
    let conn = store();
    let bytes = picture(7, 2 * BLOCK);
    put(&conn, &bytes, device(1), Timestamp(5)).unwrap();
    conn.execute("UPDATE content_block SET bytes = zeroblob(?1) WHERE n = 1", [BLOCK]).unwrap();
    assert!(matches!(read(&conn, ContentId::of(&bytes)), Err(StoreError::Damaged { .. })));
    conn.execute("DELETE FROM content_block WHERE n = 1", []).unwrap();
    assert!(matches!(read(&conn, ContentId::of(&bytes)), Err(StoreError::Damaged { .. })));
}
