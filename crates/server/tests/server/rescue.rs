use serde_json::json;
use tsela_core::rescue::{Request, RescueSecret};

use crate::{clinic::Clinic, laptop::Laptop};

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_answers_a_request_and_nobody_else_does() {
    let clinic = Clinic::open().await;
    let laptop = Laptop::enrol(&clinic, 1, "Lesedi").await;
    let other = Laptop::enrol(&clinic, 2, "Thabo").await;
    // What the laptop shows while nobody can open it.
    let request = Request::new(laptop.device, 3, 0x1234_5678);
    let secret = RescueSecret::from_token(&laptop.token);
    let args = |device, admit: bool, reason: &str| {
        let request = request.to_string();
        json!({ "device": device, "request": request, "user": " lesedi", "admit": admit, "reason": reason })
    };
    let manager = clinic.sign_in("Neo", "data_manager").await;
    let (refused, _) = clinic.page(Some(&manager), "rescue_code", args(laptop.device, false, "called")).await;
    assert_eq!(refused["failure"]["code"], "not_allowed", "{refused}");

    let administrator = clinic.sign_in("Mpho", "administrator").await;
    for wrong in [args(laptop.device, false, " "), args(other.device, false, "called")] {
        let (refused, _) = clinic.page(Some(&administrator), "rescue_code", wrong).await;
        assert_eq!(refused["failure"]["code"], "invalid", "{refused}");
    }
    let (unlock, _) = clinic.page(Some(&administrator), "rescue_code", args(laptop.device, false, "called")).await;
    let expected = secret.unlock_key().unlock(laptop.device, &request, laptop.user).to_string();
    assert_eq!(unlock["ok"]["code"], expected, "{unlock}");
    let (admit, _) = clinic.page(Some(&administrator), "rescue_code", args(laptop.device, true, "forgotten")).await;
    let expected = secret.admit(laptop.device, &request, "lesedi").to_string();
    assert_eq!(admit["ok"]["code"], expected, "{admit}");

    let events = clinic.events();
    let given: Vec<&String> = events.iter().filter(|event| event.contains("rescue_code_given")).collect();
    assert_eq!(given.len(), 2, "{events:#?}");
    assert!(given.iter().all(|event| event.contains(&laptop.user.to_string()) && !event.contains(&expected)));
    assert!(given[0].contains("called") && given[1].contains("forgotten"));
}
