//! What must hold: after every step what is cheap to ask, and all of it when everything has been sent.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::types::ValueRef;
use tsela_core::{
    fold::RecordState,
    ids::{RecordId, StreamCode},
    manifest::TubeState,
};
use tsela_store::{Connection, acks, custody, outgoing, records, streams, verify};

use super::{clinic::Clinic, dice::Dice, peer::Peer, push::life_known};

/// Typed into whatever is typed of a participant.
pub const CANARY: &str = "QUELEA";

/// Says that nothing of a participant can be read here.
pub fn assert_no_canary(what: &str, bytes: &[u8]) {
    let found = bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes());
    assert!(!found, "{what} holds {CANARY}");
}

/// What must hold after every step.
pub fn after_step(peers: &[Peer], clinic: &Clinic) {
    for peer in peers {
        received_is_durable(peer, clinic);
        pending_wakes_up(peer);
    }
}

/// What a laptop takes for received is in the server's store, to the last byte.
fn received_is_durable(peer: &Peer, clinic: &Clinic) {
    if life_known(peer) != Some(clinic.server().life().id) {
        return;
    }
    let study = peer.opened().identity.study;
    for (stream, through) in peer.read(acks::confirmed) {
        if through == 0 {
            continue;
        }
        let here = peer.read(|conn| streams::hash_at(conn, study, &stream, through));
        let there = clinic.read(|conn| {
            let Some(stored) = streams::find(conn, stream.code)? else { return Ok(None) };
            if stored.head.seq < through { Ok(None) } else { streams::hash_at(conn, study, &stored, through) }
        });
        let name = &peer.name;
        assert!(here.is_some(), "{name} takes {} of stream {} for received and has less", through, stream.code);
        assert_eq!(here, there, "{name} takes {} of stream {} for received", through, stream.code);
    }
}

/// Whatever is unsent, somebody will wake up for it.
fn pending_wakes_up(peer: &Peer) {
    let unsent = peer.read(outgoing::is_anything_unsent);
    assert!(peer.machine.is_awake(), "{} sleeps for ever: {:?}", peer.name, peer.machine);
    if unsent {
        let wake = peer.machine.next_try().expect("a wake-up is scheduled while something is unsent");
        let wait = wake.saturating_sub(peer.millis());
        assert!(wait <= 3_600_000, "{} waits {wait} ms with something unsent", peer.name);
    }
}

/// Says who has something that should be at the server, and what.
pub fn still_to_be_sent(peers: &[Peer], clinic: &Clinic) -> Vec<String> {
    let mut found = Vec::new();
    for peer in peers {
        if peer.read(outgoing::is_anything_unsent) {
            let own = peer.read(acks::own_streams).into_iter();
            let own: Vec<String> =
                own.map(|(own, acked)| format!("{} {acked} of {}", own.code, own.head.seq)).collect();
            found.push(format!("{} has sent {own:?}", peer.name));
        }
        found.extend(carried_still(peer, peers, clinic));
    }
    found
}

/// What a laptop carries that could be delivered. What follows on an entry that nobody has any more cannot be: the server that
/// had it was restored to before it, and so was the laptop that wrote it.
fn carried_still(peer: &Peer, peers: &[Peer], clinic: &Clinic) -> Vec<String> {
    let bodies: Vec<Vec<u8>> = peer.read(|conn| {
        let sql = "SELECT body FROM carried WHERE delivered_at IS NULL AND refused IS NULL ORDER BY n";
        let mut statement = conn.prepare(sql)?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    });
    let own = |peer: &Peer, code| peer.read(|conn| streams::find(conn, code)).map_or(0, |stream| stream.head.seq);
    let still = |body: &Vec<u8>| match clinic.lacks(body) {
        None => Some(format!("{} carries what could be delivered", peer.name)),
        Some((code, seq)) => {
            let has = peers.iter().find(|peer| own(peer, code) >= seq)?;
            Some(format!("{} carries what follows on {code} {seq}, which {} has", peer.name, has.name))
        }
    };
    bodies.iter().filter_map(still).collect()
}

/// What must hold when everything has been sent. Returns how many records there are.
pub fn at_the_end(peers: &[Peer], clinic: &Clinic, dice: &mut Dice) -> usize {
    after_step(peers, clinic);
    assert_eq!(still_to_be_sent(peers, clinic), Vec::<String>::new());
    let model = clinic.model.records(dice);
    entries_are_the_models(clinic);
    let server = clinic.read(all_records);
    assert_eq!(keys(&server), keys(&model), "records on the server, and in the model");
    for (id, state) in &server {
        assert_eq!(text(state), text(&model[id]), "{} {id} on the server, and in the model", state.model);
    }
    clinic.read(|conn| verify::verify(conn).map(|report| assert!(report.clean, "the server: {report:?}")));
    for peer in peers {
        let name = &peer.name;
        let doubled = peers.iter().filter(|other| other.device == peer.device).count() > 1;
        peer.read(|conn| verify::verify(conn).map(|report| assert!(report.clean, "{name}: {report:?}")));
        for (id, state) in peer.read(all_records) {
            let there = model.get(&id).unwrap_or_else(|| panic!("{name}: {} {id} is not on the server", state.model));
            // A laptop that has said things again has them under two numbers, and of its forked stream another history.
            if peer.forked {
                continue;
            }
            if doubled {
                // One of two laptops of a device may have been told what the other has not: nothing is there that is not known.
                let mut both = there.clone();
                both.merge(&state);
                assert_eq!(text(&both), text(there), "{name}: {} {id}, and in the model", state.model);
            } else {
                assert_eq!(text(&state), text(there), "{name}: {} {id}, and in the model", state.model);
            }
        }
        if !peer.forked && !doubled {
            tubes_are_where_the_server_says(peer, clinic);
        }
        if peer.carries {
            carrier_knows_nothing(peer);
        }
    }
    hand_overs_come_out_even(clinic);
    model.len()
}

fn entries_are_the_models(clinic: &Clinic) {
    let apart: BTreeSet<(StreamCode, u64, Vec<u8>)> = clinic.read(|conn| {
        let sql = "SELECT stream.code, quarantine.seq, quarantine.bytes FROM quarantine
                   JOIN stream ON stream.id = quarantine.stream";
        let mut statement = conn.prepare(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(rows
            .map(|row| row.map(|(code, seq, bytes)| (code.parse().expect("a code"), seq, bytes)))
            .collect::<rusqlite::Result<_>>()?)
    });
    assert!(
        apart == clinic.model.apart,
        "what contradicts is quarantined: {} kept, {} said",
        apart.len(),
        clinic.model.apart.len()
    );
    for (code, stream) in &clinic.model.streams {
        let stored: Vec<Vec<u8>> = clinic.read(|conn| {
            let sql = "SELECT bytes FROM entry JOIN stream ON stream.id = entry.id >> 40 WHERE stream.code = ?1 ORDER BY entry.id";
            let mut statement = conn.prepare(sql)?;
            let rows = statement.query_map([code.as_str()], |row| row.get(0))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        });
        assert!(stored == stream.entries, "the entries of stream {code} are those that came first");
    }
}

fn hand_overs_come_out_even(clinic: &Clinic) {
    for (record, closing) in clinic.read(custody::transfers) {
        if closing.giver || closing.taker {
            let tally = closing.tally;
            assert!(tally.is_balanced(), "hand-over {} was signed: {tally:?}", record.state.id);
            assert_eq!(tally.expected, tally.matched + tally.missing + tally.rejected + tally.held_back);
        }
    }
}

/// Every laptop says of its tubes what the server says.
fn tubes_are_where_the_server_says(peer: &Peer, clinic: &Clinic) {
    let (here, there) = (peer.read(tubes), clinic.read(tubes));
    for (code, state) in here {
        assert_eq!(Some(&state), there.get(&code), "{}: where tube {code} is", peer.name);
    }
}

fn tubes(conn: &Connection) -> tsela_store::Result<BTreeMap<String, TubeState>> {
    let mut places = BTreeMap::new();
    for (_, state) in all_records(conn)? {
        if let ("specimen", Some(code)) = (state.model.as_str(), state.text("specimen_identifier")) {
            places.insert(code.to_owned(), custody::of_specimen(conn, &state)?.state);
        }
    }
    Ok(places)
}

/// Nothing that a driver's laptop holds, its store opened with its key, says anything of a participant.
fn carrier_knows_nothing(peer: &Peer) {
    peer.read(|conn| {
        let mut statement = conn.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")?;
        let names = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
        for name in names {
            let mut statement = conn.prepare(&format!("SELECT * FROM \"{name}\""))?;
            let columns = statement.column_count();
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                for column in 0..columns {
                    if let ValueRef::Text(bytes) | ValueRef::Blob(bytes) = row.get_ref(column)? {
                        assert_no_canary(&format!("{name} of {}", peer.name), bytes);
                    }
                }
            }
        }
        Ok(())
    });
}

fn all_records(conn: &Connection) -> tsela_store::Result<BTreeMap<RecordId, RecordState>> {
    let mut statement = conn.prepare("SELECT id FROM record ORDER BY id")?;
    let ids = statement.query_map([], |row| row.get::<_, [u8; 16]>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    let mut found = BTreeMap::new();
    for id in ids {
        let id = RecordId(uuid::Uuid::from_bytes(id));
        found.extend(records::state(conn, id)?.map(|state| (id, state)));
    }
    Ok(found)
}

fn keys(records: &BTreeMap<RecordId, RecordState>) -> BTreeSet<RecordId> {
    records.keys().copied().collect()
}

fn text(state: &RecordState) -> String {
    String::from_utf8(state.to_bytes()).expect("a record is text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "a stick holds QUELEA")]
    fn a_name_that_can_be_read_is_noticed() {
        assert_no_canary("a stick", b"TSHEPOQUELEA");
    }
}
