//! A package as a person writes it: several JSON files, each with some of the package's keys.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Flaw, StudyPackage, validate::in_file};

/// Why files are not a study package. Each names the file, the key and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackageError {
    /// A file that is not a JSON object.
    #[error("{file}: not a JSON object: {why}")]
    Unreadable {
        /// The file.
        file: String,
        /// What the reader says.
        why: String,
    },
    /// A key in two files.
    #[error("{file}: {key} is in {other} too; remove one of them")]
    Twice {
        /// The file.
        file: String,
        /// The other file.
        other: String,
        /// The key.
        key: String,
    },
    /// A key in none of the files.
    #[error("{key} is in none of the files; add it")]
    Missing {
        /// The key.
        key: String,
    },
    /// A key with a value of another form.
    #[error("{file}: {key}: {why}")]
    Form {
        /// The file.
        file: String,
        /// The key.
        key: String,
        /// What is wrong.
        why: String,
    },
    /// Values that do not fit together.
    #[error("{}", listed(.0))]
    Flawed(Vec<(String, Flaw)>),
}

fn listed(flaws: &[(String, Flaw)]) -> String {
    flaws.iter().map(|(file, flaw)| format!("{file}: {flaw}")).collect::<Vec<_>>().join("\n")
}

struct Parts {
    values: Map<String, Value>,
    files: BTreeMap<String, String>,
}

impl Parts {
    fn read(files: &[(&str, &str)]) -> Result<Self, PackageError> {
        let mut parts = Self { values: Map::new(), files: BTreeMap::new() };
        for (file, text) in files {
            let file = (*file).to_owned();
            let read: Map<String, Value> = serde_json::from_str(text)
                .map_err(|why| PackageError::Unreadable { file: file.clone(), why: why.to_string() })?;
            for (key, value) in read {
                if let Some(other) = parts.files.insert(key.clone(), file.clone()) {
                    return Err(PackageError::Twice { file, other, key });
                }
                parts.values.insert(key, value);
            }
        }
        Ok(parts)
    }

    fn need<T: DeserializeOwned>(&mut self, key: &str) -> Result<T, PackageError> {
        self.take(key)?.ok_or_else(|| PackageError::Missing { key: key.to_owned() })
    }

    fn or_default<T: DeserializeOwned + Default>(&mut self, key: &str) -> Result<T, PackageError> {
        Ok(self.take(key)?.unwrap_or_default())
    }

    fn take<T: DeserializeOwned>(&mut self, key: &str) -> Result<Option<T>, PackageError> {
        let Some(value) = self.values.remove(key) else { return Ok(None) };
        let file = self.files.get(key).cloned().unwrap_or_default();
        let form = |why: serde_json::Error| PackageError::Form { file, key: key.to_owned(), why: why.to_string() };
        serde_json::from_value(value).map(Some).map_err(form)
    }
}

impl StudyPackage {
    /// Puts a package together from named JSON texts, and checks it. Keys that are not known are left out.
    ///
    /// # Errors
    /// [`PackageError`], which names file and key.
    pub fn from_parts(files: &[(&str, &str)]) -> Result<Self, PackageError> {
        let mut parts = Parts::read(files)?;
        let package = Self {
            version: parts.need("version")?,
            study: parts.need("study")?,
            name: parts.need("name")?,
            protocol: parts.need("protocol")?,
            country: parts.need("country")?,
            utc_offset_minutes: parts.need("utc_offset_minutes")?,
            languages: parts.need("languages")?,
            sites: parts.need("sites")?,
            communities: parts.need("communities")?,
            panels: parts.need("panels")?,
            code_lists: parts.need("code_lists")?,
            limits: parts.need("limits")?,
            formats: parts.need("formats")?,
            roles: parts.need("roles")?,
            users: parts.or_default("users")?,
            sync: parts.or_default("sync")?,
            lock: parts.or_default("lock")?,
            enrolment: parts.or_default("enrolment")?,
            label_templates: parts.or_default("label_templates")?,
            field_labels: parts.or_default("field_labels")?,
            devices: parts.or_default("devices")?,
            revocations: parts.or_default("revocations")?,
        };
        let flaws = package.flaws();
        if flaws.is_empty() {
            return Ok(package);
        }
        Err(PackageError::Flawed(flaws.into_iter().map(|flaw| (in_file(&parts.files, &flaw), flaw)).collect()))
    }
}

/// Returns the files of the demonstration study.
pub fn demonstration_parts() -> &'static [(&'static str, &'static str)] {
    &[
        ("study.json", include_str!("../../../../demo/study/study.json")),
        ("communities.json", include_str!("../../../../demo/study/communities.json")),
        ("panels.json", include_str!("../../../../demo/study/panels.json")),
        ("code_lists.json", include_str!("../../../../demo/study/code_lists.json")),
        ("limits.json", include_str!("../../../../demo/study/limits.json")),
        ("formats.json", include_str!("../../../../demo/study/formats.json")),
        ("labels.json", include_str!("../../../../demo/study/labels.json")),
        ("policies.json", include_str!("../../../../demo/study/policies.json")),
    ]
}

/// Returns the demonstration study, which a server is set up with unless it is given another.
///
/// # Errors
/// Never in a build whose tests pass.
pub fn demonstration() -> Result<StudyPackage, PackageError> {
    StudyPackage::from_parts(demonstration_parts())
}
