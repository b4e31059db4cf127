//! Lines of a file of saves, whatever program wrote it: a byte-order mark, CRLF and empty lines are passed over; a line
//! that is too long or not UTF-8 fails alone.

use std::io::{self, BufRead, Read as _};

/// The longest line, bytes. A save may have 256 KiB; written as JSON with escapes that is at most six times as much.
pub const LONGEST: usize = 2 * 1024 * 1024;

const MARK: &[u8] = b"\xef\xbb\xbf";

/// One line that is not empty.
#[derive(Debug)]
pub struct Line {
    /// Its number in the file, from 1.
    pub number: u64,
    /// Its text.
    pub text: Result<String, Unfit>,
}

/// Why a line is not text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It is longer than [`LONGEST`].
    #[error("the line is longer than {} MiB: no save is; look for a missing line break", LONGEST / 1024 / 1024)]
    TooLong,
    /// It is in another encoding.
    #[error("the line is not UTF-8 from its byte {0} on: save the file as UTF-8")]
    NotUtf8(usize),
}

/// The lines of a file.
#[derive(Debug)]
pub struct Lines<R> {
    input: R,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    /// Begins with the first line.
    pub fn new(input: R) -> Self {
        Self { input, number: 0 }
    }

    fn read(&mut self) -> io::Result<Option<Line>> {
        loop {
            let mut bytes = Vec::new();
            let most = u64::try_from(LONGEST + 1).unwrap_or(u64::MAX);
            if (&mut self.input).take(most).read_until(b'\n', &mut bytes)? == 0 {
                return Ok(None);
            }
            self.number += 1;
            let number = self.number;
            if bytes.len() > LONGEST && !bytes.ends_with(b"\n") {
                self.input.skip_until(b'\n')?;
                return Ok(Some(Line { number, text: Err(Unfit::TooLong) }));
            }
            let content = if number == 1 { bytes.strip_prefix(MARK).unwrap_or(&bytes) } else { &bytes };
            let content = content.trim_ascii();
            if !content.is_empty() {
                let text = std::str::from_utf8(content).map(str::to_owned);
                return Ok(Some(Line { number, text: text.map_err(|error| Unfit::NotUtf8(error.valid_up_to() + 1)) }));
            }
        }
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = io::Result<Line>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<(u64, Result<String, Unfit>)> {
        Lines::new(bytes).map(|line| line.unwrap()).map(|line| (line.number, line.text)).collect()
    }

    #[test]
    fn marks_breaks_and_empty_lines_of_other_programs_are_passed_over() {
        let read = lines(b"\xef\xbb\xbf{1}\r\n\r\n  \t\n{2}\n\n{3}");
        let expected: Vec<_> = [(1, "{1}"), (4, "{2}"), (6, "{3}")].map(|(n, t)| (n, Ok(t.to_owned()))).into();
        assert_eq!(read, expected);
        assert!(lines(b"").is_empty() && lines(b"\n\n").is_empty());
    }

    #[test]
    fn a_line_in_another_encoding_fails_alone_and_says_where() {
        let read = lines(b"{1}\nMosal\xe1\n{3}\n");
        assert_eq!(read[1], (2, Err(Unfit::NotUtf8(6))));
        assert_eq!((read[2].0, read.len()), (3, 3));
    }

    #[test]
    fn an_endless_line_is_not_taken_into_memory_and_fails_alone() {
        let mut bytes = vec![b'x'; LONGEST * 2];
        bytes.extend(b"\n{2}\n");
        assert_eq!(lines(&bytes), [(1, Err(Unfit::TooLong)), (2, Ok("{2}".to_owned()))]);
        let longest = [vec![b'x'; LONGEST], b"\n{2}".to_vec()].concat();
        assert!(lines(&longest)[0].1.is_ok());
    }
}
