//! Attachments: taking a file from a page, and giving one to it.

use tsela_core::{
    attachment::{MAX_CONTENT, MediaType},
    model::{Attachment, RecordModel as _},
};
use tsela_store::{attachments, contents, records};

use super::{ClientHostState, not_here};
use crate::{
    client::{attachments::AttachError, failure::sentence},
    schema::{
        Answer, Failure,
        attachments::{AttachArgs, AttachmentFile},
        common::{RecordArgs, RecordRow},
    },
    views,
};

impl ClientHostState {
    pub(super) fn attach_file(&self, args: &AttachArgs) -> Answer<RecordRow> {
        let session = self.session()?;
        // Base64 has four letters for three bytes: what is longer is not even decoded.
        if args.content.len() > MAX_CONTENT.div_ceil(3) * 4 {
            let size = (args.content.len() / 4 * 3) as u64;
            return Err(AttachError::TooLarge { size, limit: session.opened.attachment_limit()? }.into());
        }
        let bytes = data_encoding::BASE64.decode(args.content.as_bytes()).map_err(|_| AttachError::Kind)?;
        let shows = Some(args.shows.trim()).filter(|shows| !shows.is_empty());
        let attached = session.opened.attach(args.about, &args.file_name, &bytes, shows)?;
        session.engine(|engine| engine.local_save())?;
        let record = session.opened.store.read(|conn| records::get(conn, attached.record))?.ok_or_else(not_here)?;
        let names = session.names();
        Ok(session.opened.store.read(|conn| views::row(conn, &record, &names))?)
    }

    pub(super) fn file_of(&self, args: RecordArgs) -> Answer<AttachmentFile> {
        let session = self.session()?;
        let state = session.opened.store.read(|conn| records::state(conn, args.id))?;
        let state = state.filter(|state| state.model == Attachment::NAME).ok_or_else(not_here)?;
        let content = attachments::content_of(&state).ok_or_else(not_here)?;
        let bytes = session.opened.store.read(|conn| contents::read(conn, content))?.ok_or_else(not_here)?;
        let media_type = MediaType::of(&bytes).ok_or_else(not_here)?;
        Ok(AttachmentFile {
            media_type: media_type.as_str().to_owned(),
            file_name: state.text("file_name").unwrap_or_default().to_owned(),
            content: data_encoding::BASE64.encode(&bytes),
        })
    }
}

impl From<AttachError> for Failure {
    fn from(error: AttachError) -> Self {
        let (code, title) = match &error {
            AttachError::Store(_) | AttachError::Save(_) => ("invalid", "The file was not attached"),
            AttachError::Empty => ("attachment_empty", "The file is empty"),
            AttachError::TooLarge { .. } => ("attachment_too_large", "The file is too large"),
            AttachError::Kind => ("attachment_kind", "This kind of file cannot be attached"),
            AttachError::NoRecord | AttachError::Void => ("attachment_nothing", "Nothing can be attached to this"),
        };
        let mut failure = Self::new(code, title, sentence(&error.to_string()), "");
        match error {
            AttachError::Store(error) => return error.into(),
            AttachError::Save(error) => return error.into(),
            AttachError::TooLarge { size, limit } => {
                failure.params.insert("size".to_owned(), size.to_string());
                failure.params.insert("limit".to_owned(), limit.to_string());
            }
            AttachError::Empty | AttachError::Kind | AttachError::NoRecord | AttachError::Void => {}
        }
        failure
    }
}
