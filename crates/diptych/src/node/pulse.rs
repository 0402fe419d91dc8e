//! Whether the store takes appends: what the last one was answered, and a probe while that was a refusal.
//!
//! A disk that is full can still be read, so reading tells nothing of it. The probe is a note without a key, which is forgotten by
//! age; it is made only when somebody asks, at most once a second, and only while the last append was refused.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use diptych_core::{
    Append, AppendCondition, AppendError, Appended, Clock, EventStore, Failure, FailureKind, Position,
    StreamId, id::IdSource, store::Note,
};

/// How often the store is probed at most.
const EVERY: Duration = Duration::from_secs(1);
/// How long a probe may take before it counts as refused.
const PATIENCE: Duration = Duration::from_secs(2);

/// See the page.
pub(crate) struct Pulse {
    store: Arc<dyn EventStore>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    refused: Mutex<Option<Refused>>,
}

struct Refused {
    why: String,
    probed: Option<Instant>,
}

impl Pulse {
    pub(crate) fn of(store: Arc<dyn EventStore>, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        Self { store, clock, ids, refused: Mutex::default() }
    }

    /// Takes note of what an append was answered. A conflict says that the store takes appends.
    pub(crate) fn felt(&self, answer: &Result<Appended, AppendError>) {
        match answer {
            Err(AppendError::Failure(failure)) if failure.may_retry() => {
                let mut refused = self.refused();
                let probed = refused.as_ref().and_then(|refused| refused.probed);
                *refused = Some(Refused { why: failure.chain(), probed });
            }
            Ok(_) | Err(AppendError::Conflict(_) | AppendError::KeyUsed(_)) => {
                let mut refused = self.refused();
                if refused.is_some() {
                    *refused = None;
                }
            }
            Err(AppendError::Failure(_)) => {}
        }
    }

    /// Why the store takes no appends; none where it does.
    pub(crate) async fn refusal(&self) -> Option<String> {
        if self.is_due() {
            let append = Append {
                events: Vec::new(),
                condition: AppendCondition::default(),
                note: Some(self.probe()),
            };
            let answer = tokio::time::timeout(PATIENCE, self.store.append(append)).await;
            let silent = |_| {
                let text = format!("an append was not answered in {} s", PATIENCE.as_secs());
                Err(Failure::plain(FailureKind::Unavailable, text).into())
            };
            self.felt(&answer.unwrap_or_else(silent));
        }
        self.refused().as_ref().map(|refused| format!("the store takes no commands: {}", refused.why))
    }

    /// Whether it is time for a probe; then none is for a while.
    fn is_due(&self) -> bool {
        let mut refused = self.refused();
        let Some(refused) = refused.as_mut() else { return false };
        let due = refused.probed.is_none_or(|probed| probed.elapsed() >= EVERY);
        if due {
            refused.probed = Some(Instant::now());
        }
        due
    }

    fn probe(&self) -> Note {
        let id = self.ids.draw();
        Note {
            correlation_id: id.into(),
            target: StreamId::of("probe", &diptych_core::Id::from(id)),
            revision: None,
            position: Position::START,
            key: None,
            at: self.clock.now(),
        }
    }

    fn refused(&self) -> MutexGuard<'_, Option<Refused>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
