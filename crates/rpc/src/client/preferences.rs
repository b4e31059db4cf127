//! What the sign-in page shows before anyone has opened the store: language, appearance, the names of study and laptop.
//! Nothing of a participant is in it.

use serde::{Deserialize, Serialize};
use tsela_store::{Folder, StoreError, files};

/// What a person prefers to see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// `en` or `tn`.
    pub language: String,
    /// `light`, `dark` or `system`.
    pub theme: String,
    /// The study's name, as last known.
    pub study: String,
    /// The laptop's name.
    pub device: String,
}

impl Default for Preferences {
    fn default() -> Self {
        let (study, device) = (String::new(), String::new());
        Self { language: "en".to_owned(), theme: "system".to_owned(), study, device }
    }
}

impl Preferences {
    /// Reads them; what is missing or unreadable is as it is at first.
    pub fn load(folder: &Folder) -> Self {
        let text = std::fs::read(folder.path().join(FILE)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Writes them.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a language or theme that is not offered; otherwise what the disk said.
    pub fn store(&self, folder: &Folder) -> Result<(), StoreError> {
        let known = ["en", "tn"].contains(&self.language.as_str())
            && ["light", "dark", "system"].contains(&self.theme.as_str());
        if !known {
            return Err(StoreError::Invalid("this language or appearance is not offered".to_owned()));
        }
        folder.create()?;
        let bytes = serde_json::to_vec_pretty(self).expect("four texts");
        files::write_private(&folder.path().join(FILE), &bytes)
    }
}

const FILE: &str = "preferences.json";
