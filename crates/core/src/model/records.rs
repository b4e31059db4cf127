//! One file per model: its fields and keys.

mod consent;
mod eligibility;
mod household;
mod household_member;
mod household_visit;
mod participant;
mod reference_data;
mod requisition;
mod specimen;
mod visit;

pub use consent::Consent;
pub use eligibility::Eligibility;
pub use household::Household;
pub use household_member::HouseholdMember;
pub use household_visit::HouseholdVisit;
pub use participant::{Participant, SAME_IDENTITY, SAME_PERSON};
pub use reference_data::{CodeList, Device, LabelTemplate, Location, Panel, User};
pub use requisition::{Requisition, SAME_REQUEST};
pub use specimen::{SAME_ITEM, Specimen};
pub use visit::Visit;
