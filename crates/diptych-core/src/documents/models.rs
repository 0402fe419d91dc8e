//! All generations of one read model of documents: made, promoted and removed, whatever the engine.
//!
//! The projection's record says which there are, which is live, and which number was given last, so that none is given twice. What
//! holds: a generation is in the record only once its collection stands; promoting is one change of the record.

use std::sync::{Arc, atomic::AtomicU64};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{
    engine::{CollectionName, DocumentEngine, Record, Written},
    model::{DocumentModel, Place},
    projection::DocumentProjection,
    shape::Shape,
};
use crate::{
    failure::{Failure, FailureKind},
    model::{Generation, GenerationInfo, Reach, ReadModel, ReadModels},
    projection::ProjectionSpec,
    time::Clock,
};

/// How often a change of the record is tried that others are in the way of.
const ATTEMPTS: u32 = 32;

/// The generations of one projection in one engine.
pub struct DocumentModels {
    engine: Arc<dyn DocumentEngine>,
    projection: Arc<dyn DocumentProjection>,
    spec: ProjectionSpec,
    shape: Shape,
    clock: Arc<dyn Clock>,
}

/// The projection's record.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Register {
    live: Option<Generation>,
    /// The number that was given last; 0 before the first.
    newest: u32,
    /// Oldest first.
    generations: Vec<Generation>,
    /// Being made, or broken off while it was.
    unfinished: Option<Generation>,
}

impl DocumentModels {
    /// Of this projection. Nothing is asked of the engine yet.
    pub fn new(
        engine: Arc<dyn DocumentEngine>,
        projection: Arc<dyn DocumentProjection>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let (spec, shape) = (projection.spec(), projection.shape());
        Self { engine, projection, spec, shape, clock }
    }

    fn collection(&self, generation: Generation) -> CollectionName {
        CollectionName { projection: self.spec.name.to_string(), generation }
    }

    /// The name stands in the names of collections, indexes and folders.
    fn check_name(&self) -> Result<(), Failure> {
        let name = &self.spec.name;
        let fits = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
        if !name.is_empty() && name.len() <= 100 && name.chars().all(fits) {
            return Ok(());
        }
        let text = format!("a projection's name is 1 to 100 of A-Z a-z 0-9 _ -, which {name:?} is not");
        Err(Failure::plain(FailureKind::Invalid, text))
    }

    async fn register(&self) -> Result<(u64, Register), Failure> {
        self.check_name()?;
        let Some(Record { revision, value }) = self.engine.record(&self.spec.name).await? else {
            return Ok((0, Register::default()));
        };
        let register = serde_json::from_value(value).map_err(|error| {
            let text = format!("reading which generations of {} there are", self.spec.name);
            Failure::new(FailureKind::Unreadable, text, error)
        });
        Ok((revision, register?))
    }

    /// Changes the record, whoever else is about to.
    async fn change(
        &self,
        change: impl Fn(&mut Register) -> Result<(), Failure> + Send + Sync,
    ) -> Result<Register, Failure> {
        for _ in 0..ATTEMPTS {
            let (revision, mut register) = self.register().await?;
            let before = register.clone();
            change(&mut register)?;
            if register == before {
                return Ok(register);
            }
            let value = serde_json::to_value(&register)
                .map_err(|error| Failure::new(FailureKind::Internal, "writing a record", error))?;
            let record = Record { revision: revision.saturating_add(1), value };
            match self.engine.set_record(&self.spec.name, &record).await? {
                Written::Done => return Ok(register),
                Written::Changed => {}
            }
        }
        let text = format!("changing the generations of {}: others were first", self.spec.name);
        Err(Failure::plain(FailureKind::Unavailable, text))
    }

    fn none(&self, generation: Generation) -> Failure {
        let text = format!("there is no generation {generation} of {}", self.spec.name);
        Failure::plain(FailureKind::Invalid, text)
    }

    fn known(&self, register: &Register, generation: Generation) -> Result<(), Failure> {
        if register.generations.contains(&generation) { Ok(()) } else { Err(self.none(generation)) }
    }

    async fn info(&self, generation: Generation, live: bool) -> Result<Option<GenerationInfo>, Failure> {
        let collection = match self.engine.open(&self.collection(generation), &self.shape).await {
            Err(failure) if failure.kind() == FailureKind::Invalid => return Ok(None),
            opened => opened?,
        };
        let Some(record) = collection.place().await? else { return Ok(None) };
        let Place { position, version, created_at, .. } = Place::of(&record)?;
        Ok(Some(GenerationInfo { generation, version, position, live, created_at }))
    }
}

#[async_trait]
impl ReadModels for DocumentModels {
    fn spec(&self) -> &ProjectionSpec {
        &self.spec
    }

    fn reach(&self) -> Reach {
        self.engine.reach()
    }

    async fn generations(&self) -> Result<Vec<GenerationInfo>, Failure> {
        let (_, register) = self.register().await?;
        let mut infos = Vec::with_capacity(register.generations.len());
        for generation in &register.generations {
            // One whose place is gone was lost by the engine, or is being removed: it is none.
            infos.extend(self.info(*generation, register.live == Some(*generation)).await?);
        }
        Ok(infos)
    }

    async fn create(&self) -> Result<Generation, Failure> {
        let (_, before) = self.register().await?;
        if let Some(broken_off) = before.unfinished {
            self.engine.remove(&self.collection(broken_off)).await?;
        }
        let begun = self.change(|register| {
            register.newest = register.newest.max(before.newest).saturating_add(1);
            register.unfinished = Some(Generation(register.newest));
            Ok(())
        });
        let generation = Generation(begun.await?.newest);
        let there: Vec<_> = self.generations().await?.into_iter().map(|info| info.generation).collect();
        let name = self.collection(generation);
        let place = Place::new(self.spec.version, self.clock.now()).record(1)?;
        self.engine.make(&name, &self.shape, &place).await?;
        let finished = self.change(|register| {
            if register.unfinished != Some(generation) {
                let text = format!("{} of {} was made by two at once", generation, self.spec.name);
                return Err(Failure::plain(FailureKind::Unavailable, text));
            }
            register.unfinished = None;
            // What the engine has lost is forgotten, so that a read model comes back by itself.
            register.generations.retain(|known| there.contains(known));
            register.live = register.live.filter(|live| there.contains(live));
            register.live = register.live.or(register.generations.is_empty().then_some(generation));
            register.generations.push(generation);
            Ok(())
        });
        if finished.await?.live == Some(generation) {
            self.engine.point_at(&name).await?;
        }
        Ok(generation)
    }

    async fn open(&self, generation: Generation) -> Result<Arc<dyn ReadModel>, Failure> {
        self.known(&self.register().await?.1, generation)?;
        let name = self.collection(generation);
        let collection = self.engine.open(&name, &self.shape).await?;
        let (projection, shape) = (Arc::clone(&self.projection), self.shape.clone());
        Ok(Arc::new(DocumentModel { name, projection, shape, collection, seen: AtomicU64::default() }))
    }

    async fn promote(&self, generation: Generation) -> Result<(), Failure> {
        let promoted = self.change(|register| {
            self.known(register, generation)?;
            register.live = Some(generation);
            Ok(())
        });
        promoted.await?;
        self.engine.point_at(&self.collection(generation)).await
    }

    async fn remove(&self, generation: Generation) -> Result<(), Failure> {
        let removed = self.change(|register| {
            self.known(register, generation)?;
            if register.live == Some(generation) {
                let text = format!(
                    "generation {generation} of {} is live; promote another one first",
                    self.spec.name
                );
                return Err(Failure::plain(FailureKind::Invalid, text));
            }
            register.generations.retain(|known| *known != generation);
            Ok(())
        });
        removed.await?;
        self.engine.remove(&self.collection(generation)).await
    }
}

impl std::fmt::Debug for DocumentModels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DocumentModels({} in {})", self.spec.name, self.engine.name())
    }
}
