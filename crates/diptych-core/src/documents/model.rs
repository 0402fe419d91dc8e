//! One generation of documents: a batch is folded, its documents are written, and the checkpoint follows.
//!
//! The place is one record: checkpoint, owner and parked events, so that they move together. What holds: only the owner of the
//! present epoch sets it; documents that were written before it are found to be newer when their events come again.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{
    engine::{Collection, CollectionName, Record, Written},
    entry::Entry,
    fold::Folder,
    projection::DocumentProjection,
    reader::DocumentReader,
    shape::Shape,
};
use crate::{
    event::RecordedEvent,
    failure::{Failure, FailureKind},
    model::{ApplyError, Checkpoint, Epoch, ParkedEvent, ReadHandle, ReadModel},
    position::Position,
    time::Timestamp,
};

/// How often a compare-and-set is tried that others are in the way of.
const ATTEMPTS: u32 = 32;

/// What is kept of a generation beside its documents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Place {
    pub(super) position: Position,
    epoch: u64,
    owner: String,
    /// Of the rows.
    pub(super) version: u32,
    pub(super) created_at: Timestamp,
    parked: Vec<ParkedEvent>,
}

impl Place {
    pub(super) const fn new(version: u32, created_at: Timestamp) -> Self {
        let position = Position::START;
        Self { position, epoch: 0, owner: String::new(), version, created_at, parked: Vec::new() }
    }

    pub(super) fn of(record: &Record) -> Result<Self, Failure> {
        serde_json::from_value(record.value.clone()).map_err(|error| {
            let text = "reading the place of a read model; the log has all that it is made of: rebuild it";
            Failure::new(FailureKind::Unreadable, text, error)
        })
    }

    pub(super) fn record(&self, revision: u64) -> Result<Record, Failure> {
        let value = serde_json::to_value(self);
        let value = value.map_err(|error| Failure::new(FailureKind::Internal, "writing a place", error))?;
        Ok(Record { revision, value })
    }

    const fn checkpoint(&self) -> Checkpoint {
        Checkpoint { position: self.position, epoch: Epoch(self.epoch) }
    }

    fn reached(&mut self, to: Position) {
        self.position = self.position.max(to);
    }
}

/// See the page.
pub(super) struct DocumentModel {
    pub(super) name: CollectionName,
    pub(super) projection: Arc<dyn DocumentProjection>,
    pub(super) shape: Shape,
    pub(super) collection: Arc<dyn Collection>,
    /// Up to where its owner here has seen it filled; an engine that is before this has lost what it took.
    pub(super) seen: AtomicU64,
}

/// What becomes of a generation.
enum Change<'a> {
    TakeOver { owner: &'a str },
    Apply { batch: &'a [RecordedEvent], to: Position },
    Park { events: &'a [ParkedEvent], to: Position },
    Unpark { event: &'a RecordedEvent },
}

impl DocumentModel {
    async fn place(&self) -> Result<(u64, Place), Failure> {
        let record = self.collection.place().await?.ok_or_else(|| self.gone())?;
        Ok((record.revision, Place::of(&record)?))
    }

    fn gone(&self) -> Failure {
        let text = format!("there is no generation {} of {}", self.name.generation, self.name.projection);
        Failure::plain(FailureKind::Invalid, text)
    }

    /// As [`Self::gone`], where it was there a moment ago: whoever fills it finds out at its next beginning.
    fn lost(&self) -> Failure {
        Failure::plain(FailureKind::Unavailable, format!("{} has gone from its engine", self.name))
    }

    /// Holds that the engine has what it took from this owner: who goes on beyond what was lost would leave a hole.
    fn hold(&self, place: &Place) -> Result<(), Failure> {
        let seen = Position::new(self.seen.load(Ordering::Acquire));
        if place.position >= seen {
            return Ok(());
        }
        let text = format!(
            "{} has gone back from {seen} to {}: its engine has lost something",
            self.name, place.position
        );
        Err(Failure::plain(FailureKind::Unavailable, text))
    }

    /// Changes it, whoever else is about to; with an epoch only as its owner. Answers the place after it.
    async fn change(&self, change: Change<'_>, ours: Option<Epoch>) -> Result<Place, ApplyError> {
        for _ in 0..ATTEMPTS {
            let (revision, mut place) = match self.place().await {
                Err(failure) if ours.is_some() && failure.kind() == FailureKind::Invalid => {
                    return Err(self.lost().into());
                }
                place => place?,
            };
            let found = place.checkpoint().epoch;
            if let Some(ours) = ours.filter(|ours| *ours != found) {
                return Err(ApplyError::Fenced { ours, found });
            }
            match ours {
                Some(_) => self.hold(&place)?,
                None => self.seen.store(place.position.get(), Ordering::Release),
            }
            let before = place.clone();
            let entries = self.made_of(&change, &mut place).await?;
            if entries.is_empty() && place == before {
                return Ok(place);
            }
            let record = place.record(revision.saturating_add(1))?;
            match self.collection.commit(entries, &record).await? {
                Written::Done => {
                    self.seen.fetch_max(place.position.get(), Ordering::AcqRel);
                    return Ok(place);
                }
                Written::Changed => {}
            }
        }
        let text = format!("setting the place of {}: others were first, again and again", self.name);
        Err(Failure::plain(FailureKind::Unavailable, text).into())
    }

    /// The documents that a change writes, and the place that it leads to.
    async fn made_of(&self, change: &Change<'_>, place: &mut Place) -> Result<Vec<Entry>, ApplyError> {
        let collection = &*self.collection;
        let folder = Folder { projection: &*self.projection, shape: &self.shape, collection };
        match *change {
            Change::TakeOver { owner } => {
                place.epoch = place.epoch.saturating_add(1);
                place.owner = owner.to_owned();
                Ok(Vec::new())
            }
            Change::Apply { batch, to } => {
                let done = batch.partition_point(|event| event.position() <= place.position);
                place.reached(to);
                folder.in_order(batch.get(done..).unwrap_or_default()).await
            }
            Change::Park { events, to } => {
                place.parked.retain(|old| events.iter().all(|new| new.position != old.position));
                place.parked.extend_from_slice(events);
                place.parked.sort_by_key(|parked| parked.position);
                place.reached(to);
                Ok(Vec::new())
            }
            Change::Unpark { event } => {
                let before = place.parked.len();
                place.parked.retain(|parked| parked.position != event.position());
                if place.parked.len() == before { Ok(Vec::new()) } else { folder.late(event).await }
            }
        }
    }
}

#[async_trait]
impl ReadModel for DocumentModel {
    async fn take_over(&self, owner: &str) -> Result<Checkpoint, Failure> {
        match self.change(Change::TakeOver { owner }, None).await {
            Ok(place) => Ok(place.checkpoint()),
            Err(ApplyError::Failure(failure)) => Err(failure),
            Err(error @ (ApplyError::Fenced { .. } | ApplyError::Event(_))) => {
                Err(Failure::new(FailureKind::Internal, "taking a read model over", error))
            }
        }
    }

    async fn apply(&self, batch: Arc<[RecordedEvent]>, to: Position, epoch: Epoch) -> Result<(), ApplyError> {
        self.change(Change::Apply { batch: &batch, to }, Some(epoch)).await.map(drop)
    }

    async fn park(&self, events: &[ParkedEvent], to: Position, epoch: Epoch) -> Result<(), ApplyError> {
        self.change(Change::Park { events, to }, Some(epoch)).await.map(drop)
    }

    async fn parked(&self) -> Result<Vec<ParkedEvent>, Failure> {
        Ok(self.place().await?.1.parked)
    }

    async fn unpark(&self, event: &RecordedEvent, epoch: Epoch) -> Result<(), ApplyError> {
        self.change(Change::Unpark { event }, Some(epoch)).await.map(drop)
    }

    async fn checkpoint(&self) -> Result<Checkpoint, Failure> {
        Ok(self.place().await?.1.checkpoint())
    }

    async fn reader(&self) -> Result<Box<dyn ReadHandle>, Failure> {
        let (record, reader) = self.collection.reader().await?.ok_or_else(|| self.gone())?;
        Ok(Box::new(DocumentHandle { position: Place::of(&record)?.position, reader }))
    }
}

impl std::fmt::Debug for DocumentModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DocumentModel({})", self.name)
    }
}

/// A generation opened for reading.
struct DocumentHandle {
    position: Position,
    reader: Box<dyn DocumentReader>,
}

impl ReadHandle for DocumentHandle {
    fn position(&self) -> Position {
        self.position
    }

    fn documents(&self) -> Option<&dyn DocumentReader> {
        Some(&*self.reader)
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}
