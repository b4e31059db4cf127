//! What came of bundles whose transfer broke off, so that their devices go on from there.
//!
//! On a link that is cut every few seconds, sending a bundle from its first byte again costs a third of all that is sent;
//! bundles small enough to lose little cost as much in their headers. Parts are kept in memory and for one bundle of a
//! device only: a restart of the server, or a device beyond the bound, costs that one bundle again and nothing else.
//! Nothing here is trusted: a bundle is checked when it is whole.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tsela_core::{
    bundle::{BundleId, MAX_BUNDLE},
    ids::DeviceId,
};

/// Devices whose parts are kept; the one that waited longest is forgotten first. At most this many MiB.
const DEVICES: usize = 64;

/// A transfer under way. A later one of the same device takes its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Turn {
    device: DeviceId,
    number: u64,
}

/// Why bytes are not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// The part has another length than the sender thinks, bytes.
    Offset(usize),
    /// Another transfer of the device has begun.
    Overtaken,
    /// More than a bundle may have.
    TooLarge,
}

/// The parts of bundles under way.
#[derive(Debug, Default)]
pub(crate) struct Uploads(Mutex<Parts>);

#[derive(Debug, Default)]
struct Parts {
    turns: u64,
    parts: HashMap<DeviceId, Part>,
}

#[derive(Debug)]
struct Part {
    id: BundleId,
    turn: u64,
    bytes: Vec<u8>,
}

impl Uploads {
    /// Returns how much of a bundle is here, bytes.
    pub fn held(&self, device: DeviceId, id: BundleId) -> usize {
        self.lock().parts.get(&device).filter(|part| part.id == id).map_or(0, |part| part.bytes.len())
    }

    /// Begins a transfer at a byte of a bundle: at 0 anew, else where its part ends.
    ///
    /// # Errors
    /// [`NotTaken::Offset`] if the part does not end there.
    pub fn begin(&self, device: DeviceId, id: BundleId, offset: usize) -> Result<Turn, NotTaken> {
        let mut parts = self.lock();
        let known = parts.parts.get(&device).filter(|part| part.id == id).map_or(0, |part| part.bytes.len());
        if offset != 0 && offset != known {
            return Err(NotTaken::Offset(known));
        }
        parts.turns += 1;
        let number = parts.turns;
        let bytes = parts.parts.remove(&device).filter(|_| offset > 0).map_or_else(Vec::new, |part| part.bytes);
        parts.make_room();
        parts.parts.insert(device, Part { id, turn: number, bytes });
        Ok(Turn { device, number })
    }

    /// Adds what has come.
    ///
    /// # Errors
    /// [`NotTaken::Overtaken`] if the device has begun another transfer; [`NotTaken::TooLarge`] beyond a bundle's bound.
    pub fn append(&self, turn: Turn, piece: &[u8]) -> Result<(), NotTaken> {
        let mut parts = self.lock();
        let part = parts.of(turn)?;
        if part.bytes.len() + piece.len() > MAX_BUNDLE {
            parts.parts.remove(&turn.device);
            return Err(NotTaken::TooLarge);
        }
        part.bytes.extend_from_slice(piece);
        Ok(())
    }

    /// Hands out the bundle, whose last byte has come, and forgets it.
    ///
    /// # Errors
    /// [`NotTaken::Overtaken`] if the device has begun another transfer.
    pub fn finish(&self, turn: Turn) -> Result<Vec<u8>, NotTaken> {
        let mut parts = self.lock();
        parts.of(turn)?;
        Ok(parts.parts.remove(&turn.device).map_or_else(Vec::new, |part| part.bytes))
    }

    fn lock(&self) -> MutexGuard<'_, Parts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Parts {
    fn of(&mut self, turn: Turn) -> Result<&mut Part, NotTaken> {
        self.parts.get_mut(&turn.device).filter(|part| part.turn == turn.number).ok_or(NotTaken::Overtaken)
    }

    fn make_room(&mut self) {
        while self.parts.len() >= DEVICES {
            let Some(oldest) = self.parts.iter().min_by_key(|(_, part)| part.turn).map(|(device, _)| *device) else {
                return;
            };
            self.parts.remove(&oldest);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ONE: BundleId = BundleId([1; 32]);
    const OTHER: BundleId = BundleId([2; 32]);

    fn device(n: u128) -> DeviceId {
        DeviceId(Uuid::from_u128(n))
    }

    #[test]
    fn a_transfer_goes_on_where_the_one_before_broke_off() {
        let uploads = Uploads::default();
        let turn = uploads.begin(device(1), ONE, 0).unwrap();
        uploads.append(turn, b"hou").unwrap();
        assert_eq!(
            (uploads.held(device(1), ONE), uploads.held(device(1), OTHER), uploads.held(device(2), ONE)),
            (3, 0, 0)
        );
        let turn = uploads.begin(device(1), ONE, 3).unwrap();
        uploads.append(turn, b"sehold").unwrap();
        assert_eq!(uploads.finish(turn).unwrap(), b"household");
        assert_eq!(uploads.held(device(1), ONE), 0);
    }

    #[test]
    fn a_sender_that_thinks_otherwise_of_the_length_begins_anew() {
        let uploads = Uploads::default();
        let turn = uploads.begin(device(1), ONE, 0).unwrap();
        uploads.append(turn, b"hou").unwrap();
        assert_eq!(uploads.begin(device(1), ONE, 2), Err(NotTaken::Offset(3)));
        assert_eq!(uploads.held(device(1), ONE), 3, "what came is kept");
        assert_eq!(uploads.begin(device(1), OTHER, 3), Err(NotTaken::Offset(0)));
        let turn = uploads.begin(device(1), ONE, 0).unwrap();
        assert_eq!(uploads.finish(turn).unwrap(), b"");
    }

    #[test]
    fn a_connection_that_is_dead_and_does_not_know_it_adds_nothing() {
        let uploads = Uploads::default();
        let dead = uploads.begin(device(1), ONE, 0).unwrap();
        uploads.append(dead, b"hou").unwrap();
        let turn = uploads.begin(device(1), ONE, 3).unwrap();
        assert_eq!(uploads.append(dead, b"se"), Err(NotTaken::Overtaken));
        uploads.append(turn, b"se").unwrap();
        assert_eq!(uploads.finish(dead), Err(NotTaken::Overtaken));
        assert_eq!(uploads.finish(turn).unwrap(), b"house");
    }

    #[test]
    fn neither_a_bundle_nor_the_number_of_devices_takes_more_than_its_bound() {
        let uploads = Uploads::default();
        let turn = uploads.begin(device(0), ONE, 0).unwrap();
        uploads.append(turn, &vec![0; MAX_BUNDLE]).unwrap();
        assert_eq!(uploads.append(turn, &[0]), Err(NotTaken::TooLarge));
        assert_eq!(uploads.held(device(0), ONE), 0);
        for n in 0..=DEVICES as u128 {
            let turn = uploads.begin(device(n), ONE, 0).unwrap();
            uploads.append(turn, b"x").unwrap();
        }
        assert_eq!((uploads.held(device(0), ONE), uploads.held(device(1), ONE)), (0, 1), "the oldest is forgotten");
    }
}
