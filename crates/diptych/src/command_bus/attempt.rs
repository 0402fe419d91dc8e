//! One attempt at a command: load what it looks at, decide, append under the condition that nothing of it has changed.
//!
//! A decision on cached states may be made on old ones. Where it appends, the condition finds that out; where it does
//! not (a rejection, "already so"), the states are read afresh and it is decided again, so that nobody is refused for
//! what is no longer true.

use std::{sync::Arc, time::Instant};

use diptych_core::{
    Append, AppendCondition, AppendError, Appended, Boundary, Command, Conflict, Context, EventStore, Events,
    Receipt, Rejection, RejectionKind, Revision, StreamId, id::IdSource, personal::Blinder, store::Note,
};

use super::{
    CommandError, CommandRequest, Loader, Rejected,
    idempotency::receipt_of,
    load::{Freshness, View},
};
use crate::{correlation::RecentCorrelations, meters::Meters, node::Pulse, vault::Vault};

/// Everything an attempt needs.
pub(crate) struct Decider {
    pub(crate) store: Arc<dyn EventStore>,
    pub(crate) loader: Arc<Loader>,
    pub(crate) vault: Arc<Vault>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) recent: Arc<RecentCorrelations>,
    pub(crate) pulse: Arc<Pulse>,
    pub(crate) meters: Meters,
}

impl Decider {
    /// Loads, decides and appends, once.
    pub(crate) async fn attempt<C: Command>(
        &self,
        command: &C,
        request: &CommandRequest,
    ) -> Result<Receipt, CommandError> {
        let blinder: Arc<dyn Blinder> = self.vault.clone();
        let cx = Context::new(request.stamp.now, request.stamp.actor.clone(), Arc::clone(&self.ids), blinder);
        let freshness = if request.overtaken { Freshness::UpToHead } else { Freshness::Cached };
        let mut view = self.loader.load(command, &cx, freshness).await?;
        let mut verdict = command.decide(&view.states, &cx);
        if !view.fresh && !matches!(&verdict, Ok(events) if !events.is_empty()) {
            view = self.loader.load(command, &cx, Freshness::UpToHead).await?;
            verdict = command.decide(&view.states, &cx);
        }
        let target = command.target();
        match verdict {
            Ok(events) if !events.is_empty() => self.append(events, &view, target, request).await,
            Ok(_) => self.already_so(&view, target, request).await,
            Err(rejection) => Err(self.refuse(rejection, &target, request).await?),
        }
    }

    async fn append<C: Command>(
        &self,
        mut events: Events,
        view: &View<C>,
        target: StreamId,
        request: &CommandRequest,
    ) -> Result<Receipt, CommandError> {
        let keys = self.vault.keys_for(&events.subjects()?).await?;
        let new = events.encode(&keys, || request.stamp.provenance(&*self.ids))?;
        let note = request.key.is_some().then(|| note(&target, None, view, request));
        let append = Append { events: new, condition: condition(view, &target, request), note };
        let appended = self.appended(append).await.map_err(refused(request))?;
        self.recent.remember(&request.stamp.correlation_id, &appended.events, &target, appended.position);
        self.loader.learn(view, &appended);
        let own = appended.events.iter().rev().find(|event| *event.stream() == target);
        let revision = match own {
            Some(event) => Some(event.metadata.revision),
            None => self.revision_of(&target).await?,
        };
        Ok(receipt(target, revision, appended.position, request))
    }

    /// Nothing to record but that it was asked, so that its correlation id is known also after a restart.
    async fn already_so<C: Command>(
        &self,
        view: &View<C>,
        target: StreamId,
        request: &CommandRequest,
    ) -> Result<Receipt, CommandError> {
        let revision = self.revision_of(&target).await?;
        let note = note(&target, revision, view, request);
        let append =
            Append { events: Vec::new(), condition: condition(view, &target, request), note: Some(note) };
        self.appended(append).await.map_err(refused(request))?;
        self.recent.remember(&request.stamp.correlation_id, &[], &target, view.after);
        Ok(receipt(target, revision, view.after, request))
    }

    async fn appended(&self, append: Append) -> Result<Appended, AppendError> {
        let begun = Instant::now();
        let answer = self.store.append(append).await;
        self.meters.appended(&answer, begun.elapsed());
        self.pulse.felt(&answer);
        answer
    }

    /// A stale expected revision is told before a rule, but after "there is no such thing".
    async fn refuse<R: Rejection>(
        &self,
        rejection: R,
        target: &StreamId,
        request: &CommandRequest,
    ) -> Result<CommandError, CommandError> {
        let missing = matches!(rejection.kind(), RejectionKind::NotFound | RejectionKind::Gone);
        if let Some(expected) = request.expected.filter(|_| !missing) {
            let found = self.revision_of(target).await?;
            if !expected.holds(found) {
                return Ok(Conflict::Revision { stream: target.clone(), expected, found }.into());
            }
        }
        Ok(CommandError::Rejected(Rejected::new(rejection)))
    }

    async fn revision_of(&self, stream: &StreamId) -> Result<Option<Revision>, CommandError> {
        Ok(self.store.last_of(stream).await?.map(|(revision, _)| revision))
    }
}

fn condition<C: Command>(view: &View<C>, target: &StreamId, request: &CommandRequest) -> AppendCondition {
    AppendCondition {
        boundary: Boundary(view.scopes()),
        after: view.after,
        expected: request.expected.map(|expected| (target.clone(), expected)).into_iter().collect(),
    }
}

fn note<C: Command>(
    target: &StreamId,
    revision: Option<Revision>,
    view: &View<C>,
    request: &CommandRequest,
) -> Note {
    Note {
        correlation_id: request.stamp.correlation_id.clone(),
        target: target.clone(),
        revision,
        position: view.after,
        key: request.key.clone(),
        at: request.stamp.now,
    }
}

fn receipt(
    stream: StreamId,
    revision: Option<Revision>,
    position: diptych_core::Position,
    request: &CommandRequest,
) -> Receipt {
    Receipt { stream, revision, position, correlation_id: request.stamp.correlation_id.clone() }
}

fn refused(request: &CommandRequest) -> impl FnOnce(AppendError) -> CommandError + '_ {
    |error| match error {
        AppendError::Conflict(conflict) => conflict.into(),
        AppendError::Failure(failure) => failure.into(),
        AppendError::KeyUsed(kept) => CommandError::Replayed(receipt_of(*kept, request.key.as_ref())),
    }
}
