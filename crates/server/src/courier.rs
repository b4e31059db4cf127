//! The courier at the server: bundles from a stick, a share or an SFTP server are received as those of the device API are, and the
//! receipts go back the same way.

use std::collections::BTreeMap;

use tsela_core::{
    bundle::{BundleId, BundleKind, BundleView},
    ids::{DeviceId, StreamCode},
};
use tsela_store::{
    server::devices::{self, DeviceRow},
    streams,
};
use tsela_sync::road::{
    files::{Content, FileRoad, Found, Way},
    sftp::{HostKey, Login, SftpAddress, SftpRoad, confirmed},
};

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
    /// Opens an SFTP road. The key that a person names now is remembered once the server has shown it.
    ///
    /// # Errors
    /// Those of the road and the store; a server whose key nobody has confirmed, or that shows another one, is refused.
    pub fn sftp(&self, address: SftpAddress, login: Login, named: Option<HostKey>) -> Result<SftpRoad> {
        let opened = confirmed::open(self.store(), address, login, named)?;
        if let Some((server, key)) = opened.news {
            confirmed::remember(self.store(), &server, key)?;
            let fields = [("server", server.into()), ("key", key.to_string().into())];
            self.event(&By::operator(), "host_key", &fields)?;
        }
        Ok(opened.road)
    }

    /// Receives all bundles that lie on a road of files and writes a receipt for each laptop. In any order, and again, it comes to
    /// the same. What cannot be received is left where it is and told of; it keeps nothing else back.
    ///
    /// # Errors
    /// The store's, and those of a road that went away meanwhile: what was received before stays received.
    pub fn import(&self, road: &dyn FileRoad) -> Result<CourierImport> {
        let listing = road.list(Way::ToServer, None)?;
        let mut import = CourierImport::default();
        import.left.extend(listing.others.into_iter().map(|name| (name, "It is no bundle.".to_owned())));
        let mut receipts: BTreeMap<DeviceId, Received> = BTreeMap::new();
        let mut taken: Vec<&Found> = Vec::new();
        // By name they lie in no order; each is received once those before it are.
        let mut order: BTreeMap<(Span, BundleId), &Found> = BTreeMap::new();
        for found in &listing.found {
            match self.look_into(road, found)? {
                Ok(span) => {
                    order.insert((span, found.id), found);
                }
                Err(why) => import.left.push((name(found), why)),
            }
        }
        for (((_, _, spans), _), found) in order {
            if !self.continues(&spans)? {
                let why = "Entries before it are missing. It is taken in once they have come.";
                import.left.push((name(found), why.to_owned()));
                continue;
            }
            let Content::Whole(bytes) = road.get(Way::ToServer, found)? else { continue };
            match self.receive_brought(found.id, &bytes) {
                Ok((device, received)) => {
                    import.bundles += 1;
                    import.new_entries += received.new_entries;
                    // The highest says all that those before it did; one that was answered before has its old number.
                    if receipts.get(&device).is_none_or(|highest| highest.number < received.number) {
                        receipts.insert(device, received);
                    }
                    taken.push(found);
                }
                Err(ServerError::Refused(refusal)) => import.left.push((name(found), refusal.detail)),
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

    /// Reads whose a bundle is, and which streams it continues from where; or why it cannot be taken in.
    fn look_into(&self, road: &dyn FileRoad, found: &Found) -> Result<Looked> {
        let Content::Whole(bytes) = road.get(Way::ToServer, found)? else {
            return Ok(Err("It is damaged.".to_owned()));
        };
        let looked = self.packer(&bytes).and_then(|packer| {
            let is_part = BundleView::parse(&bytes).is_ok_and(|view| view.kind() == BundleKind::Attachment);
            Ok((is_part, packer.id, self.spans(&packer, &bytes)?))
        });
        match looked {
            Ok(looked) => Ok(Ok(looked)),
            Err(ServerError::Refused(refusal)) => Ok(Err(refusal.detail)),
            Err(error) => Err(error),
        }
    }

    /// Says whether nothing is missing before a bundle.
    fn continues(&self, spans: &[(StreamCode, u64)]) -> Result<bool> {
        self.read(|conn| {
            for (code, first) in spans {
                if !streams::takes_from(conn, *code, *first)? {
                    return Ok(false);
                }
            }
            Ok(true)
        })
    }

    /// Receives a bundle on behalf of the device that has packed it: what is trusted is its signature.
    fn receive_brought(&self, id: BundleId, bytes: &[u8]) -> Result<(DeviceId, Received)> {
        let packer = self.packer(bytes)?;
        Ok((packer.id, self.receive_from(&packer, false, id, bytes)?))
    }

    fn packer(&self, bytes: &[u8]) -> Result<DeviceRow> {
        let view = BundleView::parse(bytes).map_err(|error| Refusal::bad_bundle(error.to_string()))?;
        let packer = self.read(|conn| Ok(devices::find(conn, view.packer())?))?;
        Ok(packer.ok_or_else(|| Refusal::bad_bundle("The device that packed it is not known here."))?)
    }
}

/// Whether a bundle is a part of an attachment, which goes after all records; whose it is, and which streams it continues from
/// where.
type Span = (bool, DeviceId, Vec<(StreamCode, u64)>);
/// The same, or why it cannot be taken in.
type Looked = std::result::Result<Span, String>;

fn name(found: &Found) -> String {
    format!("{}/{}", found.device, found.id)
}
