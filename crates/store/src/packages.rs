//! The study packages that a store has, by version. Old ones are kept: an entry is judged by the one it was written under.

use std::{collections::BTreeMap, sync::Arc};

use tsela_core::package::CompiledPackage;

use crate::error::{Result, StoreError};

/// Study packages by version, ready for judging by.
#[derive(Clone, Debug, Default)]
pub struct Packages {
    by_version: BTreeMap<u32, Arc<CompiledPackage>>,
}

impl Packages {
    /// Returns packages without any in them.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a package.
    pub fn add(&mut self, package: CompiledPackage) {
        self.by_version.insert(package.package().version, Arc::new(package));
    }

    /// Returns the package of a version.
    pub fn get(&self, version: u32) -> Option<&CompiledPackage> {
        self.by_version.get(&version).map(Arc::as_ref)
    }

    /// Returns the newest package, which is the one in force.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] if there is none.
    pub fn newest(&self) -> Result<&CompiledPackage> {
        let newest = self.by_version.values().next_back().map(Arc::as_ref);
        newest.ok_or_else(|| StoreError::Invalid("this store has no study package yet: enrol it first".to_owned()))
    }
}

impl From<CompiledPackage> for Packages {
    fn from(package: CompiledPackage) -> Self {
        let mut packages = Self::new();
        packages.add(package);
        packages
    }
}
