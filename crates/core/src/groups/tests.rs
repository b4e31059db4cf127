//! One way of grouping for every text that is read out: what it carries comes back, and a slip is named.

use proptest::prelude::*;

use super::*;

/// Writes as `Display` of the texts does.
struct Written<'a>(usize, &'a [char]);

impl fmt::Display for Written<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, self.0, self.1)
    }
}

fn written(from: usize, bytes: &[u8]) -> String {
    let mut digits = to_digits(bytes);
    digits.resize(digits.len().next_multiple_of(GROUP_DATA), '0');
    Written(from, &digits).to_string()
}

fn typed(text: &str, from: usize) -> Result<Vec<u8>, Slip> {
    read(&significant(text).collect::<Vec<_>>(), from)
}

#[test]
fn the_place_of_a_group_is_checked_with_it() {
    let text = written(0, b"tsela tsela");
    assert_eq!(text.split('-').map(str::len).collect::<Vec<_>>(), [GROUP; 3]);
    // As another kind of text, and moved by one place.
    assert!(matches!(typed(&text, 100), Err(Slip::Group { group: 1, .. })));
    assert!(matches!(typed(&text, 1), Err(Slip::Group { group: 1, .. })));
}

#[test]
fn an_incomplete_group_carries_nothing_and_a_strange_character_is_named_in_it() {
    let text = written(0, b"tsela");
    let (first, second) = text.split_once('-').unwrap();
    assert_eq!(typed(&format!("{first}-{}", second.split_at(3).0), 0).unwrap().len(), GROUP_DATA);
    assert_eq!(typed(&format!("{first}-U"), 0), Err(Slip::Character { group: 2, found: 'U' }));
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(from in 0usize..200, bytes: Vec<u8>) {
        let text = written(from, &bytes);
        let read = from_digits(&typed(&text.to_lowercase().replace('-', " "), from).unwrap());
        let (content, padding) = read.split_at(bytes.len());
        prop_assert_eq!(content, &bytes[..]);
        prop_assert!(padding.iter().all(|byte| *byte == 0));
    }
}
