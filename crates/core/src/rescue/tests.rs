use rstest::rstest;
use uuid::Uuid;

use super::*;

fn device(n: u128) -> DeviceId {
    DeviceId(Uuid::from_u128(0x018f_3b1c_6a00_7000_8000_0000_0000_0000 + n))
}

fn user(n: u128) -> UserId {
    UserId(Uuid::from_u128(n))
}

fn secret() -> RescueSecret {
    RescueSecret::from_token("the token of a laptop, as it was given at enrolment")
}

fn request() -> Request {
    Request::new(device(1), 7, 0x3_1234_5678)
}

fn unlock(code: &str) -> UnlockCode {
    match code.parse().unwrap() {
        AnswerCode::Unlock(code) => code,
        AnswerCode::Admit(_) => panic!("another kind"),
    }
}

fn admit(code: &str) -> AdmitCode {
    match code.parse().unwrap() {
        AnswerCode::Admit(code) => code,
        AnswerCode::Unlock(_) => panic!("another kind"),
    }
}

/// Laptops keep what is wrapped, and servers what is derived: these texts must never change.
#[test]
fn the_layouts_are_frozen() {
    let texts = [
        request().to_string(),
        secret().unlock_key().unlock(device(1), &request(), user(2)).to_string(),
        secret().admit(device(1), &request(), "lesedi").to_string(),
        hex::encode(&secret().wrapping_key(device(1), 7)),
    ];
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn a_code_is_read_back_in_any_case_with_spaces_and_the_usual_slips() {
    let code = secret().admit(device(1), &request(), "lesedi");
    let typed = code.to_string().to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
    assert_eq!(admit(&typed), code);
    assert_eq!(request().to_string().parse::<Request>().unwrap(), request());
    let code = secret().unlock_key().unlock(device(1), &request(), user(2));
    assert!(unlock(&format!(" {code} ")).is(&code));
}

#[test]
fn an_unlock_code_is_for_one_laptop_one_person_one_request() {
    let key = secret().unlock_key();
    let code = key.unlock(device(1), &request(), user(2));
    assert!(!code.is(&key.unlock(device(2), &request(), user(2))));
    assert!(!code.is(&key.unlock(device(1), &request(), user(3))));
    assert!(!code.is(&key.unlock(device(1), &Request::new(device(1), 7, 1), user(2))));
    let other = RescueSecret::from_token("another token, of another laptop").unlock_key();
    assert!(!code.is(&other.unlock(device(1), &request(), user(2))));
}

#[test]
fn an_admit_code_gives_the_wrapping_key_for_its_laptop_number_and_person_only() {
    let wanted = secret().wrapping_key(device(1), 7);
    let code = secret().admit(device(1), &request(), "lesedi");
    assert_eq!(code.wrapping_key(device(1), "lesedi"), wanted);
    assert_ne!(code.wrapping_key(device(1), "thabo"), wanted);
    assert_ne!(code.wrapping_key(device(2), "lesedi"), wanted);
    assert_ne!(secret().wrapping_key(device(1), 8), wanted);
}

#[test]
fn a_request_names_its_laptop() {
    assert!(request().is_from(device(1)));
    assert!(!request().is_from(device(2)));
}

/// What is told on the telephone is heard wrongly: every single wrong character is noticed, and the group named.
#[test]
fn every_mistyped_character_is_noticed_and_its_group_named() {
    let code = secret().admit(device(1), &request(), "lesedi").to_string();
    for place in 0..code.len() {
        let right = code.as_bytes()[place] as char;
        if right == '-' {
            continue;
        }
        for value in 0..32 {
            let wrong = alphabet::character(value);
            if wrong == right {
                continue;
            }
            let mut typed = code.clone();
            typed.replace_range(place..=place, &wrong.to_string());
            let group = place / (GROUP + 1) + 1;
            let error = typed.parse::<AnswerCode>().unwrap_err();
            assert!(matches!(error, RescueError::Slip(Slip::Group { group: g, .. }) if g == group), "{typed}: {error}");
        }
    }
}

#[rstest]
#[case("", "has 16 or 32 characters, not 0")]
#[case("ABC", "not 3")]
#[case("7ZZZ!ZZZ", "group 1 contains '!'")]
fn what_is_no_code_is_told_in_words(#[case] typed: &str, #[case] words: &str) {
    let error = typed.parse::<AnswerCode>().unwrap_err().to_string();
    assert!(error.contains(words), "{error}");
}

#[test]
fn swapped_groups_and_a_request_in_the_place_of_a_code_are_noticed() {
    let code = secret().unlock_key().unlock(device(1), &request(), user(2)).to_string();
    let (first, second) = code.split_once('-').unwrap();
    assert!(format!("{second}-{first}").parse::<AnswerCode>().is_err());
    assert!(request().to_string().parse::<AnswerCode>().is_err());
    assert!(code.parse::<Request>().is_err());
}

#[test]
fn a_secret_and_its_codes_are_not_printed_for_debugging() {
    let code = secret().admit(device(1), &request(), "lesedi");
    let shown = format!("{:?} {:?} {:?}", secret(), secret().unlock_key(), AnswerCode::Admit(code));
    assert_eq!(shown, "RescueSecret(…) UnlockKey(…) Admit(AdmitCode(…))");
}
