//! Whom a laptop trusts without a network: what the study's server has signed, as far as it has come here.

use tsela_core::{
    api::ErrorBody,
    credential::Credential,
    meeting::{self, MeetingError, Side},
    trust::{RevocationList, Signed},
};
use tsela_store::{StoreError, identity as identity_row};
use tsela_sync::engine::EngineConfig;

/// Checks what the other side shows.
pub(crate) fn check(config: &EngineConfig, shown: &Signed<Credential>, side: Side) -> Result<Credential, MeetingError> {
    meeting::check_credential(shown, side, &config.remote.keys, &revoked(config), config.clock.now())
}

/// Returns the devices that were revoked, as the newest study package here says. A list that the server has not signed
/// counts for nothing.
fn revoked(config: &EngineConfig) -> RevocationList {
    let mut all = RevocationList { study: config.identity.study, version: 0, revocations: Vec::new() };
    let packages = config.packages.read().map_or_else(|lock| lock.into_inner().clone(), |packages| packages.clone());
    let Ok(newest) = packages.newest() else { return all };
    let signer = &config.remote.keys.verify_key;
    for list in &newest.package().revocations {
        let signed = serde_json::from_value::<Signed<RevocationList>>(list.clone());
        let list = signed.ok().and_then(|signed| RevocationList::check(&signed, signer, all.study, 0).ok());
        all.revocations.extend(list.into_iter().flat_map(|list| list.revocations));
    }
    all
}

/// Returns this laptop's newest credential.
pub(crate) fn own(config: &EngineConfig) -> Result<Signed<Credential>, StoreError> {
    let row = config.store.read(identity_row::get)?;
    let newest = row.and_then(|row| serde_json::from_str(&row.credential).ok());
    Ok(newest.unwrap_or_else(|| config.identity.credential.clone()))
}

/// A refusal in words.
pub(crate) fn refusal(code: &str, title: &str, detail: impl ToString) -> ErrorBody {
    ErrorBody { code: code.to_owned(), title: title.to_owned(), detail: detail.to_string() }
}
