//! One file per model: its fields and keys.

mod attachment;
mod bag;
mod consent;
mod custody_line;
mod custody_signature;
mod custody_transfer;
mod eligibility;
mod household;
mod household_member;
mod household_visit;
mod missing_tube;
mod participant;
mod reference_data;
mod requisition;
mod specimen;
mod specimen_disposition;
mod visit;

pub use attachment::{Attachment, SAME_CONTENT};
pub use bag::Bag;
pub use consent::Consent;
pub use custody_line::{
    CustodyLine, DISCREPANCIES, HELD_BACK, MATCHED, MISSING, OUTCOMES, REJECTED, SAME_TUBE, UNEXPECTED, UNSEEN,
};
pub use custody_signature::{CustodySignature, GIVER, SIDES, TAKER};
pub use custody_transfer::{CustodyTransfer, STAGES, TO_CARRIER, TO_LAB};
pub use eligibility::Eligibility;
pub use household::Household;
pub use household_member::HouseholdMember;
pub use household_visit::HouseholdVisit;
pub use missing_tube::{CONCLUSIONS, MissingTube};
pub use participant::{Participant, SAME_IDENTITY, SAME_PERSON};
pub use reference_data::{CodeList, Device, LabelTemplate, Location, Panel, User};
pub use requisition::{Requisition, SAME_REQUEST};
pub use specimen::{SAME_ITEM, Specimen};
pub use specimen_disposition::{ACCEPTED, DISPOSITIONS, RECOLLECT, SAME_SPECIMEN, SpecimenDisposition};
pub use visit::Visit;
