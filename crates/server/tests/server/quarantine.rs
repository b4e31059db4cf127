//! What a person decides about quarantined entries: those of a revoked device are admitted, forks are closed.

use serde_json::{Value, json};
use tsela_core::{chain::Head, entry::Op};
use tsela_server::admin::By;

use crate::{
    clinic::{Clinic, MINUTE},
    laptop::{Laptop, code_of},
};

fn count(clinic: &Clinic, sql: &'static str) -> i64 {
    clinic.server.store().read(|conn| Ok(conn.query_row(sql, [], |row| row.get(0))?)).unwrap()
}

/// A revoked laptop that has sent five more entries in two bundles.
async fn revoked() -> (Clinic, Laptop) {
    let clinic = Clinic::open().await;
    let mut lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    lesedi.household(1, "1", clinic.now());
    lesedi.push(&clinic, 0).await;
    clinic.server.revoke(lesedi.device, "thought stolen", &By::operator()).unwrap();
    for entries in [2, 3] {
        let after = lesedi.entries.len();
        for n in 0..entries {
            lesedi.household(10 + (after + n) as u128, &format!("{}", after + n), clinic.now());
        }
        let bundle = lesedi.bundle(after);
        assert_eq!(code_of(lesedi.put(&clinic, &bundle).await).await, (403, "revoked".into()));
    }
    (clinic, lesedi)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_revoked_laptop_sent_is_admitted_up_to_an_entry_that_it_signed() {
    let (clinic, lesedi) = revoked().await;
    let code = lesedi.codes[0];
    let row = clinic.server.forks().unwrap().remove(0);
    assert_eq!((row.kind.as_str(), row.seq, row.entries, row.admissible), ("revoked", 2, 5, vec![3, 6]));
    assert_eq!(clinic.server.counts().unwrap().forks, 1);
    let by = By::operator();
    assert!(clinic.server.admit(code, None, " ", &by).is_err(), "a reason is needed");
    let refused = clinic.server.admit(code, Some(4), "found again", &by).unwrap_err();
    assert!(refused.to_string().contains("3, 6"), "{refused}");
    assert!(clinic.server.close_fork(code, "looked at", &by).is_err(), "it is no fork");
    assert_eq!(count(&clinic, "SELECT count(*) FROM record"), 1);

    let admitted = clinic.server.admit(code, Some(3), "found again", &by).unwrap();
    assert_eq!((admitted.from, admitted.through), (2, 3));
    assert_eq!(count(&clinic, "SELECT count(*) FROM record"), 3);
    assert_eq!(clinic.server.forks().unwrap()[0].admissible, [6]);
    let admitted = clinic.server.admit(code, None, "found again", &by).unwrap();
    assert_eq!((admitted.from, admitted.through), (4, 6));
    assert_eq!(count(&clinic, "SELECT count(*) FROM record"), 6);
    assert_eq!(count(&clinic, "SELECT count(*) FROM quarantine"), 0);
    assert_eq!(count(&clinic, "SELECT count(*) FROM held"), 0);
    assert!(clinic.server.forks().unwrap().is_empty());
    assert!(clinic.server.admit(code, None, "found again", &by).is_err(), "there is nothing left");
    // They can be given back and forwarded: each run's end is signed.
    assert_eq!(
        count(&clinic, "SELECT count(*) FROM signed_head h JOIN stream s ON s.id = h.stream WHERE s.state = 'foreign'"),
        3
    );
    let event = count(
        &clinic,
        "SELECT count(*) FROM entry WHERE CAST(bytes AS TEXT) LIKE '%entries_admitted%' AND CAST(bytes AS TEXT) LIKE '%found again%'",
    );
    assert_eq!(event, 2, "the journal says who, when and why");

    // The device stays revoked; what it sends after that waits again.
    let mut lesedi = lesedi;
    lesedi.household(99, "99", clinic.now());
    let bundle = lesedi.bundle(6);
    assert_eq!(code_of(lesedi.put(&clinic, &bundle).await).await, (403, "revoked".into()));
    assert_eq!(clinic.server.forks().unwrap()[0].admissible, [7]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_continue_the_stream_is_not_admitted() {
    let clinic = Clinic::open().await;
    let mut lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    lesedi.household(1, "1", clinic.now());
    lesedi.push(&clinic, 0).await;
    clinic.server.revoke(lesedi.device, "stolen", &By::operator()).unwrap();
    // Another entry 1 than the stored one, and entry 2 behind it.
    lesedi.roll_back(0);
    lesedi.household(5, "5", clinic.now());
    lesedi.household(6, "6", clinic.now());
    let bundle = lesedi.bundle(0);
    lesedi.put(&clinic, &bundle).await;
    let refused = clinic.server.admit(lesedi.codes[0], None, "found", &By::operator()).unwrap_err();
    assert!(refused.to_string().contains("does not continue"), "{refused}");
    assert_eq!(count(&clinic, "SELECT count(*) FROM record"), 1);

    // A gap before what is kept.
    let (clinic, mut lesedi) = (Clinic::open().await, None::<Laptop>);
    let lesedi = lesedi.insert(Laptop::enrol(&clinic, 1, "Lesedi").await);
    clinic.server.revoke(lesedi.device, "stolen", &By::operator()).unwrap();
    lesedi.household(1, "1", clinic.now());
    lesedi.household(2, "2", clinic.now());
    let bundle = lesedi.bundle(1);
    lesedi.put(&clinic, &bundle).await;
    assert!(clinic.server.forks().unwrap()[0].admissible.is_empty());
    assert!(clinic.server.admit(lesedi.codes[0], None, "found", &By::operator()).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_is_closed_with_a_reason_kept_and_opened_again_by_new_contradictions() {
    let clinic = Clinic::open().await;
    let mut lesedi = Laptop::enrol(&clinic, 1, "Lesedi").await;
    let record = lesedi.household(1, "1", clinic.now());
    lesedi.push(&clinic, 0).await;
    lesedi.roll_back(0);
    lesedi.household(2, "2", clinic.now());
    lesedi.push(&clinic, 0).await;
    let code = lesedi.codes[0];
    assert_eq!(clinic.server.counts().unwrap().forks, 1);
    let by = By::operator();
    let refused = clinic.server.admit(code, None, "the right one", &by).unwrap_err();
    assert!(refused.to_string().contains("cannot be admitted"), "{refused}");
    assert!(clinic.server.close_fork(code, "", &by).is_err());
    clinic.server.close_fork(code, "the laptop was put back; compared with its people", &by).unwrap();
    assert_eq!(clinic.server.counts().unwrap().forks, 0, "it waits for nobody");
    let row = clinic.server.forks().unwrap().remove(0);
    assert_eq!(row.closed.unwrap().reason, "the laptop was put back; compared with its people");
    let kept = clinic.server.kept_entries(code).unwrap();
    assert_eq!((kept.len(), kept[0].seq, kept[0].reason.as_str()), (1, 1, "fork"));
    assert_ne!(kept[0].stored.as_ref().unwrap(), &kept[0].bytes, "both versions can be read");

    // The same again is no news; another contradiction is.
    clinic.pass(MINUTE);
    lesedi.push(&clinic, 0).await;
    assert_eq!(clinic.server.counts().unwrap().forks, 0);
    lesedi.write(Op::Update, "household", record, json!({"plot": "9"}), clinic.now());
    lesedi.push(&clinic, 0).await;
    assert_eq!(clinic.server.counts().unwrap().forks, 1);
    assert!(clinic.server.forks().unwrap()[0].closed.is_none());
    assert!(lesedi.head() != Head::empty(lesedi.study, lesedi.device, code));
}

#[tokio::test(flavor = "multi_thread")]
async fn data_managers_admit_on_the_pages_and_nobody_without_a_role_does() {
    let (clinic, lesedi) = revoked().await;
    let args = json!({"stream": lesedi.codes[0], "through": null, "reason": "found again"});
    for command in ["admit_entries", "close_fork"] {
        let (refused, _): (Value, _) = clinic.page(None, command, args.clone()).await;
        assert_eq!(refused["failure"]["code"], "signed_out", "{command}");
    }
    let manager = clinic.sign_in("Mpho", "data_manager").await;
    let (rows, _) = clinic.page(Some(&manager), "admit_entries", args).await;
    assert_eq!(rows["ok"], json!([]));
    assert_eq!(count(&clinic, "SELECT count(*) FROM record"), 6);
    let said = count(&clinic, "SELECT count(*) FROM entry WHERE CAST(bytes AS TEXT) LIKE '%entries_admitted%'");
    assert_eq!(said, 1);
}
