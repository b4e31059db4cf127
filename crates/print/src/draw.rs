//! Drawing ZPL: a PNG for the screen, a PDF for an office printer.
//!
//! The very text that a label printer gets is drawn, so that picture, sheet and label cannot differ.

use tsela_core::{
    label::{LabelContent, LabelError, Sheets, zpl},
    package::LabelLayout,
};
use zpl_forge::{Resolution, Unit, ZplEngine, ZplError};

/// Why a label could not be drawn.
#[derive(Debug, thiserror::Error)]
pub enum DrawError {
    /// There is no such label.
    #[error(transparent)]
    Label(#[from] LabelError),
    /// There is nothing to draw.
    #[error("there is no label to draw; choose a specimen")]
    Nothing,
    /// The text for the printer cannot be drawn. The template is to blame.
    #[error("the label cannot be drawn: {0}; choose another template in Settings")]
    Drawing(#[from] ZplError),
}

/// Draws one label as PNG, one pixel for each dot of the printer.
///
/// # Errors
/// [`DrawError::Drawing`] if the template cannot be drawn.
pub fn png(layout: &LabelLayout, content: &LabelContent) -> Result<Vec<u8>, DrawError> {
    let zpl = zpl(layout, std::slice::from_ref(content), 1)?;
    let dots = layout.dots_per_mm();
    let size = |tenth_mm: u32| Unit::Dots(tenth_mm * dots / 10);
    let engine = ZplEngine::new(&zpl, size(layout.width_tenth_mm), size(layout.height_tenth_mm), resolution(dots))?;
    Ok(engine.to_png()?)
}

/// Draws sheets as one PDF, a page for each, with bars and letters as shapes and not as dots.
///
/// # Errors
/// [`DrawError::Nothing`] without a sheet, [`DrawError::Drawing`] if the template cannot be drawn.
pub fn pdf(sheets: &Sheets) -> Result<Vec<u8>, DrawError> {
    if sheets.pages.is_empty() {
        return Err(DrawError::Nothing);
    }
    Ok(engine(sheets, &sheets.pages.concat())?.to_pdf()?)
}

/// Draws each sheet as a PNG of its own, one pixel for each dot, for the system's print dialog.
///
/// # Errors
/// As [`pdf`].
pub fn pages(sheets: &Sheets) -> Result<Vec<Vec<u8>>, DrawError> {
    sheets.pages.iter().map(|page| Ok(engine(sheets, page)?.to_png()?)).collect()
}

fn engine(sheets: &Sheets, zpl: &str) -> Result<ZplEngine, DrawError> {
    let size = |mm: u32| Unit::Dots(mm * sheets.dots_per_mm);
    Ok(ZplEngine::new(zpl, size(sheets.width_mm), size(sheets.height_mm), resolution(sheets.dots_per_mm))?)
}

/// The exact resolution: makers say 203 dpi for 8 dots a millimetre, which would make a page of A4 a little too large.
fn resolution(dots_per_mm: u32) -> Resolution {
    // At most 24 dots, so nothing is lost.
    Resolution::Custom(f32::from(u16::try_from(dots_per_mm).unwrap_or(8)) * 25.4)
}
