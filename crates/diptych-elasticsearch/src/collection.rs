//! One generation of documents: they are written, made searchable, and then the place is set.
//!
//! What holds: when the place is set, all that it stands for can be found by any search, also what another writer had written before it was
//! fenced off. So what a batch has found to be there already is made searchable too.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use diptych_core::{
    Failure, FailureKind,
    documents::{Collection, DocumentReader, Entry, Record, Written},
};
use http::Method;
use serde::Deserialize;

use crate::{
    bulk::{Bulk, Wrote},
    failure::Meaning,
    mapping::Fields,
    names::PLACE,
    reader::{ElasticsearchReader, by_ids},
    record::{RecordAt, Seen, Set},
    server::Server,
};

/// So many documents are asked for at once.
const TOGETHER: usize = 1_000;

/// See the page.
#[derive(Debug)]
pub(crate) struct ElasticsearchCollection {
    server: Arc<Server>,
    alias: String,
    fields: Arc<Fields>,
    /// The revision of the place that was read or written last, and how the server knows it. Saves reading it again.
    place: Mutex<Option<(u64, Seen)>>,
    /// Whether something may have been written that no search finds yet.
    hidden: AtomicBool,
}

#[derive(Deserialize)]
struct Refreshed {
    #[serde(rename = "_shards")]
    shards: Shards,
}

#[derive(Deserialize)]
struct Shards {
    failed: u32,
}

impl ElasticsearchCollection {
    pub(crate) fn new(server: Arc<Server>, alias: String, fields: Fields) -> Self {
        let (place, hidden) = (Mutex::default(), AtomicBool::new(true));
        Self { server, alias, fields: Arc::new(fields), place, hidden }
    }

    fn at(&self) -> RecordAt<'_> {
        RecordAt { server: &self.server, alias: &self.alias, id: PLACE }
    }

    fn remember(&self, place: Option<(u64, Seen)>) {
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = place;
    }

    fn remembered(&self) -> Option<(u64, Seen)> {
        *self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the server knows the place of this revision; none where that is not the one it has.
    async fn seen(&self, revision: u64) -> Result<Option<Seen>, Failure> {
        if let Some((_, seen)) = self.remembered().filter(|(remembered, _)| *remembered == revision) {
            return Ok(Some(seen));
        }
        let found = self.at().read().await?.filter(|(there, _)| there.revision == revision);
        Ok(found.map(|(_, seen)| seen))
    }

    /// Makes searchable all that was written up to now.
    async fn show(&self) -> Result<Wrote, Failure> {
        if !self.hidden.swap(false, Ordering::SeqCst) {
            return Ok(Wrote::All);
        }
        let shown = self.refresh().await;
        if shown.is_err() {
            self.hidden.store(true, Ordering::SeqCst);
        }
        shown
    }

    async fn refresh(&self) -> Result<Wrote, Failure> {
        let doing = format!("making documents of {} searchable in {}", self.alias, self.server.kind().name());
        let path = format!("/{}/_refresh", self.alias);
        let answer = self.server.again(Method::POST, &path, "", &doing).await?;
        if answer.told().is_some_and(|told| told.meaning() == Meaning::NoIndex) {
            return Ok(Wrote::NoIndex);
        }
        let Refreshed { shards } = answer.read(&doing)?;
        if shards.failed == 0 {
            return Ok(Wrote::All);
        }
        Err(Failure::plain(FailureKind::Unavailable, format!("{doing}: {} copies failed", shards.failed)))
    }

    async fn set_place(&self, place: &Record) -> Result<Written, Failure> {
        let Some(before) = place.revision.checked_sub(1) else { return Ok(Written::Changed) };
        let Some(seen) = self.seen(before).await? else { return Ok(Written::Changed) };
        // Whatever becomes of it, the one that was there is not known to be there any more.
        self.remember(None);
        match self.at().write(place, Some(seen)).await? {
            Set::Done(seen) => {
                self.remember(Some((place.revision, seen)));
                Ok(Written::Done)
            }
            Set::Changed | Set::NoIndex => Ok(Written::Changed),
        }
    }
}

#[async_trait]
impl Collection for ElasticsearchCollection {
    async fn place(&self) -> Result<Option<Record>, Failure> {
        let found = self.at().read().await?;
        self.remember(found.as_ref().map(|(record, seen)| (record.revision, *seen)));
        Ok(found.map(|(record, _)| record))
    }

    async fn entries(&self, ids: &[String]) -> Result<Vec<Entry>, Failure> {
        let mut found = Vec::new();
        for ids in ids.chunks(TOGETHER) {
            let some = by_ids(&self.server, &self.alias, ids).await?;
            found.extend(some.into_iter().map(|(id, kept)| kept.entry(&id)));
        }
        // What was found may be of a writer that has not made it searchable, and is not written again.
        self.hidden.store(true, Ordering::SeqCst);
        Ok(found)
    }

    async fn commit(&self, entries: Vec<Entry>, place: &Record) -> Result<Written, Failure> {
        if !entries.is_empty() {
            let bulk = Bulk { server: &self.server, alias: &self.alias, fields: &self.fields };
            let wrote = bulk.write(&entries).await;
            // Also after an error, and only now: one who made visible what was there before has missed these.
            self.hidden.store(true, Ordering::SeqCst);
            if wrote? == Wrote::NoIndex {
                return Ok(Written::Changed);
            }
        }
        match self.show().await? {
            Wrote::All => self.set_place(place).await,
            Wrote::NoIndex => Ok(Written::Changed),
        }
    }

    async fn reader(&self) -> Result<Option<(Record, Box<dyn DocumentReader>)>, Failure> {
        let (server, fields) = (Arc::clone(&self.server), Arc::clone(&self.fields));
        let reader = ElasticsearchReader { server, alias: self.alias.clone(), fields };
        Ok(self.place().await?.map(|place| -> (_, Box<dyn DocumentReader>) { (place, Box::new(reader)) }))
    }
}
