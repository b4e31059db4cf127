//! Splitting an entry's text into skeleton and values, without parsing it.

/// Stands for a value in quotes.
pub(super) const QUOTED: u8 = 0;
/// Stands for a value without quotes.
pub(super) const BARE: u8 = 1;

/// Keys whose values stay in the skeleton, as they are the same in most entries of one kind.
const KEPT: [&[u8]; 8] = [b"last", b"tz", b"user", b"app", b"package", b"op", b"model", b"version"];

/// Splits an entry; returns false if it cannot be put together again.
pub(super) fn split<'a>(entry: &'a [u8], skeleton: &mut Vec<u8>, values: &mut Vec<&'a [u8]>) -> bool {
    skeleton.clear();
    values.clear();
    let mut key: &[u8] = b"";
    let mut rest = entry;
    while let Some((&first, tail)) = rest.split_first() {
        match first {
            QUOTED | BARE => return false,
            b'"' => {
                let Some((content, after)) = string(tail) else { return false };
                if after.first() == Some(&b':') {
                    key = content;
                    keep(skeleton, content, true);
                } else if KEPT.contains(&key) {
                    keep(skeleton, content, true);
                } else {
                    skeleton.push(QUOTED);
                    values.push(content);
                }
                if content.iter().any(|&b| b <= BARE) {
                    return false;
                }
                rest = after;
            }
            b'-' | b'+' | b'.' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                let length = rest.iter().take_while(|&&b| is_bare(b)).count();
                let Some((content, after)) = rest.split_at_checked(length) else { return false };
                if KEPT.contains(&key) {
                    keep(skeleton, content, false);
                } else {
                    skeleton.push(BARE);
                    values.push(content);
                }
                rest = after;
            }
            other => {
                skeleton.push(other);
                rest = tail;
            }
        }
    }
    true
}

/// Returns the key of each value's place in a skeleton; `None` if there are more than `limit`.
pub(super) fn places(skeleton: &[u8], limit: usize) -> Option<Vec<&[u8]>> {
    let mut places = Vec::new();
    let mut key: &[u8] = b"";
    let mut rest = skeleton;
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        match first {
            QUOTED | BARE if places.len() == limit => return None,
            QUOTED | BARE => places.push(key),
            b'"' => {
                let Some((content, after)) = string(tail) else { break };
                if after.first() == Some(&b':') {
                    key = content;
                }
                rest = after;
            }
            _ => {}
        }
    }
    Some(places)
}

fn keep(skeleton: &mut Vec<u8>, content: &[u8], quoted: bool) {
    let quote: &[u8] = if quoted { b"\"" } else { b"" };
    for part in [quote, content, quote] {
        skeleton.extend_from_slice(part);
    }
}

/// Splits what follows an opening quote into the string's content and what is behind its closing quote.
fn string(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut escaped = false;
    let end = text.iter().position(|&b| {
        let closes = b == b'"' && !escaped;
        escaped = b == b'\\' && !escaped;
        closes
    })?;
    Some((text.get(..end)?, text.get(end + 1..)?))
}

fn is_bare(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')
}
