//! Parking: an event that cannot be taken is put aside with its error, and tried again when an operator says so.

use std::collections::{HashMap, HashSet};

use diptych_core::{
    Failure, Filter, Position, RecordedEvent, StreamId,
    model::{ApplyError, Epoch, Later, ParkedEvent},
    store::ReadRequest,
};

use super::{Ended, Runner, ended};
use crate::projections::status::LastError;

impl Runner {
    /// Parks the one event that was tried so often.
    pub(super) async fn put_aside(
        &self,
        event: &[RecordedEvent],
        later: Later,
        (attempts, error): (u32, &ApplyError),
        to: Position,
        epoch: Epoch,
    ) -> Result<(), Ended> {
        let parked: Vec<_> = event.iter().map(|event| self.parked(event, later, attempts, error)).collect();
        self.park(&parked, to, epoch).await
    }

    fn parked(
        &self,
        event: &RecordedEvent,
        later: Later,
        attempts: u32,
        error: &(dyn std::error::Error + 'static),
    ) -> ParkedEvent {
        let LastError { message, at, .. } =
            LastError::new(error, Some(event.position()), attempts, self.around.clock.now());
        let (position, stream) = (event.position(), event.stream().clone());
        ParkedEvent { position, stream, error: message, attempts, at, later }
    }

    async fn park(&self, events: &[ParkedEvent], to: Position, epoch: Epoch) -> Result<(), Ended> {
        for event in events {
            tracing::warn!(projection = %self.name, position = event.position.get(), error = event.error, "an event is parked");
        }
        self.model.park(events, to, epoch).await.map_err(ended)?;
        self.progress.also_parked(events);
        self.progress.recovered();
        Ok(())
    }

    /// Parks those events whose stream is held, and keeps the others.
    pub(super) async fn hold_back(
        &self,
        events: &mut Vec<RecordedEvent>,
        held: &HashMap<StreamId, Position>,
        epoch: Epoch,
    ) -> Result<(), Ended> {
        let at = self.around.clock.now();
        let waits = |event: &RecordedEvent| {
            held.get(event.stream()).filter(|behind| **behind < event.position()).map(|behind| ParkedEvent {
                position: event.position(),
                stream: event.stream().clone(),
                error: format!("waits behind event {behind} of its stream"),
                attempts: 0,
                at,
                later: Later::Wait,
            })
        };
        let waiting: Vec<_> = events.iter().filter_map(waits).collect();
        if waiting.is_empty() {
            return Ok(());
        }
        events.retain(|event| waits(event).is_none());
        // The checkpoint stays: the events between are still to be taken.
        self.park(&waiting, Position::START, epoch).await
    }

    /// Tries what is parked again, in order. What fails again stays parked, with what waits behind it.
    ///
    /// # Errors
    /// [`Failure`] where the engine or the log broke; what was taken until then is.
    pub(crate) async fn retry_parked(&self) -> Result<(), Failure> {
        let epoch = self.model.take_over(&self.around.owner).await?.epoch;
        let mut held: HashSet<StreamId> = HashSet::new();
        for parked in self.model.parked().await? {
            if held.contains(&parked.stream) {
                continue;
            }
            let event = self.read_again(parked.position).await?;
            match self.work.unpark(&*self.model, &event, epoch).await {
                Ok(()) => {}
                Err(ApplyError::Failure(failure)) if failure.may_retry() => return Err(failure),
                Err(ApplyError::Fenced { .. }) => break,
                Err(error) => {
                    if parked.later == Later::Wait {
                        held.insert(parked.stream);
                    }
                    let attempts = parked.attempts.saturating_add(1);
                    let anew = self.parked(&event, parked.later, attempts, &error);
                    if let Err(ApplyError::Failure(failure)) =
                        self.model.park(&[anew], Position::START, epoch).await
                    {
                        return Err(failure);
                    }
                }
            }
        }
        self.progress.knows_parked(self.model.parked().await?);
        Ok(())
    }

    /// The event as the log has it now, upcast by whoever decodes it.
    async fn read_again(&self, position: Position) -> Result<RecordedEvent, Failure> {
        let before = Position::new(position.get().saturating_sub(1));
        let page = self.around.store.read(ReadRequest::after(Filter::All, before).limit(1)).await?;
        let found = page.events.into_iter().next().filter(|event| event.position() == position);
        found.ok_or_else(|| {
            let text = format!("the parked event {position} is not in the log");
            Failure::plain(diptych_core::FailureKind::Unreadable, text)
        })
    }
}
