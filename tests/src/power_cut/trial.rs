//! One trial: work on a store until the power goes, put it on again, and see what is left.

use std::path::Path;

use rand_chacha::{
    ChaCha20Rng,
    rand_core::{Rng, SeedableRng},
};
use tsela_store::{DataKey, Options, Store, StoreError, connection::Synchronous};
use uuid::Uuid;

use super::{PowerCutVfs, Snapshot};

/// What a cut did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Everything that was acknowledged is there.
    Kept,
    /// It is not; with what is wrong.
    Lost(String),
}

/// A store on a disk whose power is cut again and again, always beginning from the same content.
pub struct Trial {
    vfs: PowerCutVfs,
    synchronous: Synchronous,
    base: Snapshot,
    /// How many changes of the disk the work makes when nothing happens.
    length: u64,
}

impl Trial {
    /// Creates a store on a disk of its own, lets `prepare` fill it, and measures `work` once.
    ///
    /// # Panics
    /// If `prepare` or `work` fails with the power on.
    pub fn new<A>(
        name: &str,
        synchronous: Synchronous,
        prepare: impl FnOnce(&Store) -> Result<(), StoreError>,
        work: impl FnOnce(&Store, &mut Vec<A>) -> Result<(), StoreError>,
    ) -> Self {
        let mut trial = Self { vfs: PowerCutVfs::register(name), synchronous, base: Snapshot::default(), length: 0 };
        let id = Uuid::from_u128(1);
        let store = Store::create(Path::new("store.db"), &key(), id, &trial.options(false)).expect("a new store");
        prepare(&store).expect("prepared with the power on");
        drop(store);
        // Closing has synced everything: whatever the dice, the content is the same.
        trial.base = trial.vfs.cut(&mut ChaCha20Rng::seed_from_u64(0));
        trial.vfs.power_on(&trial.base);
        let store = trial.open(false).expect("the store opens with the power on");
        work(&store, &mut Vec::new()).expect("the work goes through with the power on");
        drop(store);
        trial.length = trial.vfs.changes();
        trial
    }

    /// Returns how many changes of the disk one run of the work makes: the number of places to cut at.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Runs `work` until the power goes at a place drawn from the seed; `work` pushes onto its list whatever it was
    /// told is saved. In every fourth trial the power goes again while the store is being opened. Then `verify` looks
    /// at what is there.
    pub fn cut<A>(
        &self,
        seed: u64,
        work: impl FnOnce(&Store, &mut Vec<A>) -> Result<(), StoreError>,
        verify: impl FnOnce(&Store, &[A]) -> Result<(), String>,
    ) -> Outcome {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let mut acknowledged = Vec::new();
        self.vfs.power_on(&self.base);
        self.vfs.cut_after(rng.next_u64() % self.length);
        if let Ok(store) = self.open(false) {
            // An error here is the cut itself; what was acknowledged before it counts.
            let _ = work(&store, &mut acknowledged);
        }
        self.vfs.power_on(&self.vfs.cut(&mut rng));
        if rng.next_u32().is_multiple_of(4) {
            self.vfs.cut_after(rng.next_u64() % 12);
            drop(self.open(false));
            self.vfs.power_on(&self.vfs.cut(&mut rng));
        }
        match self.open(true) {
            Err(error) => Outcome::Lost(format!("the store does not open: {error}")),
            Ok(store) => verify(&store, &acknowledged).map_or_else(Outcome::Lost, |()| Outcome::Kept),
        }
    }

    fn open(&self, quick_check: bool) -> Result<Store, StoreError> {
        Store::open(Path::new("store.db"), &key(), &self.options(quick_check))
    }

    fn options(&self, quick_check: bool) -> Options {
        Options {
            vfs: Some(self.vfs.name().to_owned()),
            synchronous: self.synchronous,
            readers: 1,
            quick_check,
            ..Options::default()
        }
    }
}

fn key() -> DataKey {
    DataKey::from_bytes([1; 32])
}
