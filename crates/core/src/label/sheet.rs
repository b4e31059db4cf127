//! Labels on sheets of A4 for an office printer, as one page of ZPL for each sheet.

use super::{
    LabelContent, LabelError, MAX_COPIES,
    layout::{self, dots},
    zpl,
};
use crate::package::{LabelLayout, LabelSheet};

/// Width of A4, tenths of a millimetre.
pub(super) const A4_WIDTH: u32 = 2100;
/// Height of A4, tenths of a millimetre.
pub(super) const A4_HEIGHT: u32 = 2970;
/// What office printers leave white at each edge, tenths of a millimetre.
const MARGIN: u32 = 80;

/// Sheets of labels, to be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheets {
    /// The ZPL of each sheet.
    pub pages: Vec<String>,
    /// Width of a sheet, millimetres.
    pub width_mm: u32,
    /// Height of a sheet, millimetres.
    pub height_mm: u32,
    /// Dots of its ZPL for each millimetre.
    pub dots_per_mm: u32,
}

/// Lays labels out on sheets of A4. The first `skip` places of the first sheet stay empty: their labels are used up.
///
/// # Errors
/// [`LabelError::TooMany`] above [`MAX_COPIES`] labels.
pub fn sheets(layout: &LabelLayout, labels: &[LabelContent], skip: u32) -> Result<Sheets, LabelError> {
    let count = u32::try_from(labels.len()).unwrap_or(u32::MAX);
    if count > MAX_COPIES {
        return Err(LabelError::TooMany(count));
    }
    let grid = grid(layout);
    let dots = |tenth_mm| dots(tenth_mm, layout.dpi);
    let places = grid.columns * grid.rows;
    let used_up = skip % places;
    let first = usize::try_from(places - used_up).unwrap_or(usize::MAX).min(labels.len());
    let (first, rest) = labels.split_at(first);
    let of_sheets = std::iter::once((used_up, first)).chain(rest.chunks(places as usize).map(|labels| (0, labels)));
    let pages = of_sheets.filter(|(_, labels)| !labels.is_empty()).map(|(skip, labels)| {
        let mut page = String::new();
        zpl::begin(&mut page, dots(A4_WIDTH), dots(A4_HEIGHT), 1);
        for (place, content) in (skip..).zip(labels) {
            let (column, row) = (place % grid.columns, place / grid.columns);
            let origin = (dots(grid.left + column * grid.across), dots(grid.top + row * grid.down));
            zpl::fields(&mut page, origin, &layout::place(layout, content));
        }
        page.push_str("^XZ\n");
        page
    });
    let (pages, dots_per_mm) = (pages.collect(), layout.dots_per_mm());
    Ok(Sheets { pages, width_mm: A4_WIDTH / 10, height_mm: A4_HEIGHT / 10, dots_per_mm })
}

/// Returns where the labels are: as the template says, else as many as fit side by side, in the middle.
fn grid(layout: &LabelLayout) -> LabelSheet {
    layout.sheet.unwrap_or_else(|| {
        let fit = |room: u32, size: u32| ((room - 2 * MARGIN) / size.max(1)).max(1);
        let (across, down) = (layout.width_tenth_mm, layout.height_tenth_mm);
        let (columns, rows) = (fit(A4_WIDTH, across), fit(A4_HEIGHT, down));
        let left = (A4_WIDTH - columns * across) / 2;
        LabelSheet { columns, rows, left, top: (A4_HEIGHT - rows * down) / 2, across, down }
    })
}
