//! Writers, a subscriber and a read model that go on whatever happens to connections or the server, and what must hold then.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use diptych_core::{
    Append, AppendCondition, AppendError, EventStore, Failure, FailureKind, Filter, Position,
    ProjectionError, ProjectionSpec, RecordedEvent, SqlProjection, Tx,
    model::{ApplyError, Generation, ReadModel, SqlEngine},
    store::{Note, ReadRequest},
};
use diptych_postgres::PostgresDatabase;
use diptych_testkit::{
    Evidence,
    draft::{event, key, log, note},
};
use futures::future::join_all;
use tokio::sync::watch;

const WRITERS: usize = 6;

/// Counts events by type.
struct ByType;

#[async_trait]
impl SqlProjection for ByType {
    fn spec(&self) -> ProjectionSpec {
        ProjectionSpec::new("by_type")
            .schema("CREATE TABLE by_type (type TEXT PRIMARY KEY, count INTEGER NOT NULL)")
    }

    async fn apply(&self, events: &[RecordedEvent], tx: &mut Tx<'_>) -> Result<(), ProjectionError> {
        for event in events {
            let refuse = |source| ProjectionError { position: event.position(), source };
            let sql = "INSERT INTO by_type (count, type) VALUES ($2, $1)
                       ON CONFLICT (type) DO UPDATE SET count = by_type.count + $2";
            tx.execute(sql, (&*event.event_type, 1_i64)).await.map_err(|error| refuse(error.into()))?;
        }
        Ok(())
    }
}

/// What all of them went through.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Endured {
    pub(crate) events: usize,
    pub(crate) failed: usize,
    pub(crate) unknown: usize,
    pub(crate) slowest: Duration,
}

impl Endured {
    fn and(self, other: Self) -> Self {
        Self {
            events: self.events + other.events,
            failed: self.failed + other.failed,
            unknown: self.unknown + other.unknown,
            slowest: self.slowest.max(other.slowest),
        }
    }

    pub(crate) fn tell(&self, evidence: &mut Evidence) {
        evidence.add("appends acknowledged", self.events);
        evidence.add("failed and tried again", self.failed);
        evidence.add("of unknown outcome", self.unknown);
        evidence.add("milliseconds for the slowest call", self.slowest.as_millis());
    }

    fn call(&mut self, begun: Instant) {
        self.slowest = self.slowest.max(begun.elapsed());
    }

    async fn failure(&mut self, failure: &Failure) {
        // tidy: where a server is away, all would ask as fast as they can
        tokio::time::sleep(Duration::from_millis(5)).await;
        match failure.kind() {
            FailureKind::Unavailable => self.failed += 1,
            FailureKind::OutcomeUnknown => self.unknown += 1,
            kind @ (FailureKind::Invalid | FailureKind::Unreadable | FailureKind::Internal) => {
                panic!("{kind:?}: {}", failure.chain())
            }
        }
    }
}

/// Lets them work while `trouble` goes on, and checks the invariants against what `sound`, opened where there is no trouble,
/// says in the end.
pub(crate) async fn endure<T>(
    troubled: &PostgresDatabase,
    sound: impl AsyncFnOnce() -> PostgresDatabase,
    trouble: impl Future<Output = T>,
) -> (Endured, T) {
    let ended = watch::Sender::new(false);
    let writers = (0..WRITERS).map(|writer| {
        let (store, ended) = (troubled.store(), ended.subscribe());
        tokio::spawn(async move { write(&*store, writer, ended).await })
    });
    let writers: Vec<_> = writers.collect();
    let (until, target) = watch::channel(None);
    let subscriber = tokio::spawn(subscribe(troubled.store(), target.clone()));
    let model = tokio::spawn(project(troubled.clone(), target));
    let outcome = trouble.await;
    ended.send_replace(true);
    let mut all = Endured::default();
    let mut counts = Vec::new();
    for writer in join_all(writers).await {
        let endured = writer.unwrap();
        counts.push(endured.events);
        all = all.and(endured);
    }
    let sound = sound().await;
    let recorded = log(&*sound.store()).await;
    let head = recorded.last().map_or(Position::START, |event| event.position());
    until.send_replace(Some(head));
    let (seen, endured) = subscriber.await.unwrap();
    all = all.and(endured);
    let positions: Vec<_> = recorded.iter().map(|event| event.position()).collect();
    assert_eq!(seen, positions, "a subscriber sees every event once and in order");
    for (writer, count) in counts.into_iter().enumerate() {
        let name = format!("writer/{writer}");
        let own = recorded.iter().filter(|event| event.stream().to_string() == name);
        let revisions: Vec<_> = own.map(|event| event.metadata.revision.get()).collect();
        let expected: Vec<u64> = (0..).take(count).collect();
        assert_eq!(revisions, expected, "each append of {name} is there once");
    }
    let (generation, endured) = model.await.unwrap();
    all = all.and(endured);
    rows_are_the_fold(&sound, generation, recorded.len(), head).await;
    (all, outcome)
}

/// Appends one after the other, each with one key for all attempts.
async fn write(store: &dyn EventStore, writer: usize, ended: watch::Receiver<bool>) -> Endured {
    let mut endured = Endured::default();
    while !*ended.borrow() {
        let nth = endured.events;
        let revision =
            made(store, &format!("{writer}-{nth}"), &format!("writer/{writer}"), &mut endured).await;
        assert_eq!(usize::try_from(revision), Ok(nth), "the receipt of writer {writer}");
        endured.events += 1;
    }
    endured
}

/// Appends until it is known to be made; answers its revision.
async fn made(store: &dyn EventStore, name: &str, stream: &str, endured: &mut Endured) -> u64 {
    let unknown_before = endured.unknown;
    loop {
        let append = Append {
            events: vec![event(stream, "Written")],
            condition: AppendCondition::default(),
            note: Some(Note { key: key(name, 1), ..note(name, stream) }),
        };
        let begun = Instant::now();
        let outcome = store.append(append).await;
        endured.call(begun);
        match outcome {
            Ok(appended) => return appended.events[0].metadata.revision.get(),
            Err(AppendError::Failure(failure)) => endured.failure(&failure).await,
            Err(AppendError::KeyUsed(kept)) => {
                assert!(endured.unknown > unknown_before, "{name}: what was told to be unrecorded, was not");
                return kept.revision.unwrap().get();
            }
            Err(error @ AppendError::Conflict(_)) => panic!("{name}: {error}"),
        }
    }
}

/// Follows the log, from where it was, up to the target.
async fn subscribe(
    store: Arc<dyn EventStore>,
    target: watch::Receiver<Option<Position>>,
) -> (Vec<Position>, Endured) {
    let (mut seen, mut from, mut endured) = (Vec::new(), Position::START, Endured::default());
    while target.borrow().is_none_or(|target| from < target) {
        let begun = Instant::now();
        let page = store.read(ReadRequest::after(Filter::All, from).limit(50)).await;
        endured.call(begun);
        match page {
            Ok(page) if page.considered > from => {
                seen.extend(page.events.iter().map(|event| event.position()));
                from = page.considered;
            }
            Ok(_) => tokio::task::yield_now().await,
            Err(failure) => endured.failure(&failure).await,
        }
    }
    (seen, endured)
}

/// Keeps a read model up to the target; answers which generation it is.
async fn project(
    database: PostgresDatabase,
    target: watch::Receiver<Option<Position>>,
) -> (Generation, Endured) {
    let models = database.engine().models(Arc::new(ByType));
    let mut endured = Endured::default();
    let generation = loop {
        match models.create().await {
            Ok(generation) => break generation,
            Err(failure) => endured.failure(&failure).await,
        }
    };
    while let Err(failure) = step(&database, generation, &target).await {
        endured.failure(&failure).await;
    }
    (generation, endured)
}

async fn step(
    database: &PostgresDatabase,
    generation: Generation,
    target: &watch::Receiver<Option<Position>>,
) -> Result<(), Failure> {
    let model: Arc<dyn ReadModel> = database.engine().models(Arc::new(ByType)).open(generation).await?;
    let mut at = model.take_over("the test").await?;
    while target.borrow().is_none_or(|target| at.position < target) {
        let page = database.store().read(ReadRequest::after(Filter::All, at.position).limit(50)).await?;
        if page.considered == at.position {
            tokio::task::yield_now().await;
            continue;
        }
        match model.apply(page.events.into(), page.considered, at.epoch).await {
            Ok(()) => at.position = page.considered,
            Err(ApplyError::Failure(failure)) => return Err(failure),
            // A statement of the projection did not come through.
            Err(ApplyError::Event(error)) => {
                return Err(Failure::new(FailureKind::Unavailable, "projecting", error));
            }
            Err(error @ ApplyError::Fenced { .. }) => panic!("{error}"),
        }
    }
    Ok(())
}

async fn rows_are_the_fold(sound: &PostgresDatabase, generation: Generation, events: usize, head: Position) {
    let model = sound.engine().models(Arc::new(ByType)).open(generation).await.unwrap();
    let reader = model.reader().await.unwrap();
    assert_eq!(reader.position(), head, "the checkpoint of the read model");
    let sql = "SELECT coalesce(sum(count), 0) AS n FROM by_type";
    let rows = reader.sql().unwrap().query(sql, Vec::new()).await.unwrap();
    let rows: i64 = rows[0].get("n").unwrap();
    assert_eq!(usize::try_from(rows), Ok(events), "the rows are the fold of the log");
}
