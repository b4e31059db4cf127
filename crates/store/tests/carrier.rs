//! What a driver has: handed over on one side, carried on the other; received only by a receipt.

mod common;

use common::{Peer, sample};
use tsela_core::{
    bundle::BundleId,
    ids::{DeviceId, Incarnation},
    manifest::Manifest,
    receipt::{Receipt, StreamReceipt},
    time::Timestamp,
};
use tsela_store::{
    acks::{self, Peer as Server},
    carried,
    handed::{self, Handed},
    records::{self, Status},
    streams,
};
use uuid::Uuid;

const DRIVER: DeviceId = DeviceId(Uuid::from_u128(0x44));
const LESEDI: DeviceId = DeviceId(Uuid::from_u128(0x22));

fn handed(bundle: u8, first: u64, last: u64) -> Handed {
    let (bundle, at) = (BundleId([bundle; 32]), Timestamp(1_000 + i64::from(bundle)));
    Handed { bundle, first, last, carrier: DRIVER, name: "driver-1".to_owned(), at }
}

fn statuses(peer: &Peer) -> Vec<Status> {
    let all = |conn: &tsela_store::Connection| {
        let status = |id| Ok(records::get(conn, id)?.expect("it is unsent").status);
        records::unsent(conn)?.into_iter().map(status).collect()
    };
    peer.store.read(all).expect("the store can be read")
}

#[test]
fn records_are_with_the_driver_up_to_the_first_gap() {
    let lesedi = Peer::new('A');
    let saved = lesedi.enter(&sample("shift.jsonl"));
    let note = |bundles: &[Handed]| {
        lesedi
            .store
            .write(|tx| {
                let stream = streams::own(tx)?.remove(0);
                bundles.iter().try_for_each(|bundle| handed::note(tx, &stream, bundle, "{}"))
            })
            .unwrap();
    };
    assert!(statuses(&lesedi).iter().all(|status| *status == Status::Ready));
    // The second bundle never came to be held: what is in the third counts for nothing.
    note(&[handed(1, 1, 100), handed(3, 151, 252)]);
    let with_driver = statuses(&lesedi).iter().filter(|status| **status == Status::WithDriver).count();
    assert!((90..=100).contains(&with_driver), "{with_driver}");
    note(&[handed(2, 101, 150)]);
    assert!(statuses(&lesedi).iter().all(|status| *status == Status::WithDriver));

    let newest = *saved.last().unwrap().records.last().unwrap();
    let holder = |id| lesedi.store.read(|conn| records::holder(conn, &records::state(conn, id)?.unwrap())).unwrap();
    assert_eq!(holder(newest).map(|holder| (holder.name, holder.at)), Some(("driver-1".to_owned(), Timestamp(1_003))));

    // What is saved after that waits for the next hand-over.
    lesedi.enter(r#"{"model":"household","set":{"community":"Otse","status":"absent"}}"#);
    let ready = statuses(&lesedi).into_iter().filter(|status| *status == Status::Ready).count();
    assert_eq!(ready, 1);
}

#[test]
fn a_receipt_ends_it_and_what_it_covers_is_forgotten() {
    let lesedi = Peer::new('A');
    lesedi.enter(&sample("shift.jsonl"));
    let stream = lesedi.store.read(streams::own).unwrap().remove(0);
    lesedi.store.write(|tx| handed::note(tx, &stream, &handed(1, 1, 252), "{}")).unwrap();
    let server = Server { server: DeviceId(Uuid::from_u128(0x33)), incarnation: Incarnation(Uuid::from_u128(1)) };
    lesedi.store.write(|tx| acks::meet(tx, server, common::NOW)).unwrap();
    let hash = stream.head.hash;
    let line = StreamReceipt {
        stream: stream.code,
        stored_through: 252,
        stored_hash: hash,
        applied_through: 252,
        applied_hash: hash,
        gaps: vec![],
    };
    lesedi.store.write(|tx| acks::believe(tx, &receipt(&lesedi, server, line), common::NOW, &lesedi.packages)).unwrap();
    assert_eq!(statuses(&lesedi), []);
    lesedi.store.write(|tx| handed::forget_received(tx)).unwrap();
    assert_eq!(lesedi.store.read(|conn| handed::beyond(conn, &stream, 0)).unwrap(), []);
}

fn receipt(peer: &Peer, server: Server, line: StreamReceipt) -> Receipt {
    Receipt {
        study: common::study(),
        server: server.server,
        incarnation: server.incarnation,
        device: peer.device,
        number: 1,
        at: common::NOW,
        streams: vec![line],
        bundles: vec![],
        outcomes: vec![],
        tubes: vec![],
        changed: vec![],
        changed_after: 0,
        changed_through: 0,
        findings: 0,
        contents: vec![],
        codes: vec![],
        package_version: 1,
    }
}

fn manifest(number: u64) -> Manifest {
    let stream = "A01".parse().expect("a stream's code");
    Manifest::new(number, LESEDI, stream, Timestamp(number as i64), Vec::new()).expect("no tube is too many")
}

#[test]
fn a_carrier_takes_in_order_up_to_its_room_and_lets_go_once_delivered() {
    let driver = Peer::new('D');
    let at = Timestamp(5_000);
    let take = |body: &[u8], number: Option<u64>| {
        let manifest = number.map(manifest);
        driver.store.write(|tx| carried::take(tx, LESEDI, body, manifest.as_ref(), 10, at)).unwrap()
    };
    driver.store.write(|tx| carried::meet(tx, LESEDI, "lesedi", at)).unwrap();
    assert_eq!(driver.store.read(|conn| carried::manifest(conn, LESEDI)).unwrap(), None);
    assert_eq!(take(b"first", Some(2)), Some(at));
    assert_eq!(take(b"first", Some(1)), Some(at), "the same again, with an older manifest");
    assert_eq!(take(b"second", None), None, "six bytes more than there is room for");
    let newest = || driver.store.read(|conn| carried::manifest(conn, LESEDI)).unwrap().unwrap();
    assert_eq!(newest().number, 2);

    // A laptop that was restored counts from 1 in a new stream, and its clock may have been put right meanwhile.
    let mut of_new_life = manifest(1);
    (of_new_life.stream, of_new_life.at) = ("A02".parse().unwrap(), Timestamp(-5));
    let (earlier, list) = (Timestamp(4_000), Some(&of_new_life));
    let again = driver.store.write(|tx| carried::take(tx, LESEDI, b"first", list, 10, earlier)).unwrap();
    assert_eq!(again, Some(at), "this laptop's own clock went back, too");
    assert_eq!(newest(), of_new_life);

    let next_of = |but: &[DeviceId]| {
        let but = but.iter().copied().collect();
        driver.store.read(|conn| carried::next(conn, &but)).unwrap()
    };
    assert_eq!(next_of(&[LESEDI]), None, "another author's turn");
    let next = next_of(&[]).unwrap();
    assert_eq!(next.body, b"first");
    driver.store.write(|tx| carried::refused(tx, next.id, "another study", false)).unwrap();
    assert_eq!(next_of(&[]), None, "not again by itself");
    assert_eq!(driver.store.read(|conn| carried::held(conn, LESEDI, 9)).unwrap(), []);
    assert_eq!(driver.store.write(|tx| carried::try_again(tx)).unwrap(), 1);
    driver.store.write(|tx| carried::delivered(tx, next.id, at)).unwrap();
    assert_eq!(take(b"second", None), Some(at), "there is room again");
    let held = driver.store.read(|conn| carried::held(conn, LESEDI, 9)).unwrap();
    assert_eq!(held, [BundleId::of(b"second")], "what was delivered is not here any more");

    let load = driver.store.read(carried::loads).unwrap().remove(0);
    assert_eq!((load.pending, load.bytes, load.delivered, load.receipt), (1, 6, 1, false));
    for (number, body) in [(2, b"later".as_slice()), (1, b"earlier")] {
        driver.store.write(|tx| carried::bring(tx, LESEDI, number, Timestamp(number as i64), body)).unwrap();
    }
    assert_eq!(driver.store.read(|conn| carried::brought(conn, LESEDI)).unwrap(), Some(b"later".to_vec()));
}
