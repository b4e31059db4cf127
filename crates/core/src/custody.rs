//! Where a tube is, as what was done with it says. Never stored: it follows from the records, on every machine alike.

use crate::{manifest::TubeState, model::Values};

/// Returns where a specimen is by what its own record says: written down, or its label checked.
///
/// A tube whose label nobody has scanned back yet is only planned: what is on it may be another tube's label.
pub fn of_specimen(specimen: &dyn Values) -> TubeState {
    if specimen.has("labelled_at") { TubeState::Collected } else { TubeState::Planned }
}
