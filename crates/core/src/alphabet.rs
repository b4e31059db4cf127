//! The 32-character alphabet of printed identifiers and its check character.
//!
//! `0-9A-Z` without I, L, O and U, so that no two characters are mistaken for each other in handwriting. The check
//! character makes Σ aᵢ·gⁱ = 0 over GF(2⁵) with the polynomial x⁵+x²+1 and g = 2. As g has order 31, every single
//! wrong character and every swap of neighbours changes the sum, in identifiers of up to 31 characters.

/// The characters in order of their value, 0 to 31.
pub const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Returns the value of a typed character, 0 to 31: case is ignored, O counts as 0, I and L count as 1.
pub fn value(c: char) -> Option<u8> {
    let upper = match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    ALPHABET.iter().position(|&a| char::from(a) == upper).and_then(|i| u8::try_from(i).ok())
}

/// Returns the character for a value; only the low five bits count.
pub fn character(value: u8) -> char {
    ALPHABET.get(usize::from(value & 31)).map_or('0', |&b| char::from(b))
}

/// Writes a number in base 32, padded with zeros to `width`; a larger number grows past it rather than wrap.
pub fn number(mut n: u64, width: usize) -> String {
    let mut digits = Vec::new();
    while n > 0 || digits.len() < width {
        digits.push(character((n & 31) as u8));
        n >>= 5;
    }
    digits.iter().rev().collect()
}

/// Reads a base-32 number; `None` if a character is not of the alphabet or the number does not fit.
pub fn parse_number(text: &str) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.chars().try_fold(0u64, |n, c| n.checked_mul(32)?.checked_add(u64::from(value(c)?)))
}

/// Returns the check character for a body of characters; those outside the alphabet (separators) are left out.
pub fn check_character(body: &str) -> char {
    // With the check character as a₀ the sum over all must vanish: a₀ = Σ_{i≥1} aᵢ·gⁱ, as addition is XOR.
    character(weighted_sum(body, 1))
}

/// Says whether a text with its check character last is consistent.
pub fn is_consistent(text: &str) -> bool {
    weighted_sum(text, 0) == 0 && text.chars().any(|c| value(c).is_some())
}

/// Puts a typed identifier into the printed form: trimmed, upper case, O to 0, I and L to 1; other characters stay.
pub fn normalise(text: &str) -> String {
    text.trim().chars().map(|c| value(c).map_or(c.to_ascii_uppercase(), character)).collect()
}

fn weighted_sum(text: &str, first_power: u32) -> u8 {
    let mut weight = 1u8;
    for _ in 0..first_power {
        weight = double(weight);
    }
    let mut sum = 0u8;
    for v in text.chars().rev().filter_map(value) {
        sum ^= multiply(v, weight);
        weight = double(weight);
    }
    sum
}

/// Multiplies by g = x in GF(2⁵), reducing by x⁵+x²+1.
fn double(a: u8) -> u8 {
    let shifted = a << 1;
    if shifted & 0b10_0000 == 0 { shifted } else { (shifted ^ 0b10_0101) & 31 }
}

fn multiply(a: u8, b: u8) -> u8 {
    let (mut product, mut power) = (0u8, a);
    for bit in 0..5 {
        if b & (1 << bit) != 0 {
            product ^= power;
        }
        power = double(power);
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_check(body: &str) -> String {
        format!("{body}{}", check_character(body))
    }

    #[test]
    fn every_single_error_and_every_adjacent_transposition_is_caught() {
        for body in ["A0100000", "ZZZ7K2M", "0123456789ABCDEFGHJKMNPQRSTV"] {
            let good: Vec<char> = with_check(body).chars().collect();
            assert!(is_consistent(&good.iter().collect::<String>()));
            for position in 0..good.len() {
                for v in 0..32 {
                    let mut bad = good.clone();
                    bad[position] = character(v);
                    let text: String = bad.iter().collect();
                    assert_eq!(is_consistent(&text), bad == good, "{text}");
                }
            }
            for position in 1..good.len() {
                let mut bad = good.clone();
                bad.swap(position - 1, position);
                let text: String = bad.iter().collect();
                assert_eq!(is_consistent(&text), bad == good, "{text}");
            }
        }
    }

    #[test]
    fn separators_and_case_do_not_matter() {
        let body = "A01-0007-";
        let text = with_check(body);
        assert!(is_consistent(&text.to_lowercase()));
        assert!(is_consistent(&text.replace('-', "")));
        assert_eq!(normalise(" oil-7 "), "011-7");
    }

    #[test]
    fn numbers_grow_past_their_width() {
        assert_eq!(number(1, 4), "0001");
        assert_eq!(number(32u64.pow(4), 4), "10000");
        assert_eq!(parse_number("10000"), Some(32u64.pow(4)));
        assert_eq!(parse_number(""), None);
        assert_eq!(parse_number("ZZZZZZZZZZZZZZ"), None);
    }
}
