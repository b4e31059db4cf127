//! The surviving writes of a field: nearly always one, so a list and not a tree, which would take half a kilobyte for it.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
};

use crate::{entry::Value, ids::Dot};

/// Values by the entries that wrote them, sorted by entry, each entry once. Written as a map.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Writes(Vec<(Dot, Value)>);

impl Writes {
    pub fn of(dot: Dot, value: Value) -> Self {
        Self(vec![(dot, value)])
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Dot, &Value)> {
        self.0.iter().map(|(dot, value)| (dot, value))
    }

    pub fn dots(&self) -> impl Iterator<Item = &Dot> {
        self.0.iter().map(|(dot, _)| dot)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn insert(&mut self, dot: Dot, value: Value) {
        match self.0.binary_search_by_key(&dot, |(known, _)| *known) {
            Ok(at) => {
                if let Some((_, known)) = self.0.get_mut(at) {
                    *known = value;
                }
            }
            Err(at) => self.0.insert(at, (dot, value)),
        }
    }

    pub fn append(&mut self, other: Self) {
        other.0.into_iter().for_each(|(dot, value)| self.insert(dot, value));
    }

    pub fn retain(&mut self, keeps: impl Fn(Dot) -> bool) {
        self.0.retain(|(dot, _)| keeps(*dot));
    }
}

impl Serialize for Writes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Writes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Writes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("values by the entries that wrote them")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Writes, A::Error> {
                let mut writes = Writes::default();
                while let Some((dot, value)) = access.next_entry()? {
                    writes.insert(dot, value);
                }
                Ok(writes)
            }
        }

        deserializer.deserialize_map(Reader)
    }
}
