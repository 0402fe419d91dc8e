//! A cache before the read models: asked first, filled by who asked in vain, and told of every event that changes an entry.
//!
//! What holds: an answer from it is never older than what the read model would give here and now. An entry is as new as the last event
//! that the cache was told of ([`Forgets`] has come so far), and is not used while that is behind the read model. A cache that
//! is away is left alone for a moment: it must not make slow what is fast without it.

use std::{
    borrow::Cow,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use diptych_core::{
    BoxError, EventHandler, Failure, FailureKind, Filter, Position, RecordedEvent,
    cache::{CacheKey, Cached, ViewCache},
};
use serde_json::Value;

use crate::{meters::Meters, watermark::Watermarks};

/// How long a cache may take before the read model is asked.
const PATIENCE: Duration = Duration::from_millis(100);
/// How long one that failed is left alone.
const LEFT_ALONE: Duration = Duration::from_secs(1);

/// The name of the event handler that tells the cache what changes a view's entries.
pub(crate) fn teller_of(view: &str) -> String {
    format!("{view}_cache")
}

/// See the page.
pub(crate) struct Cache {
    kept: Arc<dyn ViewCache>,
    watermarks: Arc<Watermarks>,
    meters: Meters,
    away_until: Mutex<Option<Instant>>,
}

impl Cache {
    pub(crate) fn new(kept: Arc<dyn ViewCache>, watermarks: Arc<Watermarks>, meters: Meters) -> Self {
        Self { kept, watermarks, meters, away_until: Mutex::default() }
    }

    /// The entry, and up to where it reflects the log: at least as far as the read model here, and as `at`.
    pub(crate) async fn find(&self, key: &CacheKey, at: Option<Position>) -> Option<(Value, Position)> {
        // Taken before the entry: it has every event up to here that changes it.
        let told = self.watermarks.of(&teller_of(&key.view));
        let wanted = self.watermarks.of(&key.view).max(at.unwrap_or_default());
        let found = self.tried(self.kept.find(key)).await;
        let (outcome, answer) = match found {
            None => ("away", None),
            Some(None) => ("miss", None),
            Some(Some(Cached { body, as_of })) => match as_of.max(told) {
                position if position >= wanted => ("hit", Some((body, position))),
                _ => ("behind", None),
            },
        };
        self.meters.cache(&key.view, outcome);
        answer
    }

    /// Keeps an entry that was read from the read model.
    pub(crate) async fn keep(&self, key: &CacheKey, body: Value, as_of: Position) {
        if as_of >= self.watermarks.of(&teller_of(&key.view)) {
            self.tried(self.kept.keep(key, &Cached { body, as_of })).await;
        }
    }

    /// What the cache says, if it says so soon; none where it is away, which is logged once in a while.
    async fn tried<T>(&self, asked: impl Future<Output = Result<T, Failure>>) -> Option<T> {
        if self.away().is_some_and(|until| Instant::now() < until) {
            return None;
        }
        let failed = match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Ok(said)) => return Some(said),
            Ok(Err(failure)) => failure,
            Err(_) => Failure::plain(FailureKind::Unavailable, "it does not answer in time"),
        };
        tracing::warn!(
            cache = self.kept.name(),
            error = failed.chain(),
            "the cache is left alone for a moment"
        );
        *self.away_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + LEFT_ALONE);
        None
    }

    fn away(&self) -> Option<Instant> {
        *self.away_until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which entries an event changes.
pub(crate) type ChangedBy = Arc<dyn Fn(&RecordedEvent) -> Result<Vec<String>, BoxError> + Send + Sync>;

/// Tells the cache what changes the entries of a view.
pub(crate) struct Forgets {
    pub(crate) view: &'static str,
    pub(crate) filter: Filter,
    pub(crate) changed_by: ChangedBy,
    pub(crate) cache: Arc<dyn ViewCache>,
}

#[async_trait]
impl EventHandler for Forgets {
    fn name(&self) -> Cow<'static, str> {
        teller_of(self.view).into()
    }

    fn filter(&self) -> Filter {
        self.filter.clone()
    }

    async fn handle(&self, event: &RecordedEvent) -> Result<(), BoxError> {
        let ids = (self.changed_by)(event)?;
        Ok(self.cache.forget(self.view, &ids, event.position()).await?)
    }
}
