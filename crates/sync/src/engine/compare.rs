//! Proving that laptop and server hold the same, model by model.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use tsela_core::{digest::DigestLine, ids::StreamCode, seal::hex, time::Timestamp};
use tsela_store::{digest, streams};

use super::shared::{Shared, blocking};
use crate::road::{NetworkError, RoadError};

/// A comparison of laptop and server, model by model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// Whether both hold the same.
    pub equal: bool,
    /// When the server answered, by its clock.
    pub at: Timestamp,
    /// The streams compared: this laptop's own.
    pub streams: Vec<StreamCode>,
    /// One row a model, and last `total`.
    pub rows: Vec<ComparisonRow>,
}

/// One model's digests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparisonRow {
    /// Model, or `total`.
    pub model: String,
    /// Records here.
    pub here_count: u64,
    /// Hash here, hexadecimal; empty if there are none.
    pub here_hash: String,
    /// Records there.
    pub there_count: u64,
    /// Hash there, hexadecimal; empty if there are none.
    pub there_hash: String,
}

/// Compares this laptop's own streams with what the server holds of them.
pub(super) async fn with_server(shared: &Arc<Shared>) -> Result<Comparison, RoadError> {
    let streams = blocking(shared, |shared| {
        let own = shared.store.read(streams::own)?;
        Ok(own.into_iter().map(|stream| stream.code).collect::<Vec<_>>())
    })
    .await?;
    let there = match shared.road().digest(&streams).await {
        // A connection kept from before may be dead and not known to be: a person who asks once is told of the server.
        Err(RoadError::Network { kind: NetworkError::Cut, .. }) => shared.road().digest(&streams).await?,
        asked => asked?,
    };
    let compared = streams.clone();
    let here = blocking(shared, move |shared| Ok(shared.store.read(|conn| digest::of(conn, Some(&compared)))?)).await?;
    let mut rows = Rows::default();
    here.models.iter().for_each(|(model, line)| rows.here(model, *line));
    there.models.iter().for_each(|(model, row)| rows.there(model, row.count, &row.hash));
    let mut total = Rows::default();
    total.here(TOTAL, here.total);
    total.there(TOTAL, there.total.count, &there.total.hash);
    let rows: Vec<ComparisonRow> = rows.0.into_values().chain(total.0.into_values()).collect();
    let equal = rows.iter().all(|row| (row.here_count, &row.here_hash) == (row.there_count, &row.there_hash));
    Ok(Comparison { equal, at: there.at, streams, rows })
}

const TOTAL: &str = "total";

#[derive(Default)]
struct Rows(BTreeMap<String, ComparisonRow>);

impl Rows {
    fn here(&mut self, model: &str, line: DigestLine) {
        let row = self.row(model);
        (row.here_count, row.here_hash) = (line.count, line.hex());
    }

    fn there(&mut self, model: &str, count: u64, hash: &[u8]) {
        let row = self.row(model);
        (row.there_count, row.there_hash) = (count, hex::encode(hash));
    }

    fn row(&mut self, model: &str) -> &mut ComparisonRow {
        let new = || ComparisonRow { model: model.to_owned(), ..ComparisonRow::default() };
        self.0.entry(model.to_owned()).or_insert_with(new)
    }
}
