//! Group commit: the appends that wait are written in one transaction, and each is judged on its own.
//!
//! What holds: later members see earlier ones. A refused member leaves nothing and harms no other: what refuses it is known
//! before anything is written. Where an inline projection refuses or panics, or the engine breaks by what may have been one
//! member's doing, the transaction is rolled back and the members are written once more, each in one of its own. Nobody is answered
//! before the server has synced the commit, and the head is told before anybody is answered.

use diptych_core::{Append, AppendError, Appended, Failure, FailureKind, Position};
use tokio::sync::oneshot;
use tokio_postgres::Client;

use super::{
    ground::Ground,
    outcome::{Commit, commit},
    plan::{Plan, Planned},
    writer::Writer,
};
use crate::{failure::kind, watch};

/// What is told when something is wrong with the log.
pub(super) const DOING: &str = "appending to the log";

/// An append that waits, and who waits for it.
pub(super) struct Member {
    pub(super) append: Append,
    reply: oneshot::Sender<Result<Appended, AppendError>>,
    outcome: Option<Result<Appended, AppendError>>,
}

impl Member {
    pub(super) const fn new(append: Append, reply: oneshot::Sender<Result<Appended, AppendError>>) -> Self {
        Self { append, reply, outcome: None }
    }

    /// The size of its payloads, in bytes.
    pub(super) fn size(&self) -> usize {
        self.append.events.iter().map(|event| event.payload.len()).sum()
    }

    /// Tells that nothing was written, or that it is not known.
    pub(super) fn fail(mut self, failure: Failure) {
        self.outcome = Some(Err(failure.into()));
        self.answer();
    }

    fn answer(self) {
        let lost = || Failure::plain(FailureKind::Internal, "an append was neither written nor refused");
        if self.reply.send(self.outcome.unwrap_or_else(|| Err(lost().into()))).is_err() {
            tracing::trace!("the caller of an append went away");
        }
    }
}

/// A transaction that does not hold, or that may.
pub(super) enum Broken {
    /// Nothing of it holds: the server said so, or was not reached.
    Engine(tokio_postgres::Error),
    /// Nothing of it holds, for a reason of ours or of a projection.
    Failure(Failure),
    /// It may hold.
    Unknown(Failure),
}

impl From<tokio_postgres::Error> for Broken {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Engine(error)
    }
}

impl From<Failure> for Broken {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl Broken {
    /// Whether it may have been the doing of one member, so that the others can be written without it.
    fn is_of_one(&self) -> bool {
        match self {
            Self::Engine(error) => kind(error) != FailureKind::Unavailable,
            Self::Failure(failure) => failure.kind() != FailureKind::Unavailable,
            Self::Unknown(_) => false,
        }
    }

    /// As it is told to each of so many.
    fn failure(self) -> Failure {
        match self {
            Self::Engine(error) => crate::failure::failure(DOING, error),
            Self::Failure(failure) | Self::Unknown(failure) => failure,
        }
    }
}

impl Writer {
    /// Writes a group and answers everyone in it.
    pub(super) async fn group(&mut self, members: &mut Vec<Member>) {
        if members.is_empty() {
            return;
        }
        self.sizes.count(members.len());
        if let Err(broken) = self.together(members).await {
            self.roll_back().await;
            if broken.is_of_one() && members.len() > 1 {
                self.singly(members).await;
            } else {
                fail_all(members, broken.failure());
            }
        }
        members.drain(..).for_each(Member::answer);
    }

    async fn singly(&mut self, members: &mut [Member]) {
        for member in members {
            let one = std::slice::from_mut(member);
            if let Err(broken) = self.together(one).await {
                self.roll_back().await;
                fail_all(one, broken.failure());
            }
        }
    }

    /// Takes the lock and looks; inline projections stand at the head then.
    async fn ground(&mut self, client: &Client, members: &[Member]) -> Result<Ground, Broken> {
        let database = self.database.clone();
        loop {
            let finding = Ground::find(client, &database, &mut self.known, members);
            let ground = database.in_time(DOING, finding).await?;
            if self.inline.is_empty() || self.catch_up(client, ground.head).await? {
                return Ok(ground);
            }
            self.roll_back().await;
            self.fill_up(client).await?;
        }
    }

    async fn together(&mut self, members: &mut [Member]) -> Result<(), Broken> {
        let client = self.connected(DOING).await?;
        let database = self.database.clone();
        let ground = self.ground(&client, members).await?;
        let (head, xid) = (ground.head, ground.xid.clone());
        let mut plan = Plan::on(ground);
        let planned: Vec<Planned> =
            members.iter().enumerate().map(|(nth, member)| plan.take(nth, &member.append)).collect();
        let (batch, fresh, head) = plan.written(head);
        if batch.is_empty() {
            self.roll_back().await;
        } else {
            let (trace, writing) = (batch.trace(xid), batch.write(&client, &database.schema, head));
            let committed = if self.inline.is_empty() {
                commit(&client, &database, &trace, writing).await
            } else {
                database.in_time(DOING, async { writing.await.map_err(Broken::Engine) }).await?;
                for events in planned.iter().filter_map(|planned| planned.as_ref().ok()) {
                    self.inline.apply(&client, &database, &events.events).await?;
                }
                self.inline.caught_up(&client, &database, head).await?;
                commit(&client, &database, &trace, std::future::ready(Ok(()))).await
            };
            match committed {
                Commit::Made => self.known.learn(fresh),
                Commit::Undone(broken) => return Err(broken),
                Commit::Unknown(failure) => return Err(Broken::Unknown(failure)),
            }
        }
        self.tell(head);
        for (member, planned) in members.iter_mut().zip(planned) {
            member.outcome = Some(planned);
        }
        Ok(())
    }

    fn tell(&self, head: Position) {
        watch::tell(&self.news, head);
    }
}

/// The first is told the cause itself, the others what it said.
fn fail_all(members: &mut [Member], failure: Failure) {
    let (kind, text) = (failure.kind(), failure.chain());
    let mut first = Some(failure);
    for member in members {
        let failure = first.take().unwrap_or_else(|| Failure::plain(kind, text.clone()));
        member.outcome = Some(Err(failure.into()));
    }
}
