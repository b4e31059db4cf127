//! A package made ready for judging: patterns compiled, codes indexed. Done once per package, used for every record.

use std::collections::{HashMap, HashSet};

use regex_lite::Regex;

use super::{Flaw, GenderDigit, IdentityFormat, PanelDefinition, StudyPackage};
use crate::model::Choices;

/// A package made ready for judging records.
#[derive(Debug)]
pub struct CompiledPackage {
    package: StudyPackage,
    lists: HashMap<String, HashSet<String>>,
    communities: HashSet<String>,
    languages: HashSet<String>,
    panels: HashMap<String, usize>,
    identities: HashMap<String, Regex>,
    phones: Vec<Regex>,
}

impl CompiledPackage {
    /// Checks a package and makes it ready.
    ///
    /// # Errors
    /// All flaws found, each with the key at which it is.
    pub fn new(package: StudyPackage) -> Result<Self, Vec<Flaw>> {
        let flaws = package.flaws();
        if !flaws.is_empty() {
            return Err(flaws);
        }
        let formats = package.formats.get(&package.country).cloned().unwrap_or_default();
        let identities = formats.identities.iter().map(|(kind, format)| (kind.clone(), &format.pattern));
        let listed = package.code_lists.iter();
        Ok(Self {
            lists: listed.map(|(name, codes)| (name.clone(), codes.iter().map(|c| c.code.clone()).collect())).collect(),
            communities: package.communities.iter().map(|community| community.name.clone()).collect(),
            languages: package.languages.iter().map(|language| language.code.clone()).collect(),
            panels: package.panels.iter().enumerate().map(|(i, panel)| (panel.code.clone(), i)).collect(),
            identities: identities.filter_map(|(kind, pattern)| Some((kind, whole(pattern).ok()?))).collect(),
            phones: formats.phones.iter().filter_map(|phone| whole(&phone.pattern).ok()).collect(),
            package,
        })
    }

    /// Returns the package.
    pub fn package(&self) -> &StudyPackage {
        &self.package
    }

    /// Says whether a choice has that code.
    pub fn has_choice(&self, choices: Choices, code: &str) -> bool {
        match choices {
            Choices::Fixed(codes) => codes.contains(&code),
            Choices::List(list) => self.lists.get(list).is_some_and(|codes| codes.contains(code)),
            Choices::Communities => self.communities.contains(code),
            Choices::Panels => self.panels.contains_key(code),
            Choices::Languages => self.languages.contains(code),
        }
    }

    /// Returns a panel.
    pub fn panel(&self, code: &str) -> Option<&PanelDefinition> {
        self.package.panels.get(*self.panels.get(code)?)
    }

    /// Says whether an identity number has the format of its type; a type without a format takes any.
    pub fn identity_fits(&self, identity_type: &str, identity: &str) -> bool {
        self.identities.get(identity_type).is_none_or(|pattern| pattern.is_match(identity))
    }

    /// Returns the format of a type of identity document.
    pub fn identity_format(&self, identity_type: &str) -> Option<&IdentityFormat> {
        self.package.formats.get(&self.package.country)?.identities.get(identity_type)
    }

    /// Says whether the digit that tells the gender tells another one.
    pub fn identity_contradicts_gender(&self, identity_type: &str, identity: &str, gender: &str) -> bool {
        let digit = self.identity_format(identity_type).and_then(|format| format.gender_digit.as_ref());
        digit.is_some_and(|GenderDigit { position, digits }| {
            let found = identity.chars().nth(usize::from(*position).saturating_sub(1));
            digits.get(gender).is_some_and(|expected| found.is_some_and(|found| found != *expected))
        })
    }

    /// Says whether a phone number has one of the country's formats; a country without formats takes any.
    pub fn phone_fits(&self, phone: &str) -> bool {
        self.phones.is_empty() || self.phones.iter().any(|pattern| pattern.is_match(phone))
    }

    /// Returns how phone numbers look, for people.
    pub fn phone_looks_like(&self) -> String {
        let formats = self.package.formats.get(&self.package.country);
        let phones = formats.map(|formats| formats.phones.as_slice()).unwrap_or_default();
        phones.iter().map(|phone| format!("{}: {}", phone.kind, phone.looks_like)).collect::<Vec<_>>().join("; ")
    }
}

/// Compiles a pattern that must fit the whole text.
pub(super) fn whole(pattern: &str) -> Result<Regex, regex_lite::Error> {
    Regex::new(&format!("^(?:{pattern})$"))
}
