use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
use rusqlite::Connection;
use tsela_core::ids::{DeviceId, UserId};
use tsela_core::time::Timestamp;
use uuid::Uuid;

use super::{accounts, bundles, keys, sessions, stream_codes};
use crate::{error::StoreError, lock_rules::LockRules, migrations, password::Kdf};

fn store() -> Connection {
    let mut conn = Connection::open_in_memory().unwrap();
    migrations::run(&mut conn).unwrap();
    conn
}

fn device(n: u128) -> DeviceId {
    DeviceId(Uuid::from_u128(n))
}

#[test]
fn a_code_goes_to_one_device_and_a_restored_server_leaves_many_out() {
    let conn = store();
    let lesedi = stream_codes::give(&conn, device(1), 4, Timestamp(0)).unwrap();
    let names: Vec<_> = lesedi.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["A01", "A02", "A03", "A04"]);
    stream_codes::note(&conn, "A06".parse().unwrap(), device(9), Timestamp(0)).unwrap();
    let thabo = stream_codes::give(&conn, device(2), 2, Timestamp(0)).unwrap();
    assert_eq!(thabo.iter().map(ToString::to_string).collect::<Vec<_>>(), ["A05", "A07"]);
    assert!(stream_codes::owns(&conn, device(1), lesedi[0]).unwrap());
    assert!(!stream_codes::owns(&conn, device(2), lesedi[0]).unwrap());
    stream_codes::leap(&conn).unwrap();
    let later = stream_codes::give(&conn, device(3), 1, Timestamp(0)).unwrap();
    assert_eq!(later[0].as_str(), "B08");
}

#[test]
fn all_codes_can_be_given_and_then_it_says_so() {
    let conn = store();
    let tx = conn.unchecked_transaction().unwrap();
    let all = stream_codes::give(&tx, device(1), 32_767, Timestamp(0)).unwrap();
    assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), 32_767);
    let error = stream_codes::give(&tx, device(1), 1, Timestamp(0)).unwrap_err();
    assert!(error.to_string().contains("in use"), "{error}");
}

#[test]
fn a_passphrase_is_tried_five_times_and_then_the_account_is_locked() {
    let conn = store();
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let id = UserId(Uuid::from_u128(1));
    accounts::add(&conn, id, " Mpho ", "data_manager", Timestamp(0)).unwrap();
    accounts::set_passphrase(&conn, id, "pula e na thata", Kdf::CHEAP_FOR_TESTS, &mut rng).unwrap();
    assert!(accounts::add(&conn, UserId(Uuid::from_u128(2)), "MPHO", "driver", Timestamp(0)).is_err());
    let account = || accounts::find_by_name(&conn, "mpho").unwrap().unwrap();
    let (rules, lock_ms) = (LockRules::default(), 15 * 60 * 1000);
    for n in 0..5 {
        let wrapped = accounts::begin_attempt(&conn, &account(), rules, Timestamp(n)).unwrap();
        assert!(wrapped.unwrap_key("wrong wrong", id.0.as_bytes()).unwrap().is_none());
    }
    let error = accounts::begin_attempt(&conn, &account(), rules, Timestamp(5)).unwrap_err();
    assert!(matches!(error, StoreError::LockedOut { wait_ms, .. } if wait_ms == lock_ms - 1), "{error}");
    let later = Timestamp(4 + lock_ms);
    let wrapped = accounts::begin_attempt(&conn, &account(), rules, later).unwrap();
    assert!(wrapped.unwrap_key("pula e na thata", id.0.as_bytes()).unwrap().is_some());
    accounts::attempt_was_right(&conn, id).unwrap();
    assert_eq!(account().failed, 0);
}

#[test]
fn a_session_ends_after_half_an_hour_without_use_and_after_a_shift() {
    let conn = store();
    let id = UserId(Uuid::from_u128(1));
    accounts::add(&conn, id, "Mpho", "administrator", Timestamp(0)).unwrap();
    sessions::begin(&conn, &[7; 32], id, Timestamp(0)).unwrap();
    assert!(sessions::find(&conn, &[8; 32], Timestamp(0)).unwrap().is_none());
    let mut now = 0;
    while now < sessions::LIFE_MS - sessions::IDLE_MS {
        now += sessions::IDLE_MS;
        assert!(sessions::find(&conn, &[7; 32], Timestamp(now)).unwrap().unwrap().note_due);
        sessions::used(&conn, &[7; 32], Timestamp(now)).unwrap();
    }
    assert!(sessions::find(&conn, &[7; 32], Timestamp(now + sessions::IDLE_MS + 1)).unwrap().is_none());
    assert!(sessions::find(&conn, &[7; 32], Timestamp(sessions::LIFE_MS + 1)).unwrap().is_none());
}

#[test]
fn a_store_without_a_life_is_no_servers() {
    let conn = store();
    assert!(matches!(keys::life(&conn), Err(StoreError::Damaged { .. })));
    assert!(bundles::last_receipt(&conn, device(1), 1).unwrap().is_none());
}
