//! `tsela history`: the audit trail of one record.

use std::collections::BTreeMap;

use clap::Args;
use serde_json::{Value, json};
use tsela_core::{
    api::SignedPackage,
    ids::{DeviceId, RecordId, UserId},
    package::StudyPackage,
};
use tsela_store::{
    Connection,
    history::{self, Line},
    identity, package_archive,
    records::{self, Filter},
    server::{accounts, devices},
};

use crate::{
    args::Dir,
    exit::{DATA, Exit},
    output::{Out, plain},
    place::{Reading, Role},
};

/// Arguments.
#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// The record's id or key, as `tsela list` prints them.
    #[arg(value_name = "ID|KEY")]
    record: String,
    #[command(flatten)]
    dir: Dir,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Prints one line for each entry of a record, in the order of their authors' clocks.
///
/// # Errors
/// Exit code 65 if there is no such record.
pub fn run(args: &HistoryArgs) -> anyhow::Result<()> {
    let reading = Reading::open(&args.dir)?;
    let mut out = Out::new();
    reading.read(|conn| {
        let id = find(conn, &args.record)?;
        let names = Names::read(conn, reading.role)?;
        for line in history::of(conn, id)? {
            if args.json { out.json(&names.json(&line))? } else { names.print(&mut out, &line)? }
        }
        out.flush()
    })
}

/// Finds a record by its id, its key, or its key as `list` shows it.
pub(super) fn find(conn: &Connection, named: &str) -> anyhow::Result<RecordId> {
    let typed = named.trim();
    for form in [typed.to_owned(), typed.to_uppercase()] {
        if let Some(id) = records::find(conn, &form)? {
            return Ok(id);
        }
    }
    let mut filter = Filter { with_void: true, limit: 1_000, ..Filter::default() };
    loop {
        let (_, page) = records::list(conn, &filter)?;
        if let Some(found) = page.iter().find(|record| record.key == typed) {
            return Ok(found.state.id);
        }
        if page.len() < filter.limit {
            return Err(Exit::new(DATA, format!("there is no record with the id or key {typed:?} here")).into());
        }
        filter.offset += filter.limit;
    }
}

/// Names of people and devices, as far as this store knows them.
#[derive(Debug, Default)]
struct Names {
    people: BTreeMap<UserId, String>,
    devices: BTreeMap<DeviceId, String>,
}

impl Names {
    fn read(conn: &Connection, role: Role) -> anyhow::Result<Self> {
        match role {
            Role::Server => Self::of_server(conn),
            Role::Laptop => Self::of_laptop(conn),
        }
    }

    fn of_server(conn: &Connection) -> anyhow::Result<Self> {
        let people = accounts::list(conn)?.into_iter().map(|account| (account.id, account.name));
        let devices = devices::list(conn)?.into_iter().map(|device| (device.id, device.name));
        Ok(Self { people: people.collect(), devices: devices.collect() })
    }

    /// A laptop knows the people and devices of its study package. One that cannot be read costs names only.
    fn of_laptop(conn: &Connection) -> anyhow::Result<Self> {
        let mut names = Self::default();
        if let Some(own) = identity::get(conn)? {
            names.devices.insert(own.device, own.name);
        }
        for (_, signed) in package_archive::all(conn)? {
            if let Some(package) = package(&signed) {
                names.people.extend(package.users.into_iter().map(|user| (user.id, user.name)));
                names.devices.extend(package.devices.into_iter().map(|device| (device.id, device.name)));
            }
        }
        Ok(names)
    }

    fn json(&self, line: &Line) -> Value {
        let Line { dot, device, entry, received } = line;
        json!({
            "stream": dot.stream,
            "seq": dot.seq,
            "op": entry.op,
            "model": entry.model,
            "record": entry.record,
            "at": entry.at,
            "tz": entry.tz,
            "user": entry.user,
            "user_name": self.people.get(&entry.user),
            "device": device,
            "device_name": self.devices.get(device),
            "app": entry.app,
            "package": entry.package,
            "save": entry.save,
            "set": entry.set,
            "was": entry.was,
            "seen": entry.seen,
            "settles": entry.settles,
            "reason": entry.reason,
            "source": entry.source,
            "received": received,
        })
    }

    fn print(&self, out: &mut Out, line: &Line) -> anyhow::Result<()> {
        let entry = &line.entry;
        let person = self.people.get(&entry.user).cloned().unwrap_or_else(|| entry.user.to_string());
        let device = self.devices.get(&line.device).cloned().unwrap_or_else(|| line.device.to_string());
        let reason = entry.reason.as_deref().map(|reason| format!(", because: {reason}")).unwrap_or_default();
        let op = json!(entry.op);
        let op = op.as_str().unwrap_or_default();
        out.line(&plain(&format!("{} {} {op} by {person} on {device}{reason}", line.dot, entry.at)))?;
        for (field, value) in &entry.set {
            let change = match entry.was.get(field) {
                Some(was) => format!("    {field}: {was} → {value}"),
                None => format!("    {field}: {value}"),
            };
            out.line(&plain(&change))?;
        }
        Ok(())
    }
}

fn package(signed: &str) -> Option<StudyPackage> {
    let signed: SignedPackage = serde_json::from_str(signed).ok()?;
    serde_json::from_value(signed.read_unverified().ok()?.0).ok()
}
