//! Group commit: the appends that wait are written in one transaction, and each is judged on its own.
//!
//! What holds: later members see earlier ones. A refused member, or one whose inline projection fails or panics, leaves
//! nothing and harms no other: it is rolled back to its savepoint. Savepoints are set only where inline projections are
//! mounted, since without them nothing refuses a member once its first row is written. Nobody is answered before COMMIT
//! has synced, and the head is told before anybody is answered, so that an answer can be read.
//!
//! Where the engine itself breaks, the transaction is rolled back. If it may have been one member's doing (a payload
//! that is too big), the members are written once more, each in a transaction of its own.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use diptych_core::{Append, AppendError, Appended, Failure, FailureKind, Position};
use rusqlite::ErrorCode;
use tokio::sync::oneshot;

use super::{
    member::{Placed, Refusal},
    writer::Writer,
};
use crate::failure::{failure, kind, panic_text};

/// What is told to everyone when something is wrong with the log.
const DOING: &str = "appending to log.db";

/// An append that waits, and who waits for it.
pub(crate) struct Member {
    append: Append,
    /// Up to where a reader found nothing in those scopes of the boundary that name no stream.
    judged_to: Position,
    reply: oneshot::Sender<Result<Appended, AppendError>>,
    outcome: Option<Result<Placed, AppendError>>,
}

impl Member {
    pub(super) fn new(
        append: Append,
        judged_to: Position,
    ) -> (Self, oneshot::Receiver<Result<Appended, AppendError>>) {
        let (reply, answer) = oneshot::channel();
        (Self { append, judged_to, reply, outcome: None }, answer)
    }

    /// The size of its payloads, in bytes.
    pub(super) fn size(&self) -> usize {
        self.append.events.iter().map(|event| event.payload.len()).sum()
    }

    /// Tells that nothing was written, or that it is not known.
    pub(super) fn fail(self, failure: Failure) {
        self.tell(Err(failure.into()));
    }

    fn tell(self, answer: Result<Appended, AppendError>) {
        if self.reply.send(answer).is_err() {
            tracing::trace!("the caller of an append went away");
        }
    }

    fn answer(mut self) {
        let outcome = self.outcome.take();
        let events = std::mem::take(&mut self.append.events);
        let lost = || Failure::plain(FailureKind::Internal, "an append was neither written nor refused");
        self.tell(outcome.unwrap_or_else(|| Err(lost().into())).map(|placed| placed.answer(events)));
    }
}

/// A transaction that does not hold.
enum Broken {
    /// Nothing of it holds.
    Undone(Arc<rusqlite::Error>),
    /// What is in memory is not what is on the disk; nothing of it holds.
    Stale,
    /// A panic of ours; nothing of it holds.
    Panic(String),
    /// It may hold.
    Unknown(Arc<rusqlite::Error>),
}

impl From<rusqlite::Error> for Broken {
    fn from(error: rusqlite::Error) -> Self {
        Self::Undone(Arc::new(error))
    }
}

impl Broken {
    fn failure(&self) -> Failure {
        match self {
            Self::Undone(error) => failure(DOING, Arc::clone(error)),
            Self::Stale => Failure::plain(
                FailureKind::Unavailable,
                format!(
                    "{DOING}: another process has written it, though one process serves a folder: its lock file was removed. Nothing was recorded"
                ),
            ),
            Self::Panic(text) => Failure::plain(FailureKind::Internal, format!("{DOING}: panicked: {text}")),
            Self::Unknown(error) => Failure::new(
                FailureKind::OutcomeUnknown,
                "the log could not be synced; whether the append was recorded is not known",
                Arc::clone(error),
            ),
        }
    }

    /// Whether it may have been the doing of one member, so that the others can be written without it.
    fn is_of_one(&self) -> bool {
        match self {
            Self::Undone(error) => kind(error) != FailureKind::Unavailable,
            Self::Panic(_) => true,
            Self::Stale | Self::Unknown(_) => false,
        }
    }
}

impl Writer<'_> {
    /// Writes a group and answers everyone in it.
    pub(super) fn group(&mut self, mut members: Vec<Member>) -> Vec<Member> {
        if members.is_empty() {
            return members;
        }
        self.sizes.count(members.len());
        if let Err(broken) = self.together(&mut members) {
            self.undo();
            if broken.is_of_one() && members.len() > 1 {
                self.singly(&mut members);
            } else {
                members.iter_mut().for_each(|member| member.outcome = Some(Err(broken.failure().into())));
            }
        }
        self.publish();
        members.drain(..).for_each(Member::answer);
        members
    }

    fn together(&mut self, members: &mut [Member]) -> Result<(), Broken> {
        self.statements.begin.raw_execute()?;
        if self.data_version()? != self.known_version {
            tracing::error!("another process has written log.db; it is opened anew");
            self.unusable = true;
            return Err(Broken::Stale);
        }
        for member in members {
            member.outcome = Some(self.attempt(&member.append, member.judged_to)?);
        }
        self.commit()
    }

    /// Tells, within a transaction, whether anyone else has written since it last told the same.
    pub(super) fn data_version(&mut self) -> rusqlite::Result<i64> {
        self.statements.data_version.query_row([], |row| row.get(0))
    }

    fn singly(&mut self, members: &mut [Member]) {
        for member in members {
            if let Err(broken) = self.together(std::slice::from_mut(member)) {
                self.undo();
                member.outcome = Some(Err(broken.failure().into()));
            }
        }
    }

    /// Writes one member, or leaves nothing of it.
    fn attempt(
        &mut self,
        append: &Append,
        judged_to: Position,
    ) -> Result<Result<Placed, AppendError>, Broken> {
        let (mark, head) = (self.known.mark(), self.head);
        let guarded = !self.inline.is_empty() && !append.events.is_empty();
        if guarded {
            self.statements.savepoint.raw_execute()?;
        }
        let refusal = match catch_unwind(AssertUnwindSafe(|| self.write(append, judged_to))) {
            Ok(Ok(placed)) => {
                if guarded {
                    self.statements.release.raw_execute()?;
                }
                return Ok(Ok(placed));
            }
            Ok(Err(Refusal::Broken(error))) => return Err(error.into()),
            Ok(Err(Refusal::Answer(refusal))) => refusal,
            Err(panic) => return Err(Broken::Panic(panic_text(&*panic).to_owned())),
        };
        if guarded {
            self.statements.rollback_to.raw_execute()?;
            self.statements.release.raw_execute()?;
        }
        self.known.rolled_back_to(mark);
        self.recent.rolled_back_to(head);
        self.head = head;
        Ok(Err(refusal))
    }

    /// Makes the open transaction durable.
    fn commit(&mut self) -> Result<(), Broken> {
        let Err(error) = self.statements.commit.raw_execute() else {
            self.known.committed();
            self.committed = self.head;
            return Ok(());
        };
        self.undo();
        // A full disk cuts the transaction off before its end. After any other error, of a sync above all, its end may
        // stand in the WAL, and a crash now would bring it back: another transaction in its place makes sure.
        if error.sqlite_error_code() == Some(ErrorCode::DiskFull) || self.overwrite().is_ok() {
            return Err(error.into());
        }
        Err(Broken::Unknown(Arc::new(error)))
    }

    /// Commits a transaction that changes nothing, but is written and synced.
    fn overwrite(&mut self) -> rusqlite::Result<()> {
        let version: i64 = self.connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let written = self.connection.pragma_update(None, "user_version", version);
        if written.is_err() {
            self.undo();
        }
        written
    }

    /// Nothing of the open transaction holds.
    pub(super) fn undo(&mut self) {
        if !self.connection.is_autocommit()
            && let Err(error) = self.statements.rollback.raw_execute()
        {
            tracing::error!(%error, "the log could not be rolled back; it is opened anew");
            self.unusable = true;
        }
        self.known.rolled_back();
        self.recent.rolled_back_to(self.committed);
        self.head = self.committed;
    }
}
