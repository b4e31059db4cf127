//! A template with its content: what stands where, in the printer's dots.

use super::{LabelContent, PERSONAL, PLACES, text};
use crate::package::{LabelElement, LabelLayout};

/// A thing on a label, in dots from its upper left corner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    pub x: u32,
    pub y: u32,
    pub what: What,
}

/// What it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    Text { text: String, height: u32 },
    Code128 { data: String, height: u32, module: u32 },
    DataMatrix { data: String, module: u32 },
}

impl LabelLayout {
    /// Returns the printer's dots for each millimetre: makers say 203, 300 and 600 dpi and mean 8, 12 and 24.
    pub fn dots_per_mm(&self) -> u32 {
        dots_per_mm(self.dpi)
    }
}

fn dots_per_mm(dpi: u32) -> u32 {
    match dpi {
        600 => 24,
        300 => 12,
        _ => 8,
    }
}

/// Turns tenths of a millimetre into dots.
pub(super) fn dots(tenth_mm: u32, dpi: u32) -> u32 {
    tenth_mm * dots_per_mm(dpi) / 10
}

/// Puts the content where the template says. Texts that come out empty are left out.
pub(super) fn place(layout: &LabelLayout, content: &LabelContent) -> Vec<Placed> {
    let dots = |tenth_mm| dots(tenth_mm, layout.dpi);
    let placed = layout.elements.iter().map(|element| match element {
        LabelElement::Text { text, x, y, height, width } => {
            let (height, text) = text::fitted(&text::filled(text, content), dots(*height), dots(*width));
            Placed { x: dots(*x), y: dots(*y), what: What::Text { text, height } }
        }
        LabelElement::Code128 { x, y, height, module_dots } => {
            let (data, height, module) = (content.specimen.clone(), dots(*height), *module_dots);
            Placed { x: dots(*x), y: dots(*y), what: What::Code128 { data, height, module } }
        }
        LabelElement::DataMatrix { x, y, module_dots } => {
            let (data, module) = (content.specimen.clone(), *module_dots);
            Placed { x: dots(*x), y: dots(*y), what: What::DataMatrix { data, module } }
        }
    });
    let is_empty = |placed: &Placed| matches!(&placed.what, What::Text { text, .. } if text.is_empty());
    placed.filter(|placed| !is_empty(placed)).collect()
}

/// Returns what a label says in words, in the order of its template: for people who do not see the picture.
pub fn said(layout: &LabelLayout, content: &LabelContent) -> String {
    let texts = place(layout, content).into_iter().filter_map(|placed| match placed.what {
        What::Text { text, .. } => Some(text),
        What::Code128 { .. } | What::DataMatrix { .. } => None,
    });
    texts.collect::<Vec<_>>().join(", ")
}

/// Characters of the longest specimen identifier for which a template must have room: a counter of six digits.
const LONGEST: u32 = 12;

/// Modules of a DataMatrix that holds [`LONGEST`] letters and digits: 9 code words, so 16 by 16.
const MATRIX: u32 = 16;

/// Returns what is wrong in a template, as key and message: what would not be on the label, not be read, or tell too
/// much. Found when the package is made, not in a household.
pub(crate) fn flaws(layout: &LabelLayout) -> Vec<(String, String)> {
    let mut flaws = Vec::new();
    let mut unless = |fine: bool, part: &str, message: String| {
        if !fine {
            flaws.push((format!("label_templates.{}.{part}", layout.code), message));
        }
    };
    unless((100..=1200).contains(&layout.width_tenth_mm), "width_tenth_mm", "must be from 100 to 1200".to_owned());
    unless((80..=1200).contains(&layout.height_tenth_mm), "height_tenth_mm", "must be from 80 to 1200".to_owned());
    unless([203, 300, 600].contains(&layout.dpi), "dpi", "must be 203, 300 or 600".to_owned());
    let (wide, high) =
        (dots(layout.width_tenth_mm.min(1200), layout.dpi), dots(layout.height_tenth_mm.min(1200), layout.dpi));
    let mut barcodes = 0;
    for element in &layout.elements {
        let bounds = bounds(element, layout.dpi);
        let inside = bounds.is_some_and(|(right, bottom)| right <= wide && bottom <= high);
        unless(inside, "elements", format!("{} is not wholly on the label; move it or make it smaller", name(element)));
        if let LabelElement::Text { text, .. } = element {
            for place in text::places(text) {
                unless(PLACES.contains(&place), "elements", format!("{{{place}}} is no place; correct its name"));
                let told = layout.reduced && PERSONAL.contains(&place);
                unless(!told, "elements", format!("{{{place}}} may not stand on a reduced label; take it out"));
            }
            let cut = is_cut(element, layout.dpi);
            unless(
                !cut,
                "elements",
                format!("{} has no room for a whole identifier; give it more width", name(element)),
            );
        } else {
            barcodes += 1;
        }
    }
    unless(layout.elements.is_empty() || barcodes == 1, "elements", format!("has {barcodes} barcodes; it needs one"));
    if let Some(sheet) = layout.sheet {
        let end = |first: u32, step: u32, n: u32, size: u32| {
            step.checked_mul(n.saturating_sub(1)).and_then(|way| first.checked_add(way)?.checked_add(size))
        };
        let across = end(sheet.left, sheet.across, sheet.columns, layout.width_tenth_mm);
        let down = end(sheet.top, sheet.down, sheet.rows, layout.height_tenth_mm);
        let fits = sheet.columns > 0
            && sheet.rows > 0
            && across.is_some_and(|end| end <= super::sheet::A4_WIDTH)
            && down.is_some_and(|end| end <= super::sheet::A4_HEIGHT);
        unless(fits, "sheet", "does not fit A4, 2100 by 2970 tenths of a millimetre; correct its numbers".to_owned());
    }
    flaws
}

/// Says whether an identifier in a text would be cut.
fn is_cut(element: &LabelElement, dpi: u32) -> bool {
    let LabelElement::Text { text, height, width, .. } = element else { return false };
    // Wider than most: every third character is the widest of the alphabet.
    let wide = LabelContent {
        specimen: "W05W0W501W".to_owned(),
        subject: "W66-W0-W05-0W0W-W".to_owned(),
        ..LabelContent::default()
    };
    let filled = text::filled(text, &wide);
    text::fitted(&filled, dots((*height).min(1200), dpi), dots((*width).min(1200), dpi)).1 != filled
}

/// Returns the right and lower end of an element in dots, quiet zones included; `None` if they are beyond counting.
fn bounds(element: &LabelElement, dpi: u32) -> Option<(u32, u32)> {
    // Lengths that are beyond any label are beyond counting too.
    let long = |size: u32| Some(dots(u32::from(u16::try_from(size).ok()?), dpi));
    let end = |from: u32, size: u32| Some(long(from)? + size);
    match *element {
        LabelElement::Text { x, y, height, width, .. } if height > 0 && width > 0 => {
            Some((end(x, long(width)?)?, end(y, long(height)?)?))
        }
        LabelElement::Code128 { x, y, height, module_dots } if (1..=10).contains(&module_dots) && height > 0 => {
            // Start, one symbol each, check and stop have 11, 11, 11 and 13 modules; the quiet zone has 10.
            let modules = 11 * (LONGEST + 2) + 13 + 10;
            Some((end(x, modules * module_dots)?, end(y, long(height)?)?))
        }
        LabelElement::DataMatrix { x, y, module_dots } if (2..=20).contains(&module_dots) => {
            Some((end(x, (MATRIX + 1) * module_dots)?, end(y, (MATRIX + 1) * module_dots)?))
        }
        _ => None,
    }
}

fn name(element: &LabelElement) -> String {
    match element {
        LabelElement::Text { text, .. } => format!("the text {text:?}"),
        LabelElement::Code128 { .. } => "the barcode".to_owned(),
        LabelElement::DataMatrix { .. } => "the DataMatrix".to_owned(),
    }
}
