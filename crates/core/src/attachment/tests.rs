use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
use rstest::rstest;
use uuid::Uuid;

use super::*;
use crate::{
    bundle::{BundleKind, BundleView, SectionName},
    ids::{DeviceId, StudyId},
    seal::{SealingKey, SigningKey},
};

fn part(total: usize, offset: usize, length: usize) -> Part {
    Part { content: ContentId([7; 32]), total, offset, bytes: vec![9; length] }
}

#[test]
fn the_layout_is_frozen() {
    let part = Part { content: ContentId([0xab; 32]), total: BLOCK + 3, offset: BLOCK, bytes: b"end".to_vec() };
    insta::assert_snapshot!(hex::encode(&part.to_bytes()));
    assert_eq!(Part::from_bytes(&part.to_bytes()), Ok(part));
}

#[rstest]
#[case::ends_within_a_block(part(2 * BLOCK, 0, BLOCK + 1))]
#[case::begins_within_a_block(part(2 * BLOCK, 1, BLOCK))]
#[case::beyond_the_end(part(BLOCK, 0, 2 * BLOCK))]
#[case::nothing(part(BLOCK, 0, 0))]
#[case::of_nothing(part(0, 0, 0))]
#[case::too_large_a_content(part(MAX_CONTENT + 1, 0, BLOCK))]
#[case::too_large_a_part(part(MAX_CONTENT, 0, MAX_PART + BLOCK))]
#[case::at_the_end_of_numbers(part(u32::MAX as usize, u32::MAX as usize, 1))]
fn what_is_out_of_bounds_is_refused(#[case] part: Part) {
    assert!(Part::from_bytes(&part.to_bytes()).is_err());
}

#[test]
fn a_cut_part_and_a_newer_one_are_refused() {
    let bytes = part(BLOCK, 0, BLOCK).to_bytes();
    for length in 0..41 {
        assert!(Part::from_bytes(&bytes[..length]).is_err(), "{length}");
    }
    let newer = [&[2], &bytes[1..]].concat();
    assert_eq!(Part::from_bytes(&newer), Err(PartError::UnknownLayout(2)));
    // A laptop's data key for its escrow is of the same kind of bundle, and no part.
    assert!(Part::from_bytes(&[1; 32]).is_err());
}

#[test]
fn a_part_is_sealed_to_whom_it_is_for_and_to_nobody_else() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let (signing, server, other) =
        (SigningKey::generate(&mut rng), SealingKey::generate(&mut rng), SealingKey::generate(&mut rng));
    let canary = Part { bytes: b"CANARY OF A PICTURE".repeat(800), ..part(15_200, 0, 0) };
    let ids = (StudyId(Uuid::from_u128(1)), DeviceId(Uuid::from_u128(2)));
    let file = canary.pack(ids, &signing, &[server.public()], &mut rng).unwrap();
    assert!(!file.windows(6).any(|window| window == b"CANARY"));
    let view = BundleView::parse(&file).unwrap();
    assert_eq!(view.kind(), BundleKind::Attachment);
    view.verify(&signing.verify_key()).unwrap();
    assert!(view.open(SectionName::Payload, &[other]).is_err());
    let opened = view.open(SectionName::Payload, &[server]).unwrap();
    assert_eq!(Part::from_bytes(&opened), Ok(canary));
}

#[test]
fn the_blocks_of_a_part_have_their_numbers_in_the_content() {
    let part = part(5 * BLOCK - 1, 2 * BLOCK, 3 * BLOCK - 1);
    let numbers: Vec<_> = part.blocks().map(|(n, block)| (n, block.len())).collect();
    assert_eq!(numbers, [(2, BLOCK), (3, BLOCK), (4, BLOCK - 1)]);
}

#[rstest]
#[case::nothing_there(&[], USUAL_PART, Some((0, 4)))]
#[case::the_first_part_there(&[(0, 4)], USUAL_PART, Some((4, 8)))]
#[case::a_hole(&[(0, 1), (2, 10)], USUAL_PART, Some((1, 2)))]
#[case::up_to_what_is_there(&[(0, 4), (6, 8)], USUAL_PART, Some((4, 6)))]
#[case::a_bad_link(&[(0, 4)], BAD_LINK_PART, Some((4, 5)))]
#[case::no_size_at_all(&[], 0, Some((0, 1)))]
#[case::all_there(&[(0, 4), (4, 10)], USUAL_PART, None)]
fn what_is_lacking_is_sent_and_nothing_twice(
    #[case] held: &[(usize, usize)],
    #[case] most: usize,
    #[case] expected: Option<(usize, usize)>,
) {
    let span = |(from, to): (usize, usize)| Span { from: from * BLOCK, to: (to * BLOCK).min(10 * BLOCK - 5) };
    let held: Vec<Span> = held.iter().copied().map(span).collect();
    assert_eq!(lacking(10 * BLOCK - 5, &held, most), expected.map(span));
}

#[rstest]
#[case(b"\xff\xd8\xff\xe0rest", Some("image/jpeg"))]
#[case(b"\x89PNG\r\n\x1a\nrest", Some("image/png"))]
#[case(b"RIFF\x10\0\0\0WEBPVP8 ", Some("image/webp"))]
#[case(b"%PDF-1.7", Some("application/pdf"))]
#[case(b"<html>", None)]
#[case(b"RIFF\x10\0\0\0WAVE", None)]
#[case(b"GIF89a", None)]
#[case(b"", None)]
#[case(b"\xff\xd8", None)]
fn the_kind_is_what_the_bytes_say(#[case] bytes: &[u8], #[case] expected: Option<&str>) {
    assert_eq!(MediaType::of(bytes).map(MediaType::as_str), expected);
    assert!(expected.is_none_or(|known| MEDIA_TYPES.contains(&known)));
}

#[rstest]
#[case("consent.jpg", "consent.jpg")]
#[case("/home/lesedi/consent.jpg", "consent.jpg")]
#[case("C:\\Photos\\consent.jpg", "consent.jpg")]
#[case("../../.bashrc", "bashrc")]
#[case("e\u{301}te\u{301}.png", "\u{e9}t\u{e9}.png")]
#[case("photo\u{202e}gpj.exe", "photogpj.exe")]
#[case("a\r\nb\0.pdf", "ab.pdf")]
#[case("  ", "file")]
#[case("", "file")]
fn a_name_is_nothing_but_a_name(#[case] typed: &str, #[case] kept: &str) {
    assert_eq!(file_name(typed), kept);
}

#[test]
fn a_long_name_keeps_its_ending() {
    let name = file_name(&format!("{}.jpeg", "\u{e9}".repeat(500)));
    assert_eq!(name.chars().count(), MAX_NAME);
    assert!(name.ends_with("\u{e9}.jpeg"));
    assert_eq!(file_name(&"x".repeat(500)).len(), MAX_NAME);
}
