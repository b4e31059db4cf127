//! The texts of a template: their places filled in, and how wide they become.

use super::{LabelContent, PLACES};

/// Fills in the places of a template's text. What is not a place stays as it is.
pub(super) fn filled(template: &str, content: &LabelContent) -> String {
    let mut text = template.to_owned();
    for place in PLACES {
        let braced = format!("{{{place}}}");
        if text.contains(&braced) {
            // Values are put in where the template has a place, never where another value happens to look like one.
            text = text.split(braced.as_str()).collect::<Vec<_>>().join(&content.value(place).replace(['{', '}'], ""));
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the places that a template's text has, known or not.
pub(super) fn places(template: &str) -> Vec<&str> {
    let after = template.split('{').skip(1);
    after.filter_map(|rest| rest.split_once('}')).map(|(place, _)| place).collect()
}

/// Returns an upper bound of a text's width in thousandths of its height, in the printers' scalable font 0.
///
/// The font is narrow and bold; the numbers are the widest advances of each kind of character in the metrics of
/// Helvetica Narrow Bold, on which it is modelled, rounded up. Anything else may be as wide as it is high.
pub(super) fn width(text: &str) -> u32 {
    let advance = |c: char| match c {
        'W' | 'M' | '@' | '%' => 800,
        'I' | 'i' | 'j' | 'l' | 'f' | 't' | ' ' | '.' | ',' | ':' | '\'' | '/' | '(' | ')' => 290,
        '0'..='9' => 470,
        // Printers and those who draw for them differ most in how long it is.
        '-' => 560,
        'm' => 740,
        'a'..='z' => 520,
        'A'..='Z' => 650,
        _ => 1000,
    };
    text.chars().map(advance).sum()
}

/// Makes a text fit a room: smaller down to three fifths of its height, then cut, with an ellipsis to say so. Returns
/// the height and the text.
pub(super) fn fitted(text: &str, height: u32, room: u32) -> (u32, String) {
    let fits = |text: &str, height: u32| width(text) * height <= room * 1000;
    let least = (height * 3 / 5).max(1);
    if let Some(height) = (least..=height).rev().find(|height| fits(text, *height)) {
        return (height, text.to_owned());
    }
    let mut cut: Vec<char> = text.chars().collect();
    while cut.pop().is_some() {
        let shorter: String = cut.iter().collect::<String>().trim_end().to_owned() + "...";
        if fits(&shorter, least) {
            return (least, shorter);
        }
    }
    (least, String::new())
}
