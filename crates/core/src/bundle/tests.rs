//! What a bundle promises: every change is refused and located, nobody reads what is not sealed to them.

use proptest::prelude::*;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
use uuid::Uuid;

use super::*;
use crate::{
    ids::{DeviceId, StudyId},
    seal::{SealingKey, SigningKey, section},
};

/// The people of the tests: who packs, who carries, who reads.
struct Peers {
    lesedi: SigningKey,
    driver: SealingKey,
    clinic: SealingKey,
    rng: ChaCha20Rng,
}

const MANIFEST: &[u8] = br#"{"number":1,"tubes":[]}"#;
const JOURNAL: &[u8] = b"KEFILWE-CANARY was here";

fn peers(seed: u64) -> Peers {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let (driver, clinic) = (SealingKey::generate(&mut rng), SealingKey::generate(&mut rng));
    Peers { lesedi: SigningKey::generate(&mut rng), driver, clinic, rng }
}

impl Peers {
    fn try_pack(&mut self, manifest: &[u8], journal: &[u8]) -> Result<Vec<u8>, PackError> {
        let (driver, clinic) = (self.driver.public(), self.clinic.public());
        let request = PackRequest {
            kind: BundleKind::Journal,
            study: StudyId(Uuid::from_u128(0x11)),
            packer: DeviceId(Uuid::from_u128(0x22)),
            signing_key: &self.lesedi,
            sections: vec![
                SectionRequest { name: SectionName::Manifest, plaintext: manifest, recipients: vec![driver, clinic] },
                SectionRequest { name: SectionName::Payload, plaintext: journal, recipients: vec![clinic] },
            ],
        };
        pack(request, &mut self.rng)
    }

    fn pack(&mut self) -> Vec<u8> {
        self.try_pack(MANIFEST, JOURNAL).unwrap()
    }

    /// Takes a bundle in as a server does.
    fn receive(&self, file: &[u8]) -> Result<(), BundleError> {
        BundleView::parse(file)?.verify(&self.lesedi.verify_key())
    }

    fn open(&self, file: &[u8], name: SectionName, key: &SealingKey) -> Result<Vec<u8>, BundleError> {
        BundleView::parse(file)?.open(name, std::slice::from_ref(key))
    }
}

/// Bytes that do not shrink, so that lengths are known.
fn noise(length: usize) -> Vec<u8> {
    let mut out = vec![0; length];
    blake3::Hasher::new().finalize_xof().fill(&mut out);
    out
}

/// Says which part of a file a byte belongs to.
fn part_of(view: &Inspection, header: usize, offset: usize) -> Place {
    let mut start = header;
    if offset < start {
        return Place::Header;
    }
    for section in &view.sections {
        if offset < start + section.bytes {
            return Place::Chunk { section: section.name, chunk: (offset - start) / (section::CHUNK + section::TAG) };
        }
        start += section.bytes;
    }
    if offset < view.bytes - 64 { Place::Checksums } else { Place::Signature }
}

fn header_length(file: &[u8]) -> usize {
    u32::from_le_bytes(file[14..18].try_into().unwrap()) as usize
}

#[test]
fn layout_is_frozen() {
    let file = peers(1).pack();
    let lines: Vec<String> = file.chunks(32).map(hex::encode).collect();
    insta::assert_snapshot!(lines.join("\n"));
    insta::assert_json_snapshot!(BundleView::parse(&file).unwrap().inspect());
}

#[test]
fn opens_for_its_readers() {
    let mut peers = peers(2);
    let file = peers.pack();
    assert_eq!(peers.receive(&file), Ok(()));
    assert_eq!(peers.open(&file, SectionName::Payload, &peers.clinic).unwrap(), JOURNAL);
    assert_eq!(peers.open(&file, SectionName::Manifest, &peers.clinic).unwrap(), MANIFEST);
}

#[test]
fn a_carrier_opens_the_manifest_and_not_the_journal() {
    let mut peers = peers(3);
    let file = peers.pack();
    assert_eq!(peers.open(&file, SectionName::Manifest, &peers.driver).unwrap(), MANIFEST);
    let refused = peers.open(&file, SectionName::Payload, &peers.driver);
    assert_eq!(refused, Err(BundleError::NotSealedToUs(SectionName::Payload)));
}

#[test]
fn every_flipped_bit_is_refused_and_located() {
    let mut peers = peers(4);
    let file = peers.pack();
    let (inspection, header) = (BundleView::parse(&file).unwrap().inspect(), header_length(&file));
    for bit in 0..file.len() * 8 {
        let mut bad = file.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        let expected = part_of(&inspection, header, bit / 8);
        match peers.receive(&bad) {
            // A length that was changed in the header makes the file look cut short.
            Err(BundleError::Truncated { .. }) if expected == Place::Header => {}
            Err(error) => assert_eq!(error.place(), Some(expected), "bit {bit}: {error}"),
            Ok(()) => panic!("bit {bit} was flipped unnoticed"),
        }
        assert_ne!(BundleId::of(&bad), BundleId::of(&file));
    }
}

#[test]
fn a_flipped_bit_does_not_open_even_unverified() {
    let mut peers = peers(5);
    let file = peers.pack();
    let inspection = BundleView::parse(&file).unwrap().inspect();
    let header = header_length(&file);
    for offset in header..header + inspection.sections.iter().map(|s| s.bytes).sum::<usize>() {
        let mut bad = file.clone();
        bad[offset] ^= 1;
        let Place::Chunk { section, chunk } = part_of(&inspection, header, offset) else { panic!("in a section") };
        let damaged = BundleError::Damaged(Place::Chunk { section, chunk });
        assert_eq!(peers.open(&bad, section, &peers.clinic), Err(damaged), "byte {offset}");
    }
}

#[test]
fn damage_in_a_long_section_is_located_to_its_chunk() {
    let mut peers = peers(6);
    let file = peers.try_pack(MANIFEST, &noise(200_000)).unwrap();
    let inspection = BundleView::parse(&file).unwrap().inspect();
    for chunk in 0..4 {
        let mut bad = file.clone();
        let place = header_length(&file) + inspection.sections[0].bytes + chunk * (section::CHUNK + section::TAG) + 9;
        bad[place] ^= 0x40;
        let damaged = Err(BundleError::Damaged(Place::Chunk { section: SectionName::Payload, chunk }));
        assert_eq!(peers.receive(&bad), damaged);
        assert_eq!(BundleView::parse(&bad).unwrap().check(), damaged, "anyone can find it");
        assert_eq!(peers.open(&bad, SectionName::Payload, &peers.clinic).map(|_| ()), damaged);
    }
}

#[test]
fn cut_short_anywhere_is_an_error() {
    let mut peers = peers(7);
    let file = peers.pack();
    for length in 0..file.len() {
        match peers.receive(&file[..length]) {
            Err(BundleError::Truncated { found, expected }) => assert!(found == length && expected > length),
            Err(BundleError::NotABundle) if length == 0 => {}
            other => panic!("{length} bytes: {other:?}"),
        }
    }
    let longer = [file.as_slice(), b"x"].concat();
    assert!(matches!(peers.receive(&longer), Err(BundleError::Header(_))));
}

#[test]
fn no_canary_leaves_the_seal() {
    let mut peers = peers(8);
    let long = [b"KEFILWE-CANARY;".repeat(5_000), noise(1000)].concat();
    let files = [peers.pack(), peers.try_pack(MANIFEST, &long).unwrap()];
    for canary in [b"KEFILWE".as_slice(), b"CANARY", b"number", b"tubes"] {
        for file in &files {
            assert!(!file.windows(canary.len()).any(|window| window == canary));
        }
    }
}

#[test]
fn equal_content_never_gives_equal_bundles() {
    let mut peers = peers(9);
    assert_ne!(peers.pack(), peers.pack());
}

#[test]
fn a_newer_bundle_is_named_as_such() {
    let mut file = peers(10).pack();
    file[10] = 2;
    assert_eq!(BundleView::parse(&file).unwrap_err(), BundleError::NewerVersion { needs: 2 });
    file[10] = 1;
    file[12] = 9;
    assert_eq!(BundleView::parse(&file).unwrap_err(), BundleError::Unknown { what: "suite", found: 9 });
    file[12] = 1;
    file[13] = 77;
    let error = BundleView::parse(&file).unwrap_err();
    assert_eq!(error, BundleError::Unknown { what: "kind", found: 77 });
    assert!(error.to_string().contains("update Tsela"), "{error}");
}

#[test]
fn declared_lengths_are_bounded_before_use() {
    let file = peers(11).pack();
    let section_length = 59 + 1;
    for bomb in [u32::MAX, 1 << 30, MAX_BUNDLE as u32 + 1, 15, 0] {
        let mut bad = file.clone();
        bad[section_length..section_length + 4].copy_from_slice(&bomb.to_le_bytes());
        assert_eq!(BundleView::parse(&bad).unwrap_err(), BundleError::Header("length of a section"), "{bomb}");
    }
    let mut bad = file.clone();
    bad[14..18].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(BundleView::parse(&bad).unwrap_err(), BundleError::Header("its length"));
    let mut bad = file;
    bad[58] = 255;
    assert_eq!(BundleView::parse(&bad).unwrap_err(), BundleError::Header("number of sections"));
    let huge = vec![0; MAX_BUNDLE + 1];
    assert_eq!(BundleView::parse(&huge).unwrap_err(), BundleError::TooLarge(MAX_BUNDLE + 1));
}

#[test]
fn sections_cannot_be_moved_to_another_bundle() {
    let mut peers = peers(12);
    let (file, other) = (peers.pack(), peers.pack());
    let header = header_length(&file);
    let mixed = [&file[..header], &other[header..]].concat();
    assert_eq!(peers.receive(&mixed), Err(BundleError::Damaged(Place::Header)));
    assert!(matches!(peers.open(&mixed, SectionName::Payload, &peers.clinic), Err(BundleError::Damaged(_))));
}

#[test]
fn another_signer_is_refused() {
    let mut peers = peers(13);
    let file = peers.pack();
    let thabo = SigningKey::generate(&mut peers.rng).verify_key();
    let refused = BundleView::parse(&file).unwrap().verify(&thabo);
    assert_eq!(refused, Err(BundleError::WrongSigner { expected: thabo.id(), found: peers.lesedi.verify_key().id() }));
}

#[test]
fn what_cannot_travel_is_not_packed() {
    let mut peers = peers(14);
    assert!(matches!(peers.try_pack(MANIFEST, &noise(MAX_BUNDLE)), Err(PackError::TooLarge(_))));
    let too_long = vec![0; section::MAX_PLAINTEXT + 1];
    assert!(matches!(peers.try_pack(MANIFEST, &too_long), Err(PackError::Content { .. })));
    let signing_key = peers.lesedi.clone();
    let mut request = |sections| {
        let (study, packer) = (StudyId(Uuid::nil()), DeviceId(Uuid::nil()));
        let kind = BundleKind::Receipt;
        pack(PackRequest { kind, study, packer, signing_key: &signing_key, sections }, &mut peers.rng)
    };
    let to_nobody = || SectionRequest { name: SectionName::Payload, plaintext: b"", recipients: vec![] };
    assert_eq!(request(vec![]), Err(PackError::Sections));
    assert_eq!(request(vec![to_nobody(), to_nobody()]), Err(PackError::Sections));
    assert_eq!(request(vec![to_nobody()]), Err(PackError::Recipients(SectionName::Payload)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_content_comes_back(
        seed: u64,
        manifest in prop::collection::vec(any::<u8>(), 0..2_000),
        journal in prop::collection::vec(any::<u8>(), 0..150_000),
    ) {
        let mut peers = peers(seed);
        let file = peers.try_pack(&manifest, &journal).unwrap();
        prop_assert_eq!(peers.receive(&file), Ok(()));
        prop_assert_eq!(peers.open(&file, SectionName::Manifest, &peers.driver).unwrap(), manifest);
        prop_assert_eq!(peers.open(&file, SectionName::Payload, &peers.clinic).unwrap(), journal);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = BundleView::parse(&bytes);
        let mut bytes = [header::MAGIC.as_slice(), &[1, 0, 1, 0, 1, 1], &bytes].concat();
        let _ = BundleView::parse(&bytes);
        if let Some(count) = bytes.get_mut(58) {
            *count = 1;
            let _ = BundleView::parse(&bytes);
        }
    }
}
