//! The text that printers understand: ZPL II, UTF-8.
//!
//! Source of commands and limits: Zebra's "ZPL II Programming Guide", P1099958. Everything that a printer remembers from
//! the job before is set anew: print width, label length, home, character set, quantity.

use std::fmt::Write as _;

use super::{
    LabelContent, LabelError,
    layout::{self, Placed, What, dots},
};
use crate::package::LabelLayout;

/// Most labels of one request.
pub const MAX_COPIES: u32 = 500;

/// Writes labels as ZPL, `copies` of each.
///
/// # Errors
/// [`LabelError::TooMany`] above [`MAX_COPIES`] labels in all.
pub fn zpl(layout: &LabelLayout, labels: &[LabelContent], copies: u32) -> Result<String, LabelError> {
    let all = u32::try_from(labels.len()).unwrap_or(u32::MAX).saturating_mul(copies);
    if all > MAX_COPIES {
        return Err(LabelError::TooMany(all));
    }
    let (width, height) = (dots(layout.width_tenth_mm, layout.dpi), dots(layout.height_tenth_mm, layout.dpi));
    let formats = labels.iter().map(|content| {
        let mut format = String::new();
        begin(&mut format, width, height, copies);
        fields(&mut format, (0, 0), &layout::place(layout, content));
        format.push_str("^XZ\n");
        format
    });
    Ok(formats.collect())
}

pub(super) fn begin(out: &mut String, width: u32, height: u32, copies: u32) {
    // Writing into a string never fails.
    let _ = write!(out, "^XA^CI28^PW{width}^LL{height}^LH0,0^PQ{copies}");
}

/// Writes what is placed, moved by an origin.
pub(super) fn fields(out: &mut String, (left, top): (u32, u32), placed: &[Placed]) {
    for Placed { x, y, what } in placed {
        let _ = write!(out, "^FO{},{}", left + x, top + y);
        let _ = match what {
            What::Text { text, height } => write!(out, "^A0N,{height}^FH_^FD{}^FS", escaped(text)),
            What::Code128 { data, height, module } => {
                write!(out, "^BY{module}^BCN,{height},N,N,N^FH_^FD{}^FS", escaped(data))
            }
            What::DataMatrix { data, module } => write!(out, "^BXN,{module},200^FH_^FD{}^FS", escaped(data)),
        };
    }
}

/// Writes a text so that no character of it is a command: all but letters, digits and a few signs become `_` and two
/// hexadecimal digits for each byte of UTF-8, which `^FH_` reads back.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '.' | '/' | ':' | '(' | ')') {
            out.push(c);
        } else {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                let _ = write!(out, "_{byte:02X}");
            }
        }
    }
    out
}
