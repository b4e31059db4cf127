//! Contents of attachments: taken in parts, told of in receipts once they are whole.

use tsela_core::{
    api::{ContentStanding, MAX_CONTENTS_ASKED},
    attachment::{ContentId, Part},
    time::Timestamp,
};
use tsela_store::{
    Connection,
    contents::{self, Taken},
    server::{content_news, devices::DeviceRow},
};

use crate::{
    error::{Refusal, Result},
    server::Server,
};

/// Bytes of contents that one device may have here: a stolen laptop must not fill the disk.
pub(crate) const ROOM_OF_DEVICE: u64 = 8 * 1024 * 1024 * 1024;

impl Server {
    /// Says what is here of contents. Of those that are whole the device's next receipt tells.
    ///
    /// # Errors
    /// A [`Refusal`] if too many are asked about; the store's errors.
    pub fn standing_of_contents(&self, device: &DeviceRow, asked: &[ContentId]) -> Result<Vec<ContentStanding>> {
        if asked.len() > MAX_CONTENTS_ASKED {
            let detail = format!("At most {MAX_CONTENTS_ASKED} contents can be asked about at once.");
            return Err(Refusal::bad_request(detail).into());
        }
        let standing = self.read(|conn| {
            let of = |content: &ContentId| {
                let complete = contents::whole(conn, *content)?.is_some();
                Ok(ContentStanding { content: *content, complete, held: contents::held(conn, *content, device.id)? })
            };
            asked.iter().map(of).collect::<Result<Vec<_>>>()
        })?;
        if standing.iter().any(|said| said.complete) {
            self.write(|tx| {
                for said in standing.iter().filter(|said| said.complete) {
                    content_news::add(tx, device.id, said.content)?;
                }
                Ok(())
            })?;
        }
        Ok(standing)
    }

    /// Keeps a part, within the transaction that answers it. Says whether the content, now that it is whole, fits its name;
    /// if not, nothing of it is kept.
    pub(crate) fn take_part(&self, tx: &Connection, device: &DeviceRow, part: &Part, now: Timestamp) -> Result<bool> {
        match contents::take(tx, part, device.id, ROOM_OF_DEVICE, now)? {
            Taken::Kept => {}
            Taken::Whole => content_news::add(tx, device.id, part.content)?,
            Taken::Misfit => {
                tracing::warn!(device = %device.id, "the parts of an attachment do not fit its hash");
                return Ok(false);
            }
            Taken::NoRoom => return Err(Refusal::no_room_for_attachments().into()),
        }
        Ok(true)
    }
}
