//! Signing in and out, and what the settings page shows.

use tsela_core::{enrolment::EnrolmentCode, rescue::AnswerCode};
use tsela_store::{Connection, acks, backup, streams, streams::StreamState};

use super::ClientHostState;
use crate::{
    client::{
        laptop::{LaptopError, Opened},
        preferences::Preferences,
    },
    schema::{
        Answer, Failure,
        settings::{AppState, BackupView, CodeView, DeviceView, PreferencesArgs, RescueArgs, StreamView},
    },
};

impl ClientHostState {
    pub(super) fn code_view(code: &str) -> Answer<CodeView> {
        let code: EnrolmentCode = code.parse().map_err(LaptopError::from)?;
        Ok(CodeView { url: code.url().to_owned(), fingerprint: grouped(&code.root().to_string()) })
    }

    pub(super) fn sign_in_as(&self, user: &str, passphrase: &str) -> Answer<AppState> {
        if self.inner().session.is_some() {
            self.leave()?;
        }
        self.open(user, passphrase)?;
        Ok(self.state())
    }

    /// Signs out: packs what is unsent, makes a backup, stops the engine.
    pub(super) fn leave(&self) -> Answer<AppState> {
        let Some(session) = self.inner().session.take() else { return Ok(self.state()) };
        self.stop_engine(&session);
        self.dismiss_courier();
        let packed = session.opened.pack_outbox();
        let armed = session.opened.arm_rescue();
        let backed_up = session.opened.backup();
        session.opened.event("sign_out", tsela_core::entry::Fields::new())?;
        session.opened.advance_marker()?;
        if let Err(error) = packed {
            tracing::warn!(%error, "what is unsent could not be packed at sign-out");
        }
        if let Err(error) = armed {
            tracing::warn!(%error, "what administrators' codes open could not be renewed at sign-out");
        }
        backed_up?;
        self.keep_sending_outbox();
        Ok(self.state())
    }

    pub(super) fn unlock_screen(&self, passphrase: &str) -> Answer<AppState> {
        let session = self.inner().session.clone();
        if let Some(session) = session {
            let checked = session.opened.check_passphrase(passphrase);
            session.opened.journal_sign_ins()?;
            checked?;
            self.inner().is_locked = false;
        }
        Ok(self.state())
    }

    /// Lets a person in with an administrator's code.
    pub(super) fn let_in(&self, args: &RescueArgs) -> Answer<AppState> {
        match args.code.parse::<AnswerCode>()? {
            AnswerCode::Unlock(code) => {
                self.laptop.end_lock_out(&args.user, &code)?;
                Ok(self.state())
            }
            AnswerCode::Admit(code) if self.inner().session.is_none() => {
                self.laptop.admit_with_code(&args.user, &code, &args.passphrase)?;
                self.open(&args.user, &args.passphrase)?;
                Ok(self.state())
            }
            AnswerCode::Admit(_) => {
                let detail = "Sign out first; the code then lets the other person in.";
                Err(Failure::new("invalid", "Somebody is signed in", detail, ""))
            }
        }
    }

    pub(super) fn prefer(&self, args: PreferencesArgs) -> Answer<AppState> {
        let known = Preferences::load(self.laptop.folder());
        Preferences { language: args.language, theme: args.theme, ..known }.store(self.laptop.folder())?;
        Ok(self.state())
    }

    /// Keeps the names that the sign-in page shows.
    pub(super) fn remember_names(&self, opened: &Opened) -> Answer<()> {
        let known = Preferences::load(self.laptop.folder());
        let study = opened.packages().newest()?.package().name.clone();
        let named = Preferences { study, device: opened.identity.name.clone(), ..known.clone() };
        if named != known {
            named.store(self.laptop.folder())?;
        }
        Ok(())
    }

    pub(super) fn device_view(&self) -> Answer<DeviceView> {
        let session = self.session()?;
        let opened = &session.opened;
        let read = |conn: &Connection| {
            let sqlite = conn.query_row("SELECT sqlite_version()", [], |row| row.get::<_, String>(0))?;
            let cipher = conn.query_row("PRAGMA cipher_version", [], |row| row.get::<_, String>(0))?;
            Ok((streams::list(conn)?, acks::confirmed(conn)?, format!("SQLite {sqlite}, SQLCipher {cipher}")))
        };
        let (all, own, sqlite) = opened.store.read(read)?;
        let package = opened.packages().newest()?.package().clone();
        let view = |(stream, acked): &(streams::Stream, u64)| StreamView {
            code: stream.code,
            state: stream.state.as_str().to_owned(),
            entries: stream.head.seq,
            acked_through: *acked,
        };
        Ok(DeviceView {
            device: opened.identity.device,
            name: opened.identity.name.clone(),
            role: "field".to_owned(),
            study: opened.identity.study,
            study_name: package.name,
            stream: own.iter().find(|(stream, _)| stream.state == StreamState::Active).map(|(stream, _)| stream.code),
            streams: own.iter().map(view).collect(),
            spare_codes: all.iter().filter(|stream| stream.state == StreamState::Spare).count(),
            package: package.version,
            remote_url: opened.remote.url.clone(),
            remote_name: opened.remote.name.clone(),
            pinned_key: opened.remote.spki.to_string(),
            folder: opened.folder.path().display().to_string(),
            store_bytes: std::fs::metadata(opened.folder.store()).map(|file| file.len()).unwrap_or(0),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            sqlite,
        })
    }

    pub(super) fn backup_views(&self) -> Answer<Vec<BackupView>> {
        let view = |backup: backup::BackupInfo| BackupView {
            name: backup.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            at: backup.taken_at,
            bytes: backup.bytes,
        };
        Ok(backup::list_backups(self.laptop.folder())?.into_iter().map(view).collect())
    }
}

/// Groups of four, for comparing by eye.
fn grouped(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}
