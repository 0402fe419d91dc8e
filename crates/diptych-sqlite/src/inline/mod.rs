//! Inline projections: rows that are written in the transaction of the append, in `log.db` itself.
//!
//! They run on the writer's thread, in the savepoint of the member whose events they are given, and may only await their
//! transaction, whose answers are there at once. `mount.rs` brings a new one up to the head.

mod mount;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use diptych_core::{BoxError, Failure, FailureKind, InlineProjection, ProjectionSpec, RecordedEvent, Tx};
use rusqlite::Connection;

use crate::{
    failure::{kind_of_cause, panic_text},
    guard::Guard,
    statement::OpenTransaction,
};
pub(crate) use mount::{Mounting, leave_behind, mount};

/// The projections that every append runs, in the order in which they were mounted.
#[derive(Default)]
pub(crate) struct Inline(Vec<Mounted>);

struct Mounted {
    projection: Arc<dyn InlineProjection>,
    spec: ProjectionSpec,
}

impl Inline {
    /// Whether none is mounted.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Runs all of them over the events of an append.
    ///
    /// # Errors
    /// [`Failure`] of the first that refuses. The caller rolls back.
    pub(crate) fn apply(
        &self,
        connection: &Connection,
        guard: &Guard,
        events: &[RecordedEvent],
    ) -> Result<(), Failure> {
        for event in events {
            for mounted in &self.0 {
                mounted.apply(connection, guard, event)?;
            }
        }
        Ok(())
    }

    /// Takes the one of this name out, if it is mounted.
    fn take_out(&mut self, name: &str) {
        self.0.retain(|mounted| mounted.spec.name != name);
    }

    /// Puts one in, in place of one of the same name.
    fn put(&mut self, mounted: Mounted) {
        match self.0.iter_mut().find(|old| old.spec.name == mounted.spec.name) {
            Some(old) => *old = mounted,
            None => self.0.push(mounted),
        }
    }
}

impl Mounted {
    fn apply(&self, connection: &Connection, guard: &Guard, event: &RecordedEvent) -> Result<(), Failure> {
        if !self.spec.filter.passes(event.stream(), &event.event_type, &event.tags) {
            return Ok(());
        }
        let watching = guard.watching();
        let done = catch_unwind(AssertUnwindSafe(|| self.poll(connection, event)));
        drop(watching);
        let doing = || format!("inline projection {} of event {}", self.spec.name, event.event_type);
        match done {
            Ok(Poll::Ready(Ok(()))) => Ok(()),
            Ok(Poll::Ready(Err(error))) => {
                let kind = kind_of_cause(&*error, FailureKind::Invalid);
                Err(Failure::new(kind, format!("{} refused it", doing()), error))
            }
            Ok(Poll::Pending) => Err(Failure::plain(
                FailureKind::Internal,
                format!(
                    "{} waited for something; an inline projection may only await its transaction",
                    doing()
                ),
            )),
            Err(panic) => {
                let text = panic_text(&*panic);
                Err(Failure::plain(FailureKind::Internal, format!("{} panicked: {text}", doing())))
            }
        }
    }

    fn poll(&self, connection: &Connection, event: &RecordedEvent) -> Poll<Result<(), BoxError>> {
        let mut transaction = OpenTransaction::new(connection);
        let applied = {
            let mut tx = Tx::new(&mut transaction);
            pin!(self.projection.apply(event, &mut tx)).poll(&mut Context::from_waker(Waker::noop()))
        };
        applied.map(|applied| applied.and_then(|()| Ok(transaction.finish()?)))
    }
}
