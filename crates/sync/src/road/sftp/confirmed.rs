//! Opening an SFTP road with the key that a person has confirmed, now or earlier.

use tsela_store::{Store, StoreError, host_keys};

use super::{HostKey, Login, SftpAddress, SftpRoad};
use crate::road::files::FilesError;

/// A road that is open, and whether its key is to be remembered.
#[derive(Debug)]
pub struct Confirmed {
    /// The road.
    pub road: SftpRoad,
    /// The server with the key that it was now confirmed to have, if the store knows another or none.
    pub news: Option<(String, HostKey)>,
}

/// Opens a road. The key that a person names now counts more than one that was confirmed earlier.
///
/// # Errors
/// The road's, and the store's.
pub fn open(
    store: &Store,
    address: SftpAddress,
    login: Login,
    named: Option<HostKey>,
) -> Result<Confirmed, FilesError> {
    let server = address.server();
    let kept: Option<HostKey> = match store.read(|conn| host_keys::get(conn, &server))? {
        Some(kept) => Some(kept.parse::<HostKey>()?),
        None => None,
    };
    let road = SftpRoad::open(address, login, named.or(kept))?;
    let news = named.filter(|named| kept != Some(*named)).map(|named| (server, named));
    Ok(Confirmed { road, news })
}

/// Remembers the key of a server that was reached with it.
///
/// # Errors
/// The store's.
pub fn remember(store: &Store, server: &str, key: HostKey) -> Result<(), StoreError> {
    store.write(|conn| host_keys::put(conn, server, &key.to_string()))
}
