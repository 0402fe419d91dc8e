//! One generation: an index whose commits carry the place, so that documents and place change together.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use async_trait::async_trait;
use diptych_core::{
    Failure, FailureKind,
    documents::{Collection, CollectionName, DocumentReader, Entry, Record, Written},
};
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, TantivyError};

use crate::{
    failure::{blocking, failure},
    reader::Moment,
    schema::Fields,
};

/// What Tantivy may take in memory before it writes a segment: the least that it works with. It has one thread to write with.
const BUDGET: usize = 15_000_000;

/// An index that is open, shared by all who opened it.
#[derive(Debug)]
pub(crate) struct TantivyCollection(Arc<Open>);

pub(crate) struct Open {
    name: CollectionName,
    fields: Arc<Fields>,
    index: Index,
    reader: IndexReader,
    /// Made at the first write, and again after one that failed, which may have left documents behind in it.
    writer: Mutex<Option<IndexWriter>>,
    /// What is read; none once it was removed.
    now: RwLock<Option<Now>>,
}

/// The last commit: its place and its documents.
#[derive(Clone)]
struct Now {
    place: Record,
    moment: Moment,
}

impl TantivyCollection {
    pub(crate) const fn of(open: Arc<Open>) -> Self {
        Self(open)
    }

    async fn on<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Open) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let open = Arc::clone(&self.0);
        blocking(move || work(&open)).await
    }
}

impl Open {
    /// Opens an index, at its last commit.
    pub(crate) fn new(name: CollectionName, fields: Fields, index: Index) -> Result<Self, Failure> {
        let wrap = |error| failure(format!("opening {name}"), error);
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().map_err(wrap)?;
        let (fields, writer, now) = (Arc::new(fields), Mutex::new(None), RwLock::new(None));
        let open = Self { name, fields, index, reader, writer, now };
        open.look()?;
        Ok(open)
    }

    /// Shows the last commit to those who read from now on.
    fn look(&self) -> Result<(), Failure> {
        let wrap = |error| self.failure("reading", error);
        self.reader.reload().map_err(wrap)?;
        let payload = self.index.load_metas().map_err(wrap)?.payload;
        let place =
            payload.map(|payload| serde_json::from_str::<(u64, serde_json::Value)>(&payload)).transpose();
        let place = place.map_err(|error| {
            Failure::new(FailureKind::Unreadable, format!("reading the place of {}", self.name), error)
        })?;
        let moment = Moment { fields: Arc::clone(&self.fields), searcher: self.reader.searcher() };
        let now = place.map(|(revision, value)| Now { place: Record { revision, value }, moment });
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = now;
        Ok(())
    }

    fn now(&self) -> Option<Now> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn writer(&self) -> MutexGuard<'_, Option<IndexWriter>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failure(&self, doing: &str, error: TantivyError) -> Failure {
        failure(format!("{doing} {}", self.name), error)
    }

    /// Nobody reads or writes it from now on.
    pub(crate) fn close(&self) {
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = None;
        drop(self.writer().take());
    }

    /// Sets the first place of an index that was just made.
    pub(crate) fn begin(&self, place: &Record) -> Result<(), Failure> {
        let mut writer = self.writer();
        self.write(&mut writer, &[], place)?;
        self.look()
    }

    fn commit(&self, entries: &[Entry], place: &Record) -> Result<Written, Failure> {
        let mut writer = self.writer();
        let Some(now) = self.now() else { return Ok(Written::Changed) };
        if now.place.revision.saturating_add(1) != place.revision {
            return Ok(Written::Changed);
        }
        let mut newer = Vec::with_capacity(entries.len());
        for entry in entries {
            if now.moment.stamp(&entry.id)? < entry.stamp.number() {
                newer.push(entry.clone());
            }
        }
        let written = self.write(&mut writer, &newer, place).and_then(|()| self.look());
        if let Err(failure) = written {
            // What it holds is not to be committed by whoever comes next; nor is it known whether it was.
            drop(writer.take());
            self.look()?;
            return Err(failure);
        }
        Ok(Written::Done)
    }

    fn write(
        &self,
        writer: &mut Option<IndexWriter>,
        entries: &[Entry],
        place: &Record,
    ) -> Result<(), Failure> {
        let wrap = |error| self.failure("writing", error);
        let writer = match writer {
            Some(writer) => writer,
            None => writer
                .insert(self.index.writer_with_num_threads(1, BUDGET).map_err(|error| self.held(error))?),
        };
        for entry in entries {
            writer.delete_term(self.fields.id_term(&entry.id));
            writer.add_document(self.fields.document(entry)?).map_err(wrap)?;
        }
        let payload = serde_json::to_string(&(place.revision, &place.value))
            .map_err(|error| Failure::new(FailureKind::Internal, "writing a place", error))?;
        let mut commit = writer.prepare_commit().map_err(wrap)?;
        commit.set_payload(&payload);
        commit.commit().map(drop).map_err(wrap)
    }

    fn held(&self, error: TantivyError) -> Failure {
        if !matches!(error, TantivyError::LockFailure(..)) {
            return self.failure("writing", error);
        }
        let text = format!("{} is written by another process; one process serves a folder", self.name);
        Failure::new(FailureKind::Unavailable, text, error)
    }
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Open({})", self.name)
    }
}

#[async_trait]
impl Collection for TantivyCollection {
    async fn place(&self) -> Result<Option<Record>, Failure> {
        Ok(self.0.now().map(|now| now.place))
    }

    async fn entries(&self, ids: &[String]) -> Result<Vec<Entry>, Failure> {
        let Some(Now { moment, .. }) = self.0.now() else { return Ok(Vec::new()) };
        let ids = ids.to_vec();
        blocking(move || {
            let entries = ids.iter().map(|id| moment.entry(id));
            Ok(entries.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
        })
        .await
    }

    async fn commit(&self, entries: Vec<Entry>, place: &Record) -> Result<Written, Failure> {
        let place = place.clone();
        self.on(move |open| open.commit(&entries, &place)).await
    }

    async fn reader(&self) -> Result<Option<(Record, Box<dyn DocumentReader>)>, Failure> {
        Ok(self.0.now().map(|Now { place, moment }| {
            let reader: Box<dyn DocumentReader> = Box::new(moment);
            (place, reader)
        }))
    }
}
