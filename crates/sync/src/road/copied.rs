//! A road of files that leaves a copy on this computer of all that goes along it.
//!
//! What lies on an SFTP server belongs to whoever runs it; a study that wants its own record of what went there and what
//! came from there names a folder for it. The copies are as sealed as what they are copies of.

use tsela_core::{bundle::BundleId, ids::DeviceId};

use super::{
    files::{Content, FileRoad, FilesError, Found, Listing, Way},
    folder::FolderRoad,
};

/// A road, and a folder into whose archive copies go.
pub struct Copied {
    road: Box<dyn FileRoad>,
    copies: FolderRoad,
}

impl Copied {
    /// Lets a road leave copies.
    pub fn new(road: Box<dyn FileRoad>, copies: FolderRoad) -> Self {
        Self { road, copies }
    }
}

impl FileRoad for Copied {
    fn kind(&self) -> &'static str {
        self.road.kind()
    }

    fn explain(&self) -> Result<(), FilesError> {
        self.copies.explain()?;
        self.road.explain()
    }

    /// The copy is made last: it says that the bundle went there.
    fn put(&self, way: Way, device: DeviceId, bundle: &[u8]) -> Result<BundleId, FilesError> {
        let id = self.road.put(way, device, bundle)?;
        self.copies.put_archived(way, device, bundle)?;
        Ok(id)
    }

    fn list(&self, way: Way, device: Option<DeviceId>) -> Result<Listing, FilesError> {
        self.road.list(way, device)
    }

    fn get(&self, way: Way, found: &Found) -> Result<Content, FilesError> {
        self.road.get(way, found)
    }

    /// The copy is made first: afterwards nothing asks for the bundle again.
    fn archive(&self, way: Way, found: &Found) -> Result<(), FilesError> {
        if let Content::Whole(bytes) = self.road.get(way, found)? {
            self.copies.put_archived(way, found.device, &bytes)?;
        }
        self.road.archive(way, found)
    }

    fn keep_only(&self, way: Way, device: DeviceId, kept: &[BundleId]) {
        self.road.keep_only(way, device, kept);
    }
}
