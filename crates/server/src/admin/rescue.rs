//! Administrators' codes: letting a person back in on a laptop that may have no network.

use tsela_core::{ids::DeviceId, rescue::Request};
use tsela_store::server::{
    accounts::{self, fold_name},
    devices, rescue,
};

use super::By;
use crate::{
    error::{Refusal, Result},
    server::Server,
};

/// What a code is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rescue {
    /// End a lock-out: the person knows the passphrase.
    Unlock,
    /// Let the person choose a new passphrase, or work on this laptop for the first time.
    Admit,
}

impl Server {
    /// Answers a laptop's request with a code for one person. Asking again gives the same code.
    ///
    /// # Errors
    /// A [`Refusal`] if the request is mistyped or another laptop's, the laptop is unknown or revoked, the study has no
    /// such person, or there is no reason.
    pub fn rescue_code(
        &self,
        device: DeviceId,
        request: &str,
        what: Rescue,
        person: &str,
        reason: &str,
        by: &By,
    ) -> Result<String> {
        let reason: String = reason.trim().chars().filter(|c| !c.is_control()).take(500).collect();
        if reason.is_empty() {
            let detail = "Say why this person is let in; it stands in the audit trail.";
            return Err(Refusal::new(422, "invalid", "A reason is missing.", detail).into());
        }
        let request: Request = request.parse().map_err(|error: tsela_core::rescue::RescueError| {
            Refusal::new(422, "invalid", "This is not a laptop's request.", sentence(&error.to_string()))
        })?;
        if !request.is_from(device) {
            let detail = "It was made on another laptop than the one chosen: compare the laptop's name.";
            return Err(Refusal::new(422, "invalid", "This request is another laptop's.", detail).into());
        }
        let (user, secret) = self.read(|conn| {
            let known = devices::find(conn, device)?.ok_or_else(|| Refusal::not_found("There is no such device."))?;
            if known.revoked_at.is_some() {
                let detail = "Whoever has it now is not to be let in. Enrol another laptop for this person.";
                return Err(Refusal::new(422, "invalid", "This laptop was revoked.", detail).into());
            }
            let user = accounts::find_by_name(conn, person)?
                .ok_or_else(|| Refusal::not_found("The study has no person of this name: check the spelling."))?;
            let secret = rescue::find(conn, device)?
                .ok_or_else(|| Refusal::not_found("This server shares no secret with this laptop: enrol it anew."))?;
            Ok((user, secret))
        })?;
        let code = match what {
            Rescue::Unlock => secret.unlock_key().unlock(device, &request, user.id).to_string(),
            Rescue::Admit => secret.admit(device, &request, &fold_name(&user.name)).to_string(),
        };
        let what = if what == Rescue::Unlock { "unlock" } else { "admit" };
        tracing::warn!(%device, user = %user.id, what, "an administrator's code was given");
        let (device, user) = (device.to_string(), user.id.to_string());
        let fields =
            [("what", what.into()), ("device", device.into()), ("account", user.into()), ("reason", reason.into())];
        self.event(by, "rescue_code_given", &fields)?;
        Ok(code)
    }
}

/// Begins with a capital letter and ends with a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
