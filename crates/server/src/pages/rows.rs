//! Records as the pages show them: the shapes that a laptop shows too, with the names that the server knows.

use rusqlite::Connection;
use tsela_core::{
    model::{self, Attachment, RecordModel as _},
    package::{PanelDefinition, StudyPackage},
};
use tsela_rpc::{
    schema::{
        common::{HistoryLine, RecordRow, RecordStatus},
        forms::{Forms, PanelView},
    },
    views::Names,
};
use tsela_store::server::{accounts, devices};

use crate::{admin::By, error::Result, server::Server};

impl Server {
    /// Returns the names of all people and devices.
    pub(crate) fn names(&self, conn: &Connection) -> Result<Names> {
        let mut names = Names::default();
        names.users.extend(accounts::list(conn)?.into_iter().map(|account| (account.id, account.name)));
        names.devices.extend(devices::list(conn)?.into_iter().map(|device| (device.id, device.name)));
        let operator = By::operator();
        names.users.insert(operator.user, operator.name);
        names.devices.insert(self.device(), self.identity().name.clone());
        Ok(names)
    }
}

/// On a server everything has arrived, its own decisions too; only what waits for a person stands out, and an attachment whose
/// file is still on its way.
pub(super) fn arrived(mut row: RecordRow) -> RecordRow {
    let on_its_way = row.model == Attachment::NAME && row.status == RecordStatus::Ready;
    if row.status != RecordStatus::Attention && !on_its_way {
        row.status = RecordStatus::Received;
    }
    row
}

/// The same for a line of a history.
pub(super) fn arrived_line(mut line: HistoryLine) -> HistoryLine {
    line.received = true;
    line
}

/// Describes the study's forms for the names of fields and choices.
pub(super) fn forms(package: &StudyPackage) -> Forms {
    let panel = |panel: &PanelDefinition| PanelView {
        code: panel.code.clone(),
        name: panel.labels.get("en").cloned().unwrap_or_else(|| panel.code.clone()),
        abbreviation: panel.abbreviation.clone(),
        item_type: panel.item_type.clone(),
        tube_type: panel.tube_type.clone(),
        colour: panel.colour.clone(),
        item_count: u32::from(panel.item_count),
        volume_min: panel.volume_ml.low.to_string(),
        volume_max: panel.volume_ml.high.to_string(),
        hours_to_lab: u32::from(panel.hours_to_lab),
    };
    Forms { models: model::describe(package), panels: package.panels.iter().map(panel).collect() }
}
