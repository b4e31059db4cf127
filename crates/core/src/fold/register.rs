//! One field of a record: its surviving writes, and what all its writes together had seen.
//!
//! In normal form only what the surviving writes do not themselves say is kept: `context` and `settled` are empty for
//! a field that was written once, or by people who had seen each other's work.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Stamp, raise, writes::Writes};
use crate::{
    entry::{Seen, Value},
    ids::Dot,
};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Register {
    #[serde(rename = "w")]
    writes: Writes,
    #[serde(rename = "c", default, skip_serializing_if = "BTreeMap::is_empty")]
    context: Seen,
    #[serde(rename = "s", default, skip_serializing_if = "BTreeSet::is_empty")]
    settled: BTreeSet<Dot>,
}

/// Says whether the author of the write at `later` had seen `earlier` without naming it.
pub(super) fn saw(later: Dot, stamp: &Stamp, earlier: Dot) -> bool {
    if stamp.resolve {
        return false;
    }
    (earlier.stream == later.stream && earlier.seq < later.seq)
        || stamp.seen.get(&earlier.stream).is_some_and(|&seq| earlier.seq <= seq)
}

impl Register {
    /// A single write, with the dots it settles by name.
    pub fn of(dot: Dot, value: Value, settled: BTreeSet<Dot>) -> Self {
        Self { writes: Writes::of(dot, value), context: Seen::new(), settled }
    }

    pub fn values(&self) -> impl Iterator<Item = (&Dot, &Value)> {
        self.writes.iter()
    }

    pub fn len(&self) -> usize {
        self.writes.len()
    }

    /// Joins another register of the same field. `stamps` knows the surviving writes of both.
    pub fn join(&mut self, other: &Self, stamps: &BTreeMap<Dot, Stamp>) {
        self.unfold(stamps);
        let mut other = other.clone();
        other.unfold(stamps);
        self.settled.append(&mut other.settled);
        for (stream, seq) in other.context {
            raise(&mut self.context, stream, seq);
        }
        self.writes.append(other.writes);
        let (context, settled) = (&self.context, &self.settled);
        self.writes.retain(|dot| !covers(context, dot) && !settled.contains(&dot));
        self.normalise(stamps);
    }

    /// Puts what the surviving writes had seen into the context.
    fn unfold(&mut self, stamps: &BTreeMap<Dot, Stamp>) {
        for (dot, stamp) in self.writes.dots().filter_map(|dot| Some((dot, stamps.get(dot)?))) {
            if stamp.resolve {
                continue;
            }
            raise(&mut self.context, dot.stream, dot.seq - 1);
            for (&stream, &seq) in &stamp.seen {
                raise(&mut self.context, stream, seq);
            }
        }
    }

    /// Leaves out of context and settled dots what can be told from the rest.
    fn normalise(&mut self, stamps: &BTreeMap<Dot, Stamp>) {
        let context = &self.context;
        self.settled.retain(|dot| !covers(context, *dot));
        let alive: Vec<(Dot, &Stamp)> = self.writes.dots().filter_map(|dot| Some((*dot, stamps.get(dot)?))).collect();
        self.context.retain(|&stream, &mut seq| {
            let last = Dot { stream, seq };
            seq > 0 && !alive.iter().any(|(dot, stamp)| saw(*dot, stamp, last))
        });
    }
}

fn covers(context: &Seen, dot: Dot) -> bool {
    context.get(&dot.stream).is_some_and(|&seq| dot.seq <= seq)
}
