//! Padmé: padding that hides a length at a cost of at most 12 %.
//!
//! Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", 2019, §4: of a
//! length of E+1 bits, only the leading ⌊log₂ E⌋+1 bits after the first may be other than zero.

/// Returns the padded length, at least `length`.
pub fn padded(length: usize) -> usize {
    let Some(exponent) = length.checked_ilog2().filter(|&e| e > 0) else { return length };
    let kept = exponent.ilog2() + 1;
    let step = 1usize << exponent.saturating_sub(kept);
    length.div_ceil(step).saturating_mul(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_at_most_an_eighth_and_never_shrinks() {
        assert_eq!([0, 1, 9, 100, 1000, 65_537].map(padded), [0, 1, 10, 104, 1024, 67_584]);
        for length in 0..200_000 {
            let padded = padded(length);
            assert!(padded >= length && padded * 100 <= length * 112 + 100, "{length} became {padded}");
        }
    }
}
