//! Attaching a file to a record, and packing what waits of contents for roads that ask nobody first.

use tsela_core::{
    attachment::{ContentId, MAX_CONTENT, MediaType, Span, file_name, lacking},
    ids::{RecordId, SaveId},
    model::{self, Attachment, RecordModel as _, SAME_CONTENT},
};
use tsela_store::{
    StoreError,
    attachments::{self, Waiting},
    contents,
    journal::{Change, ChangeOp, SaveError, Warnings},
    records,
};

use super::laptop::Opened;

/// Bytes of a part on roads of files and to a carrier: a stick does not break off, and a few files are handled quicker.
pub(super) const FILE_PART: usize = 256 * 1024;

/// What was attached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// The attachment.
    pub record: RecordId,
    /// What it holds.
    pub content: ContentId,
    /// What kind of file it is.
    pub media_type: MediaType,
    /// Its bytes.
    pub size: usize,
    /// Under which name it is shown.
    pub file_name: String,
    /// Whether this very file was attached to this record before.
    pub again: bool,
}

/// Why a file was not attached.
#[derive(Debug, thiserror::Error)]
pub enum AttachError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The record of the attachment.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// There is nothing in it.
    #[error("the file is empty; choose another one")]
    Empty,
    /// It is larger than the study allows.
    #[error(
        "the file has {size} bytes, and this study allows {limit}; make the picture smaller, or photograph it again with a \
         lower resolution"
    )]
    TooLarge {
        /// Its bytes.
        size: u64,
        /// How many are allowed.
        limit: u64,
    },
    /// It is none of the kinds that are taken.
    #[error("the file is none that can be attached; choose a photo (JPEG, PNG or WebP) or a PDF")]
    Kind,
    /// There is nothing to attach it to.
    #[error("there is no such record here that a file could be attached to")]
    NoRecord,
    /// The record was voided.
    #[error("the record was voided; a file is attached to one that counts")]
    Void,
}

impl Opened {
    /// Returns how many bytes a file may have.
    ///
    /// # Errors
    /// What the store said.
    pub fn attachment_limit(&self) -> Result<u64, StoreError> {
        let limit = self.packages().newest()?.package().limits.attachment_bytes;
        Ok(u64::try_from(limit).unwrap_or(0).min(MAX_CONTENT as u64))
    }

    /// Attaches a file to a record. The same file at the same record again changes nothing.
    ///
    /// # Errors
    /// [`AttachError`]; nothing was attached.
    pub fn attach(
        &self,
        about: RecordId,
        name: &str,
        bytes: &[u8],
        shows: Option<&str>,
    ) -> Result<Attached, AttachError> {
        let (size, limit) = (bytes.len() as u64, self.attachment_limit()?);
        if bytes.is_empty() {
            return Err(AttachError::Empty);
        }
        if size > limit {
            return Err(AttachError::TooLarge { size, limit });
        }
        let media_type = MediaType::of(bytes).ok_or(AttachError::Kind)?;
        let target = self.store.read(|conn| records::state(conn, about))?.ok_or(AttachError::NoRecord)?;
        let takes = model::find(&target.model).is_some_and(|model| model.syncs && model.name != Attachment::NAME);
        if !takes || !target.is_inserted() {
            return Err(AttachError::NoRecord);
        }
        if target.is_void() {
            return Err(AttachError::Void);
        }
        let content = ContentId::of(bytes);
        let mut attached = Attached {
            record: RecordId(self.fresh_id()),
            content,
            media_type,
            size: bytes.len(),
            file_name: file_name(name),
            again: false,
        };
        if let Some(known) = self.attached_before(about, content)? {
            return Ok(Attached { record: known, again: true, ..attached });
        }
        let (device, now) = (self.identity.device, self.now());
        self.store.write(|tx| contents::put(tx, bytes, device, now))?;
        if let Err(error) = self.save_attachment(about, &mut attached, shows) {
            self.store.write(|tx| attachments::forget_unnamed(tx, content))?;
            return Err(error);
        }
        Ok(attached)
    }

    fn attached_before(&self, about: RecordId, content: ContentId) -> Result<Option<RecordId>, StoreError> {
        self.store.read(|conn| {
            for id in attachments::of_content(conn, content)? {
                let state = records::state(conn, id)?.filter(|state| !state.is_void());
                if state.is_some_and(|state| state.text("about") == Some(&about.to_string())) {
                    return Ok(Some(id));
                }
            }
            Ok(None)
        })
    }

    fn save_attachment(
        &self,
        about: RecordId,
        attached: &mut Attached,
        shows: Option<&str>,
    ) -> Result<(), AttachError> {
        let texts = [
            ("about", about.to_string()),
            (SAME_CONTENT, attached.content.to_string()),
            ("media_type", attached.media_type.as_str().to_owned()),
            ("file_name", attached.file_name.clone()),
            ("shows", shows.unwrap_or_default().to_owned()),
        ];
        let texts = texts.into_iter().filter(|(_, text)| !text.is_empty());
        let mut set: tsela_core::entry::Fields = texts.map(|(field, text)| (field.to_owned(), text.into())).collect();
        set.insert("size".to_owned(), i64::try_from(attached.size).unwrap_or(i64::MAX).into());
        let change = Change {
            op: ChangeOp::Insert,
            model: Attachment::NAME.to_owned(),
            record: attached.record,
            set,
            reason: None,
            source: None,
        };
        self.save(SaveId(self.fresh_id()), &[change], None, Warnings::Accept)?;
        Ok(())
    }

    /// Packs the parts of all contents that no receipt covers, for a road on which nobody can be asked what is there
    /// already. `take` gets each with its content and where it is in it; `has` says what need not be packed.
    pub(super) fn pack_contents<E: From<StoreError>>(
        &self,
        has: impl Fn(&Waiting) -> Result<Vec<Span>, StoreError>,
        mut take: impl FnMut(&Waiting, Span, Vec<u8>) -> Result<(), E>,
    ) -> Result<usize, E> {
        let waiting = self.store.read(attachments::waiting)?;
        for waiting in &waiting {
            let mut there = has(waiting)?;
            while let Some(span) = lacking(waiting.size, &there, FILE_PART) {
                take(waiting, span, self.pack_part(waiting.content, span)?)?;
                there.push(span);
            }
        }
        Ok(waiting.len())
    }

    /// Packs a part of a content, sealed as journals are.
    pub(super) fn pack_part(&self, content: ContentId, span: Span) -> Result<Vec<u8>, StoreError> {
        let part = self.store.read(|conn| contents::part(conn, content, span))?;
        let part = part.ok_or_else(|| StoreError::damaged("an attachment", "it is gone"))?;
        let ids = (self.identity.study, self.identity.device);
        let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
        let packed = part.pack(ids, &self.identity.signing_key, &self.remote.keys.journal_recipients(), &mut rng);
        packed.map_err(|error| StoreError::Internal(error.to_string()))
    }
}
