use tsela_server::{admin::By, restore};
use tsela_store::{StoreError, server::stream_codes};

use crate::{
    clinic::Clinic,
    laptop::{Laptop, ask_to_enrol, request},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_server_begins_a_new_life_and_is_refilled() {
    let clinic = Clinic::open().await;
    let mut lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    lesedi.household(1, "1", clinic.now());
    let before = lesedi.push(&clinic, 0).await;
    let open_code = clinic.code();
    let backup = clinic.server.backup().unwrap().path;
    lesedi.household(2, "2", clinic.now());
    assert_eq!(lesedi.push(&clinic, 1).await.stream(lesedi.codes[0]).unwrap().stored_through, 2);
    let clock = {
        let clock = clinic.now();
        let refused = restore(clinic.dir.path(), &backup, Default::default()).unwrap_err();
        assert!(refused.to_string().contains("already open"), "{refused}");
        clock
    };
    let (dir, hands) = clinic.close().await;
    let restored = restore(dir.path(), &backup, Clinic::options(&hands)).unwrap();
    assert!(restored.moved_aside.is_some_and(|path| path.exists()), "what was there is kept");
    let clinic = Clinic::reopen(dir, hands).await;
    assert_eq!(clinic.now(), clock);
    let life = clinic.server.life();
    assert_eq!((life.number, life.id), (2, restored.incarnation));

    // It says where it stands when asked, under another incarnation and counting from one.
    let said = lesedi.receipts(&clinic, 0).await.remove(0);
    assert_ne!(said.incarnation, before.incarnation);
    assert_eq!((said.number, said.stream(lesedi.codes[0]).unwrap().stored_through), (1, 1));
    assert_eq!(lesedi.push(&clinic, 1).await.stream(lesedi.codes[0]).unwrap().stored(), lesedi.head());
    let again = lesedi.push(&clinic, 0).await;
    assert_eq!((again.number, again.stream(lesedi.codes[0]).unwrap().stored_through), (3, 2));

    // What it may have given out and forgotten is not given out again.
    let used = ask_to_enrol(&clinic, &request(5, *open_code.secret().as_bytes(), "Kago")).await;
    assert_eq!(used.status(), 403, "a code that was open in the backup");
    let thabo = Laptop::enrol(&clinic, 2, "Thabo").await;
    assert!(thabo.codes.iter().all(|code| code.as_str() > "B00"), "{:?}", thabo.codes);
    assert!(said.package_version > 1_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_begun_after_the_backup_is_learned_from_its_laptop() {
    let clinic = Clinic::open().await;
    let mut lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    let backup = clinic.server.backup().unwrap().path;
    // Codes given after the backup: Lesedi writes to one of them.
    let later = clinic
        .server
        .store()
        .write(|tx| stream_codes::give(tx, lesedi.device, 1, tsela_core::time::Timestamp(0)))
        .unwrap();
    lesedi.codes = later;
    lesedi.roll_back(0);
    lesedi.household(1, "1", clinic.now());
    let (dir, hands) = clinic.close().await;
    restore(dir.path(), &backup, Clinic::options(&hands)).unwrap();
    let clinic = Clinic::reopen(dir, hands).await;
    let receipt = lesedi.push(&clinic, 0).await;
    assert_eq!(receipt.stream(lesedi.codes[0]).unwrap().stored(), lesedi.head());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_backup_is_restored_and_sessions_end() {
    let clinic = Clinic::open().await;
    let cookie = clinic.sign_in("Mpho", "administrator").await;
    let backup = clinic.server.backup().unwrap().path;
    let (dir, hands) = clinic.close().await;
    let store = dir.path().join("store.db");
    let refused = restore(dir.path(), &store, Clinic::options(&hands)).unwrap_err();
    assert!(matches!(refused, tsela_server::ServerError::Store(StoreError::Invalid(_))), "{refused}");
    restore(dir.path(), &backup, Clinic::options(&hands)).unwrap();
    let clinic = Clinic::reopen(dir, hands).await;
    let (answer, _) = clinic.page(Some(&cookie), "devices", serde_json::json!({})).await;
    assert_eq!(answer["failure"]["code"], "signed_out");
    clinic.server.make_code("field", None, "", None, &By::operator()).unwrap();
}
