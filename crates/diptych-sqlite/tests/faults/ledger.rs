//! What was answered, and what must therefore be found when the folder is opened again.

use std::collections::{BTreeMap, BTreeSet};

use diptych_core::{
    Append, AppendError, Appended, EventStore, FailureKind, Position, RecordedEvent,
    keys::{KeyState, KeyStore},
    model::{Generation, ReadModels},
    store::KeptNote,
};
use diptych_sqlite::SqliteFolder;
use diptych_testkit::draft::{append, event, log};
use uuid::Uuid;

use crate::rows::{counts, fold, positions};

/// What was last answered to an append. A later answer replaces it.
#[derive(Debug)]
enum Outcome {
    Made(Appended),
    /// The key was used: by an attempt whose outcome was unknown.
    MadeBefore(KeptNote),
    Refused,
    Unknown,
}

#[derive(Debug)]
struct Attempt {
    ids: Vec<Uuid>,
    key: String,
    outcome: Outcome,
}

/// See the page.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    attempts: Vec<Attempt>,
    /// What a person's key may be.
    keys: BTreeMap<String, Vec<KeyState>>,
    /// The checkpoint that each generation has at least.
    reached: BTreeMap<u32, Position>,
    /// Generations one of which is live.
    live: Vec<Option<Generation>>,
    pub(crate) unknown: u32,
}

impl Ledger {
    /// Notes an answer. Panics where it contradicts an earlier one.
    pub(crate) fn answered(&mut self, given: &Append, answer: &Result<Appended, AppendError>) {
        let ids: Vec<_> = given.events.iter().map(|event| event.provenance.event_id).collect();
        let key = given.note.as_ref().and_then(|note| note.key.as_ref()).unwrap().key.clone();
        let at = self.attempts.iter().position(|attempt| attempt.key == key);
        let was_unknown = at.is_some_and(|at| matches!(self.attempts[at].outcome, Outcome::Unknown));
        let outcome = match answer {
            Ok(appended) => Outcome::Made(appended.clone()),
            Err(AppendError::KeyUsed(kept)) => {
                assert!(was_unknown, "{key} was used, but what used it was refused");
                Outcome::MadeBefore((**kept).clone())
            }
            Err(AppendError::Failure(failure)) if failure.kind() == FailureKind::OutcomeUnknown => {
                self.unknown += 1;
                Outcome::Unknown
            }
            // What the attempt before has left is still not known.
            Err(AppendError::Failure(_)) if was_unknown => Outcome::Unknown,
            Err(AppendError::Failure(_) | AppendError::Conflict(_)) => Outcome::Refused,
        };
        match at {
            Some(at) => self.attempts[at].outcome = outcome,
            None => self.attempts.push(Attempt { ids, key, outcome }),
        }
    }

    /// A key may now be one of these; only the last, where that was acknowledged.
    pub(crate) fn key_may_be(&mut self, subject: &str, state: KeyState, acknowledged: bool) {
        let states = self.keys.entry(subject.to_owned()).or_insert_with(|| vec![KeyState::Absent]);
        if acknowledged {
            states.clear();
        }
        states.push(state);
    }

    /// A batch was acknowledged.
    pub(crate) fn reached(&mut self, generation: Generation, to: Position) {
        self.reached.insert(generation.0, to);
    }

    /// Queries may now read this generation; only this one, where that was acknowledged.
    pub(crate) fn live_may_be(&mut self, generation: Option<Generation>, acknowledged: bool) {
        if acknowledged {
            self.live.clear();
        }
        self.live.push(generation);
    }

    /// A generation was removed.
    pub(crate) fn removed(&mut self, generation: Generation) {
        self.reached.remove(&generation.0);
    }

    /// Holds what was answered against a folder that was opened again. After a power cut the read models, which can be
    /// filled again, may be behind.
    pub(crate) async fn check(&self, folder: &SqliteFolder, models: &dyn ReadModels, was_cut: bool) {
        let store = folder.store();
        let log = log(&*store).await;
        self.check_log(&log);
        for attempt in &self.attempts {
            self.check_note(&*store, attempt).await;
        }
        store.mount_inline(vec![std::sync::Arc::new(crate::rows::Rows)]).await.unwrap();
        let expected: Vec<_> = log.iter().map(|event| event.position().to_i64()).collect();
        assert_eq!(positions(&*store).await, expected, "rows beside the log (left) and events (right)");
        for (subject, states) in &self.keys {
            let found = folder.keys().get(subject).await.unwrap();
            assert!(states.contains(&found), "the key of {subject} is {found:?}, but may be {states:?}");
        }
        self.check_models(models, &log, was_cut).await;
        goes_on(&*store, &log).await;
    }

    fn check_log(&self, log: &[RecordedEvent]) {
        let mut next = BTreeMap::new();
        for (at, event) in (1..).zip(log) {
            assert_eq!(event.position(), Position::new(at), "positions in the log");
            let revision = next.entry(event.stream().clone()).or_insert(0);
            assert_eq!(event.metadata.revision.get(), *revision, "revisions of {}", event.stream());
            *revision += 1;
        }
        let ids: BTreeSet<_> = log.iter().map(|event| event.metadata.event_id).collect();
        assert_eq!(ids.len(), log.len(), "no event is there twice");
        let mut accounted = 0;
        for attempt in &self.attempts {
            let there = log.iter().filter(|event| attempt.ids.contains(&event.metadata.event_id));
            let there: Vec<_> = there.cloned().collect();
            accounted += there.len();
            match &attempt.outcome {
                Outcome::Made(appended) => {
                    assert_eq!(there, appended.events, "in the log (left) of what was acknowledged (right)");
                }
                Outcome::MadeBefore(_) => assert_eq!(there.len(), attempt.ids.len(), "{attempt:?}"),
                Outcome::Refused => assert_eq!(there, [], "in the log, although refused"),
                Outcome::Unknown => assert!(
                    there.is_empty() || there.len() == attempt.ids.len(),
                    "a part of an append: {attempt:?} is {there:?}"
                ),
            }
            let places: Vec<_> = there.iter().map(|event| event.position().get()).collect();
            assert!(
                places.windows(2).all(|two| two[1] == two[0] + 1),
                "one append is in one piece: {places:?}"
            );
        }
        assert_eq!(accounted, log.len(), "every event is of an append");
    }

    async fn check_note(&self, store: &dyn EventStore, attempt: &Attempt) {
        let note = store.note_by_key(&attempt.key).await.unwrap();
        match &attempt.outcome {
            Outcome::Made(appended) if !appended.events.is_empty() => {
                assert_eq!(note.map(|note| note.position), Some(appended.position), "{}", attempt.key);
            }
            Outcome::Made(_) => assert!(note.is_some(), "{}", attempt.key),
            Outcome::MadeBefore(kept) => assert_eq!(note.as_ref(), Some(kept)),
            Outcome::Refused => assert_eq!(note, None, "a note of what was refused: {attempt:?}"),
            Outcome::Unknown => {}
        }
    }

    async fn check_models(&self, models: &dyn ReadModels, log: &[RecordedEvent], was_cut: bool) {
        let infos = models.generations().await.unwrap();
        let live = infos.iter().find(|info| info.live).map(|info| info.generation);
        assert!(
            self.live.is_empty() || self.live.contains(&live),
            "live is {live:?}, which may be {:?}",
            self.live
        );
        for info in &infos {
            let model = models.open(info.generation).await.unwrap();
            let (position, rows) = counts(&*model).await;
            assert_eq!(rows, fold(log, position), "rows (left) and the fold up to {position}");
            let reached = self.reached.get(&info.generation.0).copied().unwrap_or_default();
            assert!(was_cut || position >= reached, "{position} is before {reached}, which was acknowledged");
            // It can be filled up to the head.
            let epoch = model.take_over("check").await.unwrap().epoch;
            let head = log.last().map_or(Position::START, RecordedEvent::position);
            model.apply(log.into(), head, epoch).await.unwrap();
            assert_eq!(counts(&*model).await, (head.max(position), fold(log, head.max(position))));
        }
        for generation in self.reached.keys() {
            let is_there = infos.iter().any(|info| info.generation.0 == *generation);
            assert!(is_there, "generation {generation} was acknowledged");
        }
    }
}

/// The store takes appends where it was.
async fn goes_on(store: &dyn EventStore, log: &[RecordedEvent]) {
    for name in ["account/1", "brand-new/1"] {
        let before = log.iter().filter(|event| event.stream().to_string() == name).count();
        let made = append(store, [event(name, "After")]).await;
        assert_eq!(made.events[0].metadata.revision.get(), u64::try_from(before).unwrap(), "{name}");
    }
}
