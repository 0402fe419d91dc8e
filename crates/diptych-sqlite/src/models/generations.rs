//! All generations of one read model: made, promoted and removed.

use std::{
    fs::File,
    sync::{Arc, PoisonError},
};

use async_trait::async_trait;
use diptych_core::{
    Failure, FailureKind, ProjectionSpec, SqlProjection,
    model::{Generation, GenerationInfo, ReadModel, ReadModels},
};

use super::{Engine, files::Pointer, generation::Projected};
use crate::{
    failure::{failure, kind, lost},
    schema::{Durability, MODEL},
};

/// See the page.
pub(super) struct SqliteModels(Arc<Inner>);

struct Inner {
    engine: Arc<Engine>,
    projection: Arc<dyn SqlProjection>,
    spec: ProjectionSpec,
}

impl SqliteModels {
    pub(super) fn new(engine: Arc<Engine>, projection: Arc<dyn SqlProjection>) -> Self {
        let spec = projection.spec();
        Self(Arc::new(Inner { engine, projection, spec }))
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let inner = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || {
            inner.check_name()?;
            work(&inner)
        });
        done.await.map_err(|error| lost("keeping read models", error))?
    }
}

#[async_trait]
impl ReadModels for SqliteModels {
    fn spec(&self) -> &ProjectionSpec {
        &self.0.spec
    }

    async fn generations(&self) -> Result<Vec<GenerationInfo>, Failure> {
        self.blocking(Inner::generations).await
    }

    async fn create(&self) -> Result<Generation, Failure> {
        self.blocking(Inner::create).await
    }

    async fn open(&self, generation: Generation) -> Result<Arc<dyn ReadModel>, Failure> {
        let projection = Arc::clone(&self.0.projection);
        let model = self.blocking(move |inner| inner.engine.model(&inner.spec.name, generation)).await?;
        Ok(Arc::new(Projected { model, projection }))
    }

    async fn promote(&self, generation: Generation) -> Result<(), Failure> {
        self.blocking(move |inner| inner.promote(generation)).await
    }

    async fn remove(&self, generation: Generation) -> Result<(), Failure> {
        self.blocking(move |inner| inner.remove(generation)).await
    }
}

impl Inner {
    /// The name stands in the names of files.
    fn check_name(&self) -> Result<(), Failure> {
        let name = &self.spec.name;
        let fits = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
        if !name.is_empty() && name.len() <= 100 && name.chars().all(fits) {
            return Ok(());
        }
        let text = format!("a projection's name is 1 to 100 of A-Z a-z 0-9 _ -, which {name:?} is not");
        Err(Failure::plain(FailureKind::Invalid, text))
    }

    fn generations(&self) -> Result<Vec<GenerationInfo>, Failure> {
        let live = self.engine.files.pointer(&self.spec.name)?.live;
        let generations = self.engine.files.generations(&self.spec.name)?.into_iter().map(|generation| {
            let model = self.engine.model(&self.spec.name, generation)?;
            model.info(live == Some(generation))
        });
        generations.collect()
    }

    fn create(&self) -> Result<Generation, Failure> {
        let _changing = self.engine.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let (files, name) = (&self.engine.files, &self.spec.name);
        let there = files.generations(name)?;
        let pointer = files.pointer(name)?;
        let newest = there.last().map_or(0, |newest| newest.0).max(pointer.newest);
        let generation = Generation(newest.saturating_add(1));
        self.fill_unfinished()?;
        let live = if there.is_empty() { Some(generation) } else { pointer.live };
        // The pointer first: where a crash comes between, it leads to nothing, and the next one made is the first.
        files.set_pointer(name, Pointer { live, newest: generation.0 })?;
        files.finish(name, generation)?;
        Ok(generation)
    }

    /// Makes the tables in a file that is not a generation yet.
    fn fill_unfinished(&self) -> Result<(), Failure> {
        let file = self.engine.files.unfinished(&self.spec.name);
        self.engine.files.remove(&file)?;
        let doing = format!("making a generation of {}", self.spec.name);
        let wrap = |error: rusqlite::Error| failure(&doing, error);
        let connection = MODEL
            .open(&file, Durability::Synced)
            .map_err(|error| Failure::new(FailureKind::Unavailable, doing.clone(), error))?;
        connection.execute_batch("BEGIN IMMEDIATE").map_err(wrap)?;
        connection.execute_batch(&self.spec.schema).map_err(|error| {
            Failure::new(kind(&error), format!("{doing}: its schema does not apply"), error)
        })?;
        let row = (&*self.spec.name, self.spec.version, self.engine.clock.now().as_micros());
        connection.execute(include_str!("../../sql/model/insert_generation.sql"), row).map_err(wrap)?;
        connection.execute_batch("COMMIT").map_err(wrap)?;
        // The WAL is moved into the file, which then is all that there is. Closing would do so too, but does not tell when
        // it could not.
        let moved = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0));
        if moved.map_err(wrap)? {
            return Err(Failure::plain(FailureKind::Unavailable, format!("{doing}: its file is in use")));
        }
        connection.close().map_err(|(_, error)| wrap(error))?;
        let synced = File::open(&file).and_then(|file| file.sync_all());
        synced.map_err(|error| Failure::new(FailureKind::Unavailable, doing.clone(), error))
    }

    fn promote(&self, generation: Generation) -> Result<(), Failure> {
        let _changing = self.engine.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let (files, name) = (&self.engine.files, &self.spec.name);
        if !files.generations(name)?.contains(&generation) {
            return Err(self.none(generation));
        }
        let newest = files.pointer(name).map_or(0, |pointer| pointer.newest).max(generation.0);
        files.set_pointer(name, Pointer { live: Some(generation), newest })
    }

    fn remove(&self, generation: Generation) -> Result<(), Failure> {
        let _changing = self.engine.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let (files, name) = (&self.engine.files, &self.spec.name);
        if !files.generations(name)?.contains(&generation) {
            return Err(self.none(generation));
        }
        if files.pointer(name)?.live == Some(generation) {
            let text = format!("generation {generation} of {name} is live; promote another one first");
            return Err(Failure::plain(FailureKind::Invalid, text));
        }
        self.engine.forget(name, generation);
        files.remove(&files.file(name, generation))
    }

    fn none(&self, generation: Generation) -> Failure {
        let text = format!("there is no generation {generation} of {}", self.spec.name);
        Failure::plain(FailureKind::Invalid, text)
    }
}

impl std::fmt::Debug for SqliteModels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteModels").field("name", &self.0.spec.name).finish_non_exhaustive()
    }
}
