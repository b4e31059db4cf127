//! Pushing, with a real laptop and a real server: on a good link, on a bad one, and through what only looks like one.

use std::time::Duration;

use tsela_core::api::codes;
use tsela_server::admin::By;
use tsela_sync::{engine::EnginePhase, problem::ProblemCode};
use tsela_tests::{
    peers::Clinic,
    portal::Portal,
    proxy::{Link, Proxy},
};

const SHIFT: &str = include_str!("../../demo/shift.jsonl");
const CAMPAIGN: &str = include_str!("../../demo/campaign.jsonl");

#[tokio::test(flavor = "multi_thread")]
async fn a_shift_arrives_whole_and_both_sides_can_prove_it() {
    let clinic = Clinic::open().await;
    let lesedi = clinic.laptop("lesedi", clinic.address()).await;
    let saves = lesedi.enter(SHIFT).len() as u64;
    let pushed = lesedi.engine.push_and_wait("lesedi").await.unwrap();
    assert!(pushed.entries >= saves, "{pushed:?}");
    assert!(lesedi.all_received(), "{:?}", lesedi.standing());
    let comparison = lesedi.engine.compare().await.unwrap();
    assert!(comparison.equal, "{comparison:?}");
    let status = lesedi.engine.status();
    assert_eq!((status.phase, status.problem), (EnginePhase::Idle, None));
    assert_eq!(status.last_receipt.unwrap().from, "clinic");
    assert_eq!(lesedi.events("push").len(), 1, "who pushed is part of the journal, and went along");
    // Pressing Push again sends nothing, and notes nothing.
    assert_eq!(lesedi.engine.push_and_wait("lesedi").await.unwrap().bytes, 0);
    assert_eq!(lesedi.events("push").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_server_is_calm_and_the_push_goes_through_when_it_is_back() {
    let clinic = Clinic::open().await;
    let proxy = Proxy::start(clinic.address(), Link::GOOD, 1).await.unwrap();
    let lesedi = clinic.laptop("lesedi", proxy.address()).await;
    lesedi.enter(SHIFT);
    proxy.refuse();
    let problem = lesedi.engine.push_and_wait("lesedi").await.unwrap_err();
    assert_eq!(problem.code(), ProblemCode::Refused);
    assert!(lesedi.events("push").is_empty(), "looking in vain writes nothing");
    // Between two tries; the next one may have begun already.
    let mut status = lesedi.engine.watch();
    let offline = status.wait_for(|status| status.phase == EnginePhase::Offline);
    tokio::time::timeout(Duration::from_secs(60), offline).await.expect("it is shown as offline").unwrap();
    assert!(lesedi.standing().iter().all(|(_, _, acked)| *acked == 0));
    proxy.accept().await.unwrap();
    lesedi.engine.push_and_wait("lesedi").await.unwrap();
    assert!(lesedi.all_received());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_page_receives_nothing_and_is_named() {
    let clinic = Clinic::open().await;
    let proxy = Proxy::start(clinic.address(), Link::GOOD, 2).await.unwrap();
    let lesedi = clinic.laptop("lesedi", proxy.address()).await;
    lesedi.enter(SHIFT);
    let address = proxy.address();
    drop(proxy);
    let portal = loop {
        match Portal::start(address) {
            Ok(portal) => break portal,
            Err(_) => tokio::task::yield_now().await,
        }
    };
    let problem = lesedi.engine.push_and_wait("lesedi").await.unwrap_err();
    assert_eq!(problem.code(), ProblemCode::Portal, "{problem}");
    assert!(lesedi.standing().iter().all(|(_, _, acked)| *acked == 0));
    for head in portal.asked() {
        assert!(!head.to_lowercase().contains("authorization"), "{head}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_arrives_over_a_link_that_is_slow_and_cut_again_and_again() {
    let clinic = Clinic::open().await;
    let proxy = Proxy::start(clinic.address(), Link::GOOD, 3).await.unwrap();
    let lesedi = clinic.laptop("lesedi", proxy.address()).await;
    lesedi.enter(CAMPAIGN);
    proxy.set(Link::BAD);
    let before = proxy.bytes_up();
    let pushed = tokio::time::timeout(Duration::from_secs(300), async {
        loop {
            // A person presses again when a push was given up; pressing is always safe.
            match lesedi.engine.push_and_wait("lesedi").await {
                Ok(pushed) => break pushed,
                Err(problem) => println!("given up for now: {problem}"),
            }
        }
    });
    let pushed = pushed.await.expect("it arrives within five minutes");
    let up = proxy.bytes_up() - before;
    assert!(lesedi.all_received(), "{:?}", lesedi.standing());
    proxy.set(Link::GOOD);
    assert!(lesedi.engine.compare().await.unwrap().equal);
    // What the same entries cost on the same slow link while nothing cuts it.
    let thabo = clinic.laptop("thabo", proxy.address()).await;
    thabo.enter(CAMPAIGN);
    proxy.set(Link { cut_between: None, ..Link::BAD });
    let before = proxy.bytes_up();
    thabo.engine.push_and_wait("thabo").await.unwrap();
    let needed = proxy.bytes_up() - before;
    println!("bytes up: {up} on the bad link, {needed} needed; {} cuts; {pushed:?}", proxy.cuts());
    assert!(up * 10 <= needed * 13, "{up} bytes were sent, {needed} are needed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_laptop_is_told_so_and_keeps_what_it_has() {
    let clinic = Clinic::open().await;
    let lesedi = clinic.laptop("lesedi", clinic.address()).await;
    lesedi.enter(SHIFT);
    let device = clinic.server.devices().unwrap().into_iter().find(|device| device.name == "lesedi").unwrap().device;
    clinic.server.revoke(device, "lost", &By::operator()).unwrap();
    let problem = lesedi.engine.push_and_wait("lesedi").await.unwrap_err();
    assert_eq!((problem.code(), problem.code().exit_code()), (ProblemCode::Revoked, 77), "{}", codes::REVOKED);
    assert!(!lesedi.all_received());
    // What it still hands over, once, may be on its way yet.
    let mut status = lesedi.engine.watch();
    let settled = status.wait_for(|status| status.phase == EnginePhase::Problem);
    tokio::time::timeout(Duration::from_secs(20), settled).await.expect("it comes to rest").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_received_is_known_after_the_answer_was_lost_and_the_program_restarted() {
    let clinic = Clinic::open().await;
    let proxy = Proxy::start(clinic.address(), Link::GOOD, 4).await.unwrap();
    let lesedi = clinic.laptop("lesedi", proxy.address()).await;
    lesedi.enter(SHIFT);
    // Slow enough that the cut falls between a bundle and its receipt, or within a bundle: either must end well.
    proxy.set(Link { bytes_per_second: Some(40_000), ..Link::GOOD });
    lesedi.engine.push("lesedi");
    let mut status = lesedi.engine.watch();
    status.wait_for(|status| status.phase == EnginePhase::Sending).await.unwrap();
    proxy.cut();
    let lesedi = lesedi.restart().await;
    proxy.set(Link::GOOD);
    lesedi.engine.push_and_wait("lesedi").await.unwrap();
    assert!(lesedi.all_received());
    assert!(lesedi.engine.compare().await.unwrap().equal);
}
