//! How an author finds a carrier in the same network: DNS service discovery over multicast (RFC 6762, RFC 6763).
//!
//! What is told is a hint and nothing more: a name, an address and the first half of a key. Who it really is, credentials
//! and digits say. Of the study only a hash is told, so that another study's carriers are left out of the list.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use mdns_sd::{ServiceDaemon, ServiceEvent, ServiceInfo};
use tsela_core::{ids::StudyId, seal::hex};
use tsela_sync::road::pin::Spki;

use crate::{address::CarrierAddress, listener::local_addresses};

const SERVICE: &str = "_tsela._tcp.local.";
/// Most carriers that are listed.
const MOST: usize = 50;
/// Longest name that is shown, characters.
const LONGEST: usize = 60;

/// A carrier that tells the local network of itself, until it is dropped.
pub(crate) struct Announcement {
    daemon: ServiceDaemon,
    name: String,
}

impl Announcement {
    /// Begins; `None` where the network does not take it: the address can be typed all the same.
    pub fn begin(study: StudyId, name: &str, address: SocketAddr, spki: Spki) -> Option<Self> {
        if address.ip().is_loopback() {
            return None;
        }
        match announce(study, name, address, spki) {
            Ok(announcement) => Some(announcement),
            Err(error) => {
                tracing::warn!(%error, "the local network is not told of this carrier");
                None
            }
        }
    }
}

fn announce(study: StudyId, name: &str, address: SocketAddr, spki: Spki) -> Result<Announcement, mdns_sd::Error> {
    let daemon = ServiceDaemon::new()?;
    let addresses = if address.ip().is_unspecified() { local_addresses() } else { vec![address.ip()] };
    let key = hex::encode(&spki.0);
    let properties = [("study", study_hint(study)), ("key", key), ("name", shortened(name))];
    // The host's name is of the key: two laptops called "driver" must not answer for each other.
    let host = format!("tsela-{}.local.", &hex::encode(&spki.0).get(..16).unwrap_or_default());
    let service =
        ServiceInfo::new(SERVICE, &instance(spki), &host, addresses.as_slice(), address.port(), properties.as_slice())?;
    let name = service.get_fullname().to_owned();
    daemon.register(service)?;
    Ok(Announcement { daemon, name })
}

impl Drop for Announcement {
    fn drop(&mut self) {
        if let Ok(said) = self.daemon.unregister(&self.name) {
            let _ = said.recv_timeout(Duration::from_millis(500));
        }
        let _ = self.daemon.shutdown();
    }
}

/// A carrier that was heard of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nearby {
    /// What it calls itself.
    pub name: String,
    /// Where it is.
    pub address: CarrierAddress,
}

/// Listens for carriers of a study, by name. Blocks for that long.
///
/// # Errors
/// What the network said.
pub fn look(study: StudyId, time: Duration) -> Result<Vec<Nearby>, mdns_sd::Error> {
    let daemon = ServiceDaemon::new()?;
    let events = daemon.browse(SERVICE)?;
    let until = Instant::now() + time;
    let mut found: Vec<Nearby> = Vec::new();
    while let Ok(event) = events.recv_timeout(until.saturating_duration_since(Instant::now())) {
        let ServiceEvent::ServiceResolved(service) = event else { continue };
        let property = |key: &str| service.get_property_val_str(key).unwrap_or_default().to_owned();
        if property("study") != study_hint(study) || found.len() >= MOST {
            continue;
        }
        let pin = hex::decode(&property("key")).map(Spki);
        let mut ips: Vec<_> = service.get_addresses().iter().map(mdns_sd::ScopedIp::to_ip_addr).collect();
        ips.sort_by_key(|ip| (ip.is_ipv6(), *ip));
        let Some(ip) = ips.first() else { continue };
        let address = CarrierAddress { host: SocketAddr::new(*ip, service.get_port()).to_string(), pin };
        found.retain(|known| known.address != address);
        found.push(Nearby { name: shortened(&property("name")), address });
    }
    let _ = daemon.shutdown();
    found.sort_by(|a, b| (&a.name, &a.address.host).cmp(&(&b.name, &b.address.host)));
    Ok(found)
}

fn instance(spki: Spki) -> String {
    format!("tsela-{}", hex::encode(&spki.0).get(..16).unwrap_or_default())
}

/// Eight bytes of a hash: enough to leave out other studies, too little to name this one.
fn study_hint(study: StudyId) -> String {
    let hash = blake3::derive_key("tsela/nearby-study/1", study.0.as_bytes());
    hex::encode(hash.get(..8).unwrap_or_default())
}

/// What stands in a list is somebody else's text: no control characters, no line of a thousand letters.
fn shortened(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}
