//! Bombs, wrong keys and odd lengths.

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};

use super::*;

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(3)
}

/// Puts an inner text together with lengths of one's own choice.
fn inner(codec: u8, plain_length: u32, compressed: &[u8]) -> Vec<u8> {
    let length = compressed.len() as u32;
    let mut inner = [&[codec], plain_length.to_le_bytes().as_slice(), &length.to_le_bytes(), compressed].concat();
    inner.resize(padme::padded(inner.len()), 0);
    inner
}

#[test]
fn what_is_enclosed_is_disclosed() {
    for codec in [Codec::Plain, Codec::Journal] {
        for plaintext in [&b""[..], b"x", &[7; 100_000]] {
            assert_eq!(disclose(&enclose(plaintext, codec).unwrap()).unwrap(), plaintext);
        }
    }
}

#[test]
fn a_declared_bomb_is_refused() {
    let frame = zstd::bulk::compress(b"tsela", 3).unwrap();
    let refused = disclose(&inner(0, u32::MAX, &frame));
    assert_eq!(refused, Err(ContentError::TooLarge(u64::from(u32::MAX))));
    assert_eq!(disclose(&inner(0, 4, &frame)), Err(ContentError::Malformed), "less than the frame holds");
    assert_eq!(disclose(&inner(0, 6, &frame)), Err(ContentError::Malformed), "more than the frame holds");
    assert_eq!(disclose(&inner(9, 5, &frame)), Err(ContentError::UnknownCodec(9)));
}

#[test]
fn a_compressed_bomb_is_refused() {
    // 64 MiB of zeros in a few kilobytes, declared as little, as the most allowed, and as what it is.
    let frame = zstd::bulk::compress(&vec![0; 64 << 20], 3).unwrap();
    assert!(frame.len() < 10_000);
    for declared in [5, MAX_PLAINTEXT as u32] {
        assert_eq!(disclose(&inner(0, declared, &frame)), Err(ContentError::Malformed));
    }
    assert_eq!(disclose(&inner(0, 64 << 20, &frame)), Err(ContentError::TooLarge(64 << 20)));
    let twice = [zstd::bulk::compress(b"tsela", 3).unwrap(), frame].concat();
    assert_eq!(disclose(&inner(0, 5, &twice)), Err(ContentError::Malformed), "a second frame behind the first");
}

#[test]
fn a_frame_that_hides_its_length_is_refused() {
    use std::io::Write as _;
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3).unwrap();
    encoder.include_contentsize(false).unwrap();
    encoder.write_all(&[0; 1_000_000]).unwrap();
    let frame = encoder.finish().unwrap();
    assert_eq!(disclose(&inner(0, 5, &frame)), Err(ContentError::Malformed));
}

#[test]
fn padding_holds_nothing() {
    let mut enclosed = enclose(&[5; 1000], Codec::Plain).unwrap();
    let enclosed_length = enclosed.len();
    enclosed.push(0);
    assert_eq!(disclose(&enclosed), Err(ContentError::Malformed));
    enclosed.truncate(enclosed_length);
    let frame = zstd::bulk::compress(&(0..200).collect::<Vec<u8>>(), 3).unwrap();
    let mut smuggled = inner(0, 200, &frame);
    assert!(disclose(&smuggled).is_ok());
    assert_eq!(smuggled.last(), Some(&0), "this length is padded");
    *smuggled.last_mut().unwrap() = 1;
    assert_eq!(disclose(&smuggled), Err(ContentError::Malformed));
}

#[test]
fn chunks_cannot_be_dropped_swapped_or_cut() {
    let key = new_key(&mut rng());
    let text: Vec<u8> = (0..3 * CHUNK + 5).map(|i| (i / CHUNK) as u8).collect();
    let sealed = encrypt(&key, b"aad", &text);
    assert_eq!(sealed.len(), sealed_length(text.len()));
    assert_eq!(decrypt(&key, b"aad", &sealed).unwrap().as_slice(), text);
    let chunks: Vec<&[u8]> = sealed.chunks(CHUNK + TAG).collect();
    let swapped = [chunks[1], chunks[0], chunks[2], chunks[3]].concat();
    assert_eq!(decrypt(&key, b"aad", &swapped), Err(DamagedChunk(0)));
    let dropped = [chunks[0], chunks[1], chunks[3]].concat();
    assert_eq!(decrypt(&key, b"aad", &dropped), Err(DamagedChunk(2)));
    let cut = [chunks[0], chunks[1]].concat();
    assert_eq!(decrypt(&key, b"aad", &cut), Err(DamagedChunk(1)));
    assert_eq!(decrypt(&key, b"other", &sealed), Err(DamagedChunk(0)));
    assert_eq!(decrypt(&key, b"aad", b""), Err(DamagedChunk(0)));
}

#[test]
fn lengths_at_the_edge_of_a_chunk_come_back() {
    let key = new_key(&mut rng());
    for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK] {
        let sealed = encrypt(&key, b"", &vec![1; length]);
        assert_eq!(sealed.len(), sealed_length(length));
        assert_eq!(decrypt(&key, b"", &sealed).unwrap().len(), length);
    }
}

#[test]
fn a_wrap_opens_for_its_recipient_and_place_only() {
    let mut rng = rng();
    let (clinic, driver) = (SealingKey::generate(&mut rng), SealingKey::generate(&mut rng));
    let key = new_key(&mut rng);
    let wrapped = wrap(&key, &clinic.public(), b"here", &mut rng).unwrap();
    assert_eq!(unwrap(&wrapped, &clinic, b"here").as_deref(), Some(&*key));
    assert!(unwrap(&wrapped, &driver, b"here").is_none());
    assert!(unwrap(&wrapped, &clinic, b"there").is_none());
    assert!(wrap(&key, &SealingPublic::from_bytes(&[0; 32]), b"", &mut rng).is_none(), "a key of small order");
}
