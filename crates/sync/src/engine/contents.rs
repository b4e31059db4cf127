//! What goes out after the records: contents of attachments, in parts, and of each only what the server lacks.
//!
//! The server is asked once for what it has; a content that is there already costs that question. A push that broke off
//! asks again and goes on from the answer. That a content was received, receipts alone tell.

use std::{collections::VecDeque, sync::Arc};

use tsela_core::{
    api::{ContentStanding, ContentsRequest, MAX_CONTENTS_ASKED, codes},
    attachment::{ContentId, MAX_PART, Span, lacking},
    bundle::BundleId,
};
use tsela_store::{
    Connection, StoreError,
    attachments::{self, Waiting},
    contents,
};

use super::{
    call::Done,
    receipts,
    shared::{Shared, blocking, lock},
};
use crate::{
    machine::{Chore, Outcome},
    problem::Notice,
    road::{Road as _, RoadError},
};

/// What a bundle costs besides its bytes.
const OVERHEAD: usize = 1024;

/// What is sent of contents in a push.
#[derive(Debug, Default)]
pub(super) struct Sending {
    /// What the server lacks, as it said in this attempt; `None` before it was asked.
    due: Option<VecDeque<Due>>,
    /// The part on the road. It is the same to the byte when it is tried again, so that the road can go on within it.
    under_way: Option<UnderWay>,
}

/// A content of which something is lacking.
#[derive(Debug)]
struct Due {
    content: ContentId,
    size: usize,
    held: Vec<Span>,
}

#[derive(Debug)]
struct UnderWay {
    packed: Arc<PackedPart>,
    /// How much of it was over when that was last asked, bytes; `None` at the first try.
    held: Option<usize>,
}

#[derive(Debug)]
struct PackedPart {
    id: BundleId,
    bytes: Vec<u8>,
    content: ContentId,
    span: Span,
}

impl Sending {
    /// Forgets what the server said: it is asked again.
    pub fn forget(&mut self) {
        self.due = None;
        if let Some(under_way) = &mut self.under_way {
            under_way.held = under_way.held.or(Some(0));
        }
    }

    /// Returns how many bytes are lacking, as far as is known.
    fn left(&self) -> u64 {
        let of = |due: &Due| due.size.saturating_sub(due.held.iter().map(|span| span.to - span.from).sum());
        self.due.iter().flatten().map(|due| of(due) as u64).sum()
    }

    /// Returns what is to be sent next of the first content that lacks something.
    fn next_span(&mut self, most: usize) -> Option<(ContentId, Span)> {
        let queue = self.due.as_mut()?;
        while let Some(due) = queue.front() {
            match lacking(due.size, &due.held, most) {
                Some(span) => return Some((due.content, span)),
                None => drop(queue.pop_front()),
            }
        }
        None
    }

    fn sent(&mut self, content: ContentId, span: Span) {
        self.under_way = None;
        if let Some(due) = self.due.iter_mut().flatten().find(|due| due.content == content) {
            due.held.push(span);
        }
    }

    fn drop_content(&mut self, content: ContentId) {
        self.under_way.take_if(|under_way| under_way.packed.content == content);
        if let Some(queue) = &mut self.due {
            queue.retain(|due| due.content != content);
        }
    }
}

/// Says whether a content can be sent: its record was received, and nothing was found wrong with it.
pub(super) fn is_anything_due(shared: &Shared, conn: &Connection) -> Result<bool, StoreError> {
    Ok(waiting(shared, conn)?.into_iter().any(|waiting| waiting.record_received))
}

fn waiting(shared: &Shared, conn: &Connection) -> Result<Vec<Waiting>, StoreError> {
    let aside = lock(&shared.aside).clone();
    let mut waiting = attachments::waiting(conn)?;
    waiting.retain(|waiting| !aside.contains(&waiting.content));
    Ok(waiting)
}

/// Sends the next part of what the server lacks; `done` has its outcome afterwards.
pub(super) async fn send_one(
    shared: &Arc<Shared>,
    sending: &mut Sending,
    target: usize,
    done: &mut Done,
) -> Result<(), RoadError> {
    if sending.due.is_none() {
        ask(shared, sending, done).await?;
    }
    let Some((packed, from)) = next(shared, sending, target, done).await? else {
        done.content_left = Some(0);
        done.outcome = Some(Outcome::NothingPending);
        return Ok(());
    };
    let started = shared.clock.monotonic();
    let answers = match shared.road().put(packed.id, &packed.bytes, from).await {
        Ok(answers) => answers,
        Err(error) => {
            refused(shared, sending, packed.content, &error);
            return Err(error);
        }
    };
    let millis = shared.clock.monotonic().saturating_sub(started).as_millis();
    sending.sent(packed.content, packed.span);
    let bytes = packed.bytes.len();
    (done.bytes, done.advanced) = (bytes as u64, true);
    done.wanted = receipts::take_in(shared, answers).await?.wanted;
    done.content_left = Some(sending.left());
    let millis = u64::try_from(millis).unwrap_or(u64::MAX);
    done.outcome = Some(Outcome::BundleAcked { bytes: bytes.saturating_sub(from), millis, progress: true });
    Ok(())
}

/// Asks the server what it has of the contents whose records it has.
async fn ask(shared: &Arc<Shared>, sending: &mut Sending, done: &mut Done) -> Result<(), RoadError> {
    let waiting = blocking(shared, |shared| Ok(shared.store.read(|conn| waiting(shared, conn))?)).await?;
    let waiting: Vec<Waiting> = waiting.into_iter().filter(|waiting| waiting.record_received).collect();
    let mut due = VecDeque::new();
    for some in waiting.chunks(MAX_CONTENTS_ASKED) {
        let request = ContentsRequest { contents: some.iter().map(|waiting| waiting.content).collect() };
        let answer = match shared.road().contents(&request).await {
            Ok(answer) => answer,
            Err(RoadError::Api { status: 404 | 405, .. }) => {
                // An older server. What it cannot take waits here, and keeps nothing back.
                set_aside(shared, some.iter().map(|waiting| waiting.content));
                let message =
                    "The server is too old to take attachments. They are kept here and sent once it is newer.";
                shared.note(Notice::new("attachments_not_taken", message, &[]));
                continue;
            }
            Err(error) => return Err(error),
        };
        let standing = |content| answer.contents.iter().find(|said: &&ContentStanding| said.content == content);
        for Waiting { content, size, .. } in some {
            match standing(*content) {
                // The receipt that says so waits at the server by now.
                Some(said) if said.complete && !done.wanted.contains(&Chore::Receipts) => {
                    done.wanted.push(Chore::Receipts);
                }
                Some(said) if said.complete => {}
                said => {
                    let held = said.map(|said| said.held.clone()).unwrap_or_default();
                    due.push_back(Due { content: *content, size: *size, held });
                }
            }
        }
    }
    sending.due = Some(due);
    Ok(())
}

/// Returns the next part, and from which byte on: the one that broke off, or a new one.
async fn next(
    shared: &Arc<Shared>,
    sending: &mut Sending,
    target: usize,
    done: &mut Done,
) -> Result<Option<(Arc<PackedPart>, usize)>, RoadError> {
    // What came of it after all, the server has told.
    let is_lacking = |sending: &Sending, packed: &PackedPart| {
        let due = sending.due.iter().flatten().find(|due| due.content == packed.content);
        due.is_some_and(|due| lacking(due.size, &due.held, packed.span.to - packed.span.from) == Some(packed.span))
    };
    if let Some(under_way) = &sending.under_way
        && !is_lacking(sending, &under_way.packed)
    {
        sending.under_way = None;
    }
    if let Some(under_way) = &mut sending.under_way {
        let packed = Arc::clone(&under_way.packed);
        let Some(known) = &mut under_way.held else { return Ok(Some((packed, 0))) };
        let held = shared.road().held(packed.id).await?.min(packed.bytes.len());
        done.advanced = held > *known;
        *known = held;
        return Ok(Some((packed, held)));
    }
    let most = target.saturating_sub(OVERHEAD).min(MAX_PART);
    while let Some((content, span)) = sending.next_span(most) {
        let first = span.from == 0;
        match blocking(shared, move |shared| pack(shared, content, span, first)).await {
            Ok(packed) => {
                let packed = Arc::new(packed);
                sending.under_way = Some(UnderWay { packed: Arc::clone(&packed), held: None });
                return Ok(Some((packed, 0)));
            }
            Err(RoadError::Store(StoreError::Damaged { .. })) => {
                tracing::error!(%content, "the file of an attachment is damaged here, and is not sent");
                let message =
                    "The file of an attachment is damaged on this laptop and cannot be sent. Attach it again.";
                shared.note(Notice::new("attachment_damaged", message, &[]));
                set_aside(shared, [content]);
                sending.drop_content(content);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Packs a part; with the first one the whole content is compared with its hash, so that nothing is sent in vain.
fn pack(shared: &Shared, content: ContentId, span: Span, first: bool) -> Result<PackedPart, RoadError> {
    let missing = || StoreError::damaged("an attachment", "it is gone");
    let part = shared.store.read(|conn| {
        if first {
            contents::read(conn, content)?;
        }
        contents::part(conn, content, span)?.ok_or_else(missing)
    })?;
    let (identity, remote) = (&shared.identity, shared.remote());
    let ids = (identity.study, identity.device);
    let bytes = shared.with_rng(|rng| part.pack(ids, &identity.signing_key, &remote.keys.journal_recipients(), rng));
    let bytes = bytes.map_err(|error| RoadError::malformed("a bundle of our own", error))?;
    Ok(PackedPart { id: BundleId::of(&bytes), bytes, content, span })
}

/// What the server will not have is not tried again before the program is started anew; the others go on.
fn refused(shared: &Shared, sending: &mut Sending, content: ContentId, error: &RoadError) {
    let RoadError::Api { status, body, .. } = error else { return };
    if *status == 422 || body.code == codes::TOO_LARGE {
        tracing::warn!(%content, %error, "the server does not take an attachment");
        set_aside(shared, [content]);
        sending.drop_content(content);
    }
}

fn set_aside(shared: &Shared, contents: impl IntoIterator<Item = ContentId>) {
    lock(&shared.aside).extend(contents);
}
