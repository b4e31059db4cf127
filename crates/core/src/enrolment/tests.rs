//! Codes survive people, and mistakes are named.

use proptest::prelude::*;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};

use super::*;

const URL: &str = "https://clinic.example:8443";

fn code() -> EnrolmentCode {
    let secret = EnrolmentSecret::generate(&mut ChaCha20Rng::seed_from_u64(1));
    EnrolmentCode::new(URL, Fingerprint([7; 16]), secret).unwrap()
}

fn groups(text: &str) -> Vec<String> {
    text.split('-').skip(1).map(str::to_owned).collect()
}

fn joined(groups: &[String]) -> String {
    format!("TSELA1-{}", groups.join("-"))
}

#[test]
fn layout_is_frozen() {
    insta::assert_snapshot!(code().to_string());
}

#[test]
fn survives_what_people_and_programs_do_to_text() {
    let text = code().to_string();
    let lines: String = text.split('-').map(|group| format!("  {group}-\r\n")).collect();
    let spaced: String = text.chars().flat_map(|c| [c, '\u{a0}']).collect();
    let written = text.replace('0', "O").replace('1', "l");
    for text in
        [text.clone(), text.to_lowercase(), text.replace('-', ""), lines, spaced, format!("\u{feff}{text}\n"), written]
    {
        assert_eq!(text.parse::<EnrolmentCode>(), Ok(code()), "{text}");
    }
}

#[test]
fn a_mistyped_character_is_located_to_its_group() {
    let text = code().to_string();
    for place in 0..groups(&text).len() {
        for character in 0..8 {
            let mut groups = groups(&text);
            let mut bytes = groups[place].clone().into_bytes();
            bytes[character] = if bytes[character] == b'7' { b'8' } else { b'7' };
            groups[place] = String::from_utf8(bytes).unwrap();
            let expected = EnrolmentError::Slip(Slip::Group { group: place + 1, text: groups[place].clone() });
            assert_eq!(joined(&groups).parse::<EnrolmentCode>(), Err(expected));
        }
    }
}

#[test]
fn swapped_groups_are_located() {
    let mut swapped = groups(&code().to_string());
    swapped.swap(2, 3);
    assert!(matches!(
        joined(&swapped).parse::<EnrolmentCode>(),
        Err(EnrolmentError::Slip(Slip::Group { group: 3, .. }))
    ));
}

#[test]
fn a_cut_code_says_how_much_is_missing() {
    let text = code().to_string();
    let all = groups(&text).len();
    for length in 7..text.len() {
        match text[..length].parse::<EnrolmentCode>() {
            Err(EnrolmentError::Truncated { found, expected }) => {
                assert_eq!(found, (length - 6) / 9, "{length}");
                assert!(expected == all || found == 0);
            }
            other => panic!("{length} characters: {other:?}"),
        }
    }
    let mut longer = groups(&text);
    longer.push(format!("0000000{}", groups::check(all, "0000000")));
    assert_eq!(joined(&longer).parse::<EnrolmentCode>(), Err(EnrolmentError::TooLong));
}

#[test]
fn other_texts_are_named_for_what_they_are() {
    assert_eq!("".parse::<EnrolmentCode>(), Err(EnrolmentError::NotACode));
    assert_eq!("https://clinic.example".parse::<EnrolmentCode>(), Err(EnrolmentError::NotACode));
    assert_eq!("TSELA2-ABCD".parse::<EnrolmentCode>(), Err(EnrolmentError::NewerVersion('2')));
    let strange = code().to_string().replacen('-', "-ü", 2);
    assert_eq!(strange.parse::<EnrolmentCode>(), Err(Slip::Character { group: 1, found: 'ü' }.into()));
    let secret = EnrolmentSecret::from_bytes([0; 16]);
    assert_eq!(EnrolmentCode::new("", Fingerprint([0; 16]), secret.clone()), Err(EnrolmentError::Url));
    assert_eq!(EnrolmentCode::new(&"x".repeat(256), Fingerprint([0; 16]), secret), Err(EnrolmentError::Url));
}

#[test]
fn the_secret_is_not_printed_and_its_hash_is_not_the_secret() {
    let code = code();
    let secret = hex::encode(code.secret().as_bytes());
    assert!(!format!("{code:?} {:?}", code.secret()).contains(&secret[..6]));
    assert_ne!(code.secret().hash().0[..16], code.secret().as_bytes()[..]);
    assert_eq!(code.secret().hash(), EnrolmentSecret::from_bytes(*code.secret().as_bytes()).hash());
}

proptest! {
    #[test]
    fn every_code_comes_back(url in "[a-z:/.0-9]{1,255}", root: [u8; 16], secret: [u8; 16]) {
        let code = EnrolmentCode::new(&url, Fingerprint(root), EnrolmentSecret::from_bytes(secret)).unwrap();
        prop_assert_eq!(code.to_string().parse::<EnrolmentCode>(), Ok(code));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "(TSELA1)?[0-9A-Za-z üß\n-]{0,80}") {
        let _ = text.parse::<EnrolmentCode>();
    }
}
