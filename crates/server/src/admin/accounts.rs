//! Accounts of people on the server.

use tsela_core::ids::UserId;
use tsela_store::{
    LockRules, StoreError,
    server::{
        accounts::{self, AccountRow},
        sessions,
    },
};

use super::By;
use crate::{
    entropy,
    error::{Refusal, Result},
    init::new_id,
    server::Server,
};

impl Server {
    /// Gives a person an account with this role and passphrase. An existing account of that name gets the passphrase and
    /// role anew, and is unlocked.
    ///
    /// # Errors
    /// A [`Refusal`] if the study has no such role; [`StoreError::WeakPassphrase`] if the passphrase breaks the policy.
    pub fn set_account(&self, name: &str, role: &str, passphrase: &str, by: &By) -> Result<UserId> {
        let now = self.now();
        let known_role = self.newest_package()?.package.roles.iter().any(|known| known.code == role);
        if !known_role {
            let detail = format!("{role:?} is not one of the study's roles.");
            return Err(Refusal::new(422, "invalid", "There is no such role.", detail).into());
        }
        let id = self.write(|tx| {
            let id = match accounts::find_by_name(tx, name)? {
                Some(known) => {
                    accounts::set_role(tx, known.id, role)?;
                    sessions::end_all(tx, Some(known.id))?;
                    known.id
                }
                None => {
                    let id = UserId(new_id(&mut entropy(), now));
                    accounts::add(tx, id, name, role, now)?;
                    id
                }
            };
            accounts::set_passphrase(tx, id, passphrase, self.inner().kdf, &mut entropy())?;
            self.publish(tx, now, "account changed")?;
            Ok(id)
        })?;
        self.event(by, "account_set", &[("account", id.to_string().into()), ("role", role.into())])?;
        Ok(id)
    }

    /// Lists all people that the server knows.
    ///
    /// # Errors
    /// What the disk said.
    pub fn accounts(&self) -> Result<Vec<AccountRow>> {
        self.read(|conn| Ok(accounts::list(conn)?))
    }

    /// Checks a passphrase and returns whose it is. Every attempt is an event.
    ///
    /// # Errors
    /// The same [`Refusal`] for an unknown name and for a wrong passphrase; [`StoreError::LockedOut`] after
    /// as many as the study package says.
    pub(crate) fn check_passphrase(&self, name: &str, passphrase: &str) -> Result<AccountRow> {
        let now = self.now();
        let Some(account) = self.read(|conn| Ok(accounts::find_by_name(conn, name)?))?.filter(|a| a.can_sign_in) else {
            self.spend_a_guess(passphrase);
            self.event(&By::operator(), "sign_in_failed", &[("why", "unknown_name".into())])?;
            return Err(wrong().into());
        };
        let rules = LockRules::from(&self.newest_package()?.package.lock);
        let by = By { user: account.id, name: account.name.clone(), role: account.role.clone() };
        let attempt = self.write(|tx| {
            // Read again within the writer's turn: of two attempts at once the second sees the first counted.
            let fresh = accounts::find(tx, account.id)?.ok_or_else(wrong)?;
            Ok(accounts::begin_attempt(tx, &fresh, rules, now)?)
        });
        let wrapped = match attempt {
            Err(error) => {
                self.event(&by, "sign_in_refused", &[("why", "locked".into())])?;
                return Err(error);
            }
            Ok(wrapped) => wrapped,
        };
        if wrapped.unwrap_key(passphrase, account.id.0.as_bytes())?.is_none() {
            self.event(&by, "sign_in_failed", &[("why", "wrong_passphrase".into())])?;
            return Err(wrong().into());
        }
        self.write(|tx| Ok(accounts::attempt_was_right(tx, account.id)?))?;
        self.event(&by, "sign_in", &[])?;
        Ok(account)
    }

    /// Takes as long for an unknown name as for a known one, so that names cannot be found out by the clock.
    fn spend_a_guess(&self, passphrase: &str) {
        let mut rng = entropy();
        let key = tsela_store::DataKey::generate(&mut rng);
        let padded = format!("{passphrase:-<8}x");
        let spent: Result<_, StoreError> =
            tsela_store::password::WrappedKey::wrap(&key, &padded, b"nobody", self.inner().kdf, &mut rng);
        drop(spent);
    }
}

fn wrong() -> Refusal {
    let detail =
        "Check Caps Lock and the keyboard language. After a few wrong attempts an account is locked for a while.";
    Refusal::new(403, "wrong_passphrase", "Name or passphrase is wrong.", detail)
}
