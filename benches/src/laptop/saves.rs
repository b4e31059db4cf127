//! A save against the least that SQLite can do for the same bytes: one insert into one table, `synchronous=FULL`, in a
//! file of its own beside the store, neither encrypted nor indexed. The two take turns, so that both meet the same disk.

use std::{path::Path, time::Instant};

use anyhow::{Result, ensure};
use rusqlite::{Connection, params};
use serde_json::{Value, json};
use tsela_cli::generator::{Generator, Options};
use tsela_store::{
    Store, StoreError,
    journal::{self, Author, SaveRequest, Warnings},
    lines::Names,
};
use tsela_sync::clock::{Clock as _, SystemClock};
use uuid::Uuid;

use super::{Laptop, percentile};

/// Saves before the first that counts: caches are warm and statements prepared, as on a laptop that was just used.
const WARM_UP: usize = 200;

/// Saves households and says how long it took.
pub(super) fn measure(laptop: &Laptop, dir: &Path, saves: usize) -> Result<Value> {
    let bare = bare(dir)?;
    let start = SystemClock::with_offset(0).now().plus_millis(-150 * 86_400_000);
    let lines = Generator::new(Options { seed: 1, start, hostile: false }).flatten().take(saves + WARM_UP);
    let author = Author {
        user: laptop.user,
        role: "research_assistant".to_owned(),
        app: "tsela/0.1.0".to_owned(),
        tz: "+02:00".to_owned(),
    };
    let (mut saved, mut inserted) = (Vec::new(), Vec::new());
    let mut names = Names::default();
    for line in lines {
        let entered = laptop.store.read(|conn| Ok(names.read(&line, conn, Uuid::now_v7)))??;
        let request = SaveRequest {
            save: entered.save,
            at: SystemClock::with_offset(0).now(),
            author: &author,
            changes: std::slice::from_ref(&entered.change),
            draft: None,
            packages: &laptop.packages,
            warnings: Warnings::Accept,
        };
        let began = Instant::now();
        journal::save(&laptop.store, &request)?;
        saved.push(began.elapsed().as_secs_f64() * 1e6);
        names.remember(&entered);
        let bytes = last_entry(&laptop.store)?;
        let began = Instant::now();
        bare.prepare_cached("INSERT INTO line (bytes) VALUES (?1)")?.execute(params![bytes])?;
        inserted.push(began.elapsed().as_secs_f64() * 1e6);
    }
    Ok(json!({ "save": quantiles(saved), "bare": quantiles(inserted) }))
}

fn bare(dir: &Path) -> Result<Connection> {
    let conn = Connection::open(dir.join("bare.db"))?;
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE line (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;",
    )?;
    let mode: String = conn.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
    ensure!(mode == "wal", "the bare database runs with journal {mode}");
    Ok(conn)
}

fn last_entry(store: &Store) -> Result<Vec<u8>, StoreError> {
    store.read(|conn| {
        let sql = "SELECT bytes FROM entry ORDER BY id DESC LIMIT 1";
        Ok(conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    })
}

fn quantiles(mut micros: Vec<f64>) -> Value {
    micros.drain(..WARM_UP.min(micros.len()));
    micros.sort_unstable_by(f64::total_cmp);
    json!({ "p50": percentile(&micros, 50), "p99": percentile(&micros, 99), "max": micros.last() })
}
