//! The name under which an attachment is shown: bounded, and nothing that could pass for a path or for other text.

use unicode_normalization::UnicodeNormalization as _;

/// Longest name, in characters.
pub const MAX_NAME: usize = 120;

/// Brings a file's name into the form in which it is kept: its last part, in NFC, without characters that cannot be seen or
/// that turn the direction of writing, and not longer than [`MAX_NAME`]; its ending stays. A file without a name is `file`.
pub fn file_name(typed: &str) -> String {
    let last = typed.rsplit(['/', '\\']).next().unwrap_or_default();
    let seen: String = last.nfc().filter(|c| !c.is_control() && !is_unseen(*c)).collect();
    let name = seen.trim().trim_start_matches('.').trim();
    if name.is_empty() { "file".to_owned() } else { shortened(name) }
}

/// Marks of direction, joiners and spaces without width: two names that look alike would not be the same.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn shortened(name: &str) -> String {
    let length = name.chars().count();
    if length <= MAX_NAME {
        return name.to_owned();
    }
    let ending =
        name.rsplit_once('.').map(|(_, ending)| ending).filter(|ending| (1..=8).contains(&ending.chars().count()));
    let ending = ending.map(|ending| format!(".{ending}")).unwrap_or_default();
    let kept = MAX_NAME.saturating_sub(ending.chars().count());
    name.chars().take(kept).chain(ending.chars()).collect()
}
