//! The courier at the server: bundles from a stick or a share are received as those of the device API are, and the
//! receipts go back the same way.

use std::collections::BTreeMap;

use tsela_core::{
    bundle::{BundleId, BundleView},
    ids::DeviceId,
};
use tsela_store::server::devices;
use tsela_sync::road::folder::{Content, FolderRoad, Found, Way};

use crate::{
    admin::By,
    error::{Refusal, Result, ServerError},
    receive::Received,
    server::Server,
};

/// What a folder held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CourierImport {
    /// Bundles that were received, now or before.
    pub bundles: usize,
    /// Entries that were new.
    pub new_entries: u64,
    /// The laptops that they are of, by name, for each of which a receipt was written.
    pub devices: Vec<String>,
    /// Files that were left where they are, and why.
    pub left: Vec<(String, String)>,
}

impl Server {
    /// Receives all bundles that lie in a folder and writes a receipt for each laptop. In any order, and again, it comes to
    /// the same. What cannot be received is left where it is and told of; it keeps nothing else back.
    ///
    /// # Errors
    /// The store's, and those of a folder that went away meanwhile: what was received before stays received.
    pub fn import(&self, road: &FolderRoad) -> Result<CourierImport> {
        let listing = road.list(Way::ToServer, None)?;
        let mut import = CourierImport::default();
        import.left.extend(listing.others.into_iter().map(|name| (name, "It is no bundle.".to_owned())));
        let mut receipts: BTreeMap<DeviceId, Received> = BTreeMap::new();
        let mut taken: Vec<&Found> = Vec::new();
        for found in &listing.found {
            let name = format!("{}/{}", found.device, found.id);
            let bytes = match road.get(found)? {
                Content::Whole(bytes) => bytes,
                Content::Damaged => {
                    import.left.push((name, "It is damaged.".to_owned()));
                    continue;
                }
            };
            match self.receive_brought(found.id, &bytes) {
                Ok((device, received)) => {
                    import.bundles += 1;
                    import.new_entries += received.new_entries;
                    let last = receipts.get(&device).is_none_or(|last| last.number < received.number);
                    if last {
                        receipts.insert(device, received);
                    }
                    taken.push(found);
                }
                Err(ServerError::Refused(refusal)) => import.left.push((name, refusal.detail)),
                Err(error) => return Err(error),
            }
        }
        // Before the bundles are moved away: whoever is cut off here does it again, and the receipts come all the same.
        for (device, received) in &receipts {
            let receipt = road.put(Way::ToDevice, *device, &received.receipt)?;
            road.keep_only(Way::ToDevice, *device, &[receipt]);
            let name = self.read(|conn| Ok(devices::find(conn, *device)?))?.map(|device| device.name);
            import.devices.push(name.unwrap_or_else(|| device.to_string()));
        }
        for found in taken {
            road.archive(Way::ToServer, found)?;
        }
        if import.bundles > 0 {
            let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX).into();
            let fields = [("bundles", count(import.bundles)), ("devices", count(import.devices.len()))];
            self.event(&By::operator(), "import", &fields)?;
        }
        Ok(import)
    }

    /// Receives a bundle on behalf of the device that has packed it: what is trusted is its signature.
    fn receive_brought(&self, id: BundleId, bytes: &[u8]) -> Result<(DeviceId, Received)> {
        let view = BundleView::parse(bytes).map_err(|error| Refusal::bad_bundle(error.to_string()))?;
        let packer = self.read(|conn| Ok(devices::find(conn, view.packer())?))?;
        let packer = packer.ok_or_else(|| Refusal::bad_bundle("The device that packed it is not known here."))?;
        Ok((packer.id, self.receive(&packer, id, bytes)?))
    }
}
