//! What a printer says of itself: the answer to `~HS`, host status.
//!
//! Source: Zebra's "ZPL II Programming Guide", command `~HS`: three lines, each between STX and ETX, of numbers with
//! commas between them.

/// What a printer says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostStatus {
    /// No labels are left.
    pub paper_out: bool,
    /// Somebody paused it.
    pub paused: bool,
    /// It has more to print than fits.
    pub buffer_full: bool,
    /// The head is open.
    pub head_open: bool,
    /// No ribbon is left.
    pub ribbon_out: bool,
}

const STX: char = '\u{2}';
const ETX: char = '\u{3}';

impl HostStatus {
    /// Reads an answer; `None` if it is none, or not whole.
    pub fn parse(answer: &str) -> Option<Self> {
        let lines: Vec<Vec<&str>> = answer
            .split(STX)
            .skip(1)
            .map(|line| line.split_once(ETX).map(|(line, _)| line.split(',').map(str::trim).collect()))
            .collect::<Option<_>>()?;
        let flag = |line: usize, field: usize| Some(*lines.get(line)?.get(field)? == "1");
        Some(Self {
            paper_out: flag(0, 1)?,
            paused: flag(0, 2)?,
            buffer_full: flag(0, 5)?,
            head_open: flag(1, 2)?,
            ribbon_out: flag(1, 3)?,
        })
    }

    /// Returns what keeps it from printing, and what to do; `None` if nothing does.
    pub fn trouble(&self) -> Option<&'static str> {
        if self.head_open {
            Some("the printer's head is open; close it")
        } else if self.paper_out {
            Some("the printer has no labels left; put in a new roll")
        } else if self.ribbon_out {
            Some("the printer has no ribbon left; put in a new one")
        } else if self.paused {
            Some("the printer is paused; press its Pause button")
        } else if self.buffer_full {
            Some("the printer has more to print than it can keep; wait until it is done")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READY: &str = "\u{2}030,0,0,0203,000,0,0,0,000,0,0,0\u{3}\r\n\u{2}000,0,0,0,0,2,6,0,00000000,1,000\u{3}\r\n\u{2}1234,0\u{3}\r\n";

    #[test]
    fn an_answer_is_read_and_half_an_answer_is_none() {
        assert_eq!(HostStatus::parse(READY), Some(HostStatus::default()));
        for length in [0, 1, 20, 60] {
            let part: String = READY.chars().take(length).collect();
            assert_eq!(HostStatus::parse(&part), None, "{part:?}");
        }
        assert_eq!(HostStatus::parse("HTTP/1.0 400 Bad Request\r\n\r\n"), None);
    }

    #[test]
    fn what_is_wrong_says_what_to_do() {
        let says = |from: &str, to: &str| HostStatus::parse(&READY.replacen(from, to, 1)).unwrap().trouble();
        assert_eq!(HostStatus::parse(READY).unwrap().trouble(), None);
        assert!(says("030,0", "030,1").unwrap().contains("labels"));
        assert!(says("030,0,0", "030,0,1").unwrap().contains("Pause"));
        assert!(says("000,0,0,0,0,2", "000,0,1,0,0,2").unwrap().contains("head"));
        assert!(says("000,0,0,0,0,2", "000,0,0,1,0,2").unwrap().contains("ribbon"));
    }
}
