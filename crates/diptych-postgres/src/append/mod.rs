//! Appending: from the callers' hands to the server's disk.
//!
//! Read `group.rs` first: many appends in one transaction, each judged on its own. Then `ground.rs` and `asked.rs`, what the
//! transaction finds; `plan.rs`, which members are taken; `batch.rs`, how they are written; `writer.rs`, the task that all of it runs in;
//! `outcome.rs`, what becomes of a lost answer to COMMIT.
//!
//! What holds: one lock, taken in an earlier statement than anything is looked at, so position order is commit order across
//! processes (`sql/append/begin.sql` says why, clause by clause). A caller that goes away does not cancel what it gave.

mod asked;
mod batch;
mod ground;
mod group;
mod outcome;
mod plan;
mod writer;

use std::sync::Arc;

use diptych_core::{Append, AppendError, Appended, Failure, FailureKind, GroupSizes, InlineProjection};
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::Client;

use crate::{failure::closed, pool::Database, watch::Teller};
use group::Member;
use writer::Job;
pub(crate) use writer::Writer;

/// Jobs that may wait; whoever comes then waits for a place.
const WAITING: usize = 1_024;

/// The way to the writer. It ends, when this is dropped, with what it was given.
#[derive(Debug)]
pub(crate) struct Queue(mpsc::Sender<Job>, GroupSizes);

impl Queue {
    /// Starts the writer on a connection that was opened for it.
    pub(crate) fn start(database: Database, client: Client, news: Teller) -> Self {
        let (sender, jobs) = mpsc::channel(WAITING);
        let sizes = GroupSizes::default();
        tokio::spawn(Writer::new(database, client, news, sizes.clone()).run(jobs));
        Self(sender, sizes)
    }

    /// Has an append written; answers once it is durable.
    ///
    /// # Errors
    /// As [`EventStore::append`](diptych_core::EventStore::append).
    pub(crate) async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        let (reply, answer) = oneshot::channel();
        if !holdable(&append) {
            let text = "PostgreSQL keeps no U+0000 in names, tags, keys, causes and actors";
            return Err(Failure::plain(FailureKind::Invalid, text).into());
        }
        self.give(Job::Append(Box::new(Member::new(append, reply)))).await?;
        answer.await.unwrap_or_else(|_| Err(unanswered().into()))
    }

    /// Counts how many appends are written together.
    pub(crate) fn sizes(&self) -> GroupSizes {
        self.1.clone()
    }

    /// Has inline projections mounted between two groups.
    ///
    /// # Errors
    /// [`Failure`] where one cannot be mounted, or the store was closed.
    pub(crate) async fn mount(&self, projections: Vec<Arc<dyn InlineProjection>>) -> Result<(), Failure> {
        let (reply, answer) = oneshot::channel();
        self.give(Job::Mount(projections, reply)).await?;
        answer.await.unwrap_or_else(|_| Err(unanswered()))
    }

    /// Has everything finished that was taken, and the connection closed.
    ///
    /// # Errors
    /// [`Failure`] where the writer is gone already.
    pub(crate) async fn close(&self) -> Result<(), Failure> {
        let (reply, answer) = oneshot::channel();
        self.give(Job::Close(reply)).await?;
        answer.await.unwrap_or_else(|_| Err(unanswered()))
    }

    async fn give(&self, job: Job) -> Result<(), Failure> {
        self.0.send(job).await.map_err(|_| closed())
    }
}

/// The writer went away between taking a job and answering it.
fn unanswered() -> Failure {
    Failure::plain(FailureKind::OutcomeUnknown, "the appender stopped before it answered")
}

/// Whether the engine can hold every text of it.
fn holdable(append: &Append) -> bool {
    let events = append.events.iter().all(|event| {
        let from = &event.provenance;
        let actor = from.actor.as_ref().map_or("", |actor| &actor.0);
        let texts = [event.stream.category(), &event.event_type, from.causation_id.parts().0, actor];
        texts.iter().all(|text| whole(text)) && event.tags.iter().all(|tag| whole(tag.as_str()))
    });
    let note = append.note.as_ref();
    events
        && note.is_none_or(|note| whole(note.target.category()))
        && note.and_then(|note| note.key.as_ref()).is_none_or(|key| whole(&key.key))
}

fn whole(text: &str) -> bool {
    !text.contains('\0')
}
