//! Rules of read models: rows and checkpoint move together, one owner writes, generations stand beside each other.
//!
//! They are about one projection, which the adapter writes for its engine: a row per stream, with the number of its events
//! so far. SQL engines take [`ByStream`].

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use diptych::memory::MemoryStore;
use diptych_core::{
    FailureKind, NewEvent, Position, ProjectionError, ProjectionSpec, RecordedEvent, SqlProjection,
    Timestamp, Tx,
    model::{ApplyError, Epoch, Generation, Later, ParkedEvent, ReadHandle, ReadModel, ReadModels},
};

use super::nothing_to_test;
use crate::draft::{append, event, log};

/// The rows of the projection: how many events of each stream it has taken.
pub type Rows = BTreeMap<String, i64>;

/// How to open the read models that are tested. Made anew for every rule; keeps what must live as long (a folder, a schema).
#[async_trait]
pub trait ModelFixture: Send + Sync + 'static {
    /// Opens the generations of the projection, each time as another program on the same place would, if the engine has a way
    /// to; the first time there are none.
    async fn open(&self) -> Arc<dyn ReadModels>;

    /// Opens them again after everything was let go. None, which is the default, where nothing outlives the engine.
    async fn reopen(&self) -> Option<Arc<dyn ReadModels>> {
        None
    }

    /// The rows in the moment that is read.
    async fn rows(&self, handle: &dyn ReadHandle) -> Rows;

    /// What those who read see while others write.
    fn sees(&self) -> Sees {
        Sees::OneMoment
    }

    /// What the engine is called where it is told what was tried.
    fn name(&self) -> &'static str {
        std::any::type_name::<Self>()
    }
}

/// What those who read see while others write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sees {
    /// Rows and checkpoint of one moment.
    OneMoment,
    /// The checkpoint, and rows that are not before it: an engine without transactions writes the rows first.
    NotBefore,
}

/// Holds the rows that were read with a checkpoint against the fold of the log.
///
/// # Panics
/// Where they are not what such an engine may show.
pub fn hold(fixture: &dyn ModelFixture, rows: &Rows, log: &[RecordedEvent], position: Position, when: &str) {
    let least = fold(log, position);
    match fixture.sees() {
        Sees::OneMoment => assert_eq!(*rows, least, "{when}: rows (left), and the fold up to {position}"),
        Sees::NotBefore => {
            let most = fold(log, Position::END);
            let of = |rows: &Rows, stream: &String| rows.get(stream).copied().unwrap_or(0);
            let fits = |stream: &String| {
                (of(&least, stream)..=of(&most, stream)).contains(&of(rows, stream))
                    && most.contains_key(stream)
            };
            let all_fit = rows.keys().chain(least.keys()).all(fits);
            assert!(all_fit, "{when}: rows {rows:?} are before {least:?} of {position}, or after {most:?}");
        }
    }
}

/// The projection for SQL engines: counts events by stream, with statements that are sent and statements that are answered in
/// turn. Refuses an event `Refuse`, panics at `Panic`, and waits for another task
/// at `Wait`; every engine's projection does so.
#[derive(Clone, Copy, Debug, Default)]
pub struct ByStream;

#[async_trait]
impl SqlProjection for ByStream {
    fn spec(&self) -> ProjectionSpec {
        ProjectionSpec::new("by_stream")
            .schema("CREATE TABLE by_stream (stream TEXT PRIMARY KEY, events BIGINT NOT NULL)")
    }

    async fn apply(&self, events: &[RecordedEvent], tx: &mut Tx<'_>) -> Result<(), ProjectionError> {
        for event in events {
            let refuse = |source| ProjectionError { position: event.position(), source };
            // The row first: what is refused must take it back.
            let sql = "INSERT INTO by_stream (events, stream) VALUES ($2, $1)
                       ON CONFLICT (stream) DO UPDATE SET events = by_stream.events + $2";
            let params = (event.stream().to_string(), 1_i64);
            let done = if event.position().get() % 3 == 0 {
                tx.execute(sql, params).await.map(drop)
            } else {
                tx.send(sql, params).await
            };
            done.map_err(|error| refuse(error.into()))?;
            match &*event.event_type {
                "Refuse" => return Err(refuse("refused, as it was told to".into())),
                "Panic" => panic!("as it was told to"),
                "Wait" => tokio::task::yield_now().await,
                _ => {}
            }
        }
        Ok(())
    }
}

/// The rows of [`ByStream`].
///
/// # Panics
/// Where they cannot be read.
pub async fn sql_rows(handle: &dyn ReadHandle) -> Rows {
    let sql = handle.sql().expect("an engine of SQL");
    let rows = sql.query("SELECT stream, events FROM by_stream", Vec::new()).await.expect("rows can be read");
    rows.iter().map(|row| (row.get("stream").expect("text"), row.get("events").expect("a number"))).collect()
}

/// What the rows are once a log was taken up to a place.
#[must_use]
pub fn fold(log: &[RecordedEvent], to: Position) -> Rows {
    let mut rows = Rows::new();
    for event in log.iter().take_while(|event| event.position() <= to) {
        *rows.entry(event.stream().to_string()).or_default() += 1;
    }
    rows
}

/// What was recorded of these events, each written `category/id Type`.
pub(crate) async fn recorded(events: &[&str]) -> Arc<[RecordedEvent]> {
    let store = MemoryStore::new();
    let new: Vec<NewEvent> = events
        .iter()
        .map(|text| text.split_once(' ').expect("stream and type"))
        .map(|(s, t)| event(s, t))
        .collect();
    append(&store, new).await;
    log(&store).await.into()
}

/// A generation with its models.
async fn first(fixture: &dyn ModelFixture) -> (Arc<dyn ReadModels>, Arc<dyn ReadModel>) {
    let models = fixture.open().await;
    let generation = models.create().await.expect("a generation can be made");
    let model = models.open(generation).await.expect("it can be opened");
    (models, model)
}

pub(crate) async fn own(model: &dyn ReadModel) -> Epoch {
    model.take_over("test").await.expect("it can be taken over").epoch
}

/// The checkpoint and the rows, of one moment.
pub(crate) async fn shown(fixture: &dyn ModelFixture, model: &dyn ReadModel) -> (Position, Rows) {
    let handle = model.reader().await.expect("it can be read");
    (handle.position(), fixture.rows(&*handle).await)
}

async fn is_fold(fixture: &dyn ModelFixture, model: &dyn ReadModel, log: &[RecordedEvent], to: u64) {
    let to = Position::new(to);
    assert_eq!(shown(fixture, model).await, (to, fold(log, to)), "checkpoint and rows");
    let saved = model.checkpoint().await.expect("it can be read");
    assert_eq!(saved.position, to, "the checkpoint by itself");
}

/// A new model has no generation; the first that is made is live at once, empty, and of the version that is declared.
pub async fn the_first_generation_is_live_at_once(fixture: &dyn ModelFixture) {
    let models = fixture.open().await;
    assert_eq!(models.generations().await.expect("asked"), [], "before any is made");
    let made = models.create().await.expect("made");
    let infos = models.generations().await.expect("asked");
    let [info] = infos.as_slice() else { panic!("generations after one was made: {infos:?}") };
    assert_eq!((info.generation, info.live, info.position), (made, true, Position::START));
    assert_eq!(info.version, models.spec().version);
    let model = models.open(made).await.expect("opened");
    is_fold(fixture, &*model, &[], 0).await;
}

/// A batch and its checkpoint are seen together, and a batch that is delivered again, wholly or in part, counts once.
pub async fn rows_and_checkpoint_move_together_and_an_event_counts_once(fixture: &dyn ModelFixture) {
    let (_models, model) = first(fixture).await;
    let epoch = own(&*model).await;
    let log = recorded(&["a/1 A", "a/1 A", "a/2 A", "b/1 Wait", "a/1 A"]).await;
    let apply = async |from: usize, to: usize| {
        let end = Position::new(u64::try_from(to).unwrap_or(0));
        model.apply(log[from..to].into(), end, epoch).await.expect("a batch is taken");
    };
    for (from, to) in [(0, 2), (0, 2), (1, 4), (0, 5), (3, 5)] {
        apply(from, to).await;
        is_fold(fixture, &*model, &log, u64::try_from(to).unwrap_or(0)).await;
    }
}

/// The checkpoint moves past what is not wanted, and never back.
pub async fn a_batch_without_events_moves_the_checkpoint_and_none_moves_it_back(fixture: &dyn ModelFixture) {
    let (_models, model) = first(fixture).await;
    let epoch = own(&*model).await;
    let log = recorded(&["a/1 A"]).await;
    for (batch, to, stands) in [(&log[..], 3, 3), (&[], 9, 9), (&[], 4, 9), (&log[..], 5, 9)] {
        model.apply(batch.into(), Position::new(to), epoch).await.expect("a batch is taken");
        let (position, rows) = shown(fixture, &*model).await;
        assert_eq!((position.get(), rows), (stands, fold(&log, Position::END)), "after a batch up to {to}");
    }
}

/// A batch in which an event is refused, or the projection panics, leaves nothing; the one after it is taken.
pub async fn a_batch_that_fails_leaves_nothing(fixture: &dyn ModelFixture) {
    let (_models, model) = first(fixture).await;
    let epoch = own(&*model).await;
    for kind in ["a/9 Refuse", "a/9 Panic"] {
        let failing = recorded(&["a/1 A", kind]).await;
        let error = model.apply(failing, Position::new(2), epoch).await.expect_err("the batch fails");
        let ApplyError::Event(error) = error else { panic!("{kind} is told as {error:?}") };
        assert!(error.position <= Position::new(2), "the event at fault is told: {error:?}");
        is_fold(fixture, &*model, &[], 0).await;
    }
    let log = recorded(&["a/1 A"]).await;
    model.apply(Arc::clone(&log), Position::new(1), epoch).await.expect("the next is taken");
    is_fold(fixture, &*model, &log, 1).await;
}

/// A parked event is known from the moment in which the checkpoint passes it, and is taken late, once, by the owner only.
pub async fn a_parked_event_is_kept_until_it_is_taken_once(fixture: &dyn ModelFixture) {
    let (_models, model) = first(fixture).await;
    let epoch = own(&*model).await;
    let log = recorded(&["a/1 A", "a/2 A", "a/1 A"]).await;
    model.apply(log[..1].into(), Position::new(1), epoch).await.expect("taken");
    let parked = ParkedEvent {
        position: Position::new(2),
        stream: log[1].stream().clone(),
        error: "cannot be taken".to_owned(),
        attempts: 4,
        at: Timestamp::from_micros(1_700_000_000_000_000),
        later: Later::Go,
    };
    model.park(std::slice::from_ref(&parked), Position::new(2), epoch).await.expect("parked");
    model.apply(log[2..].into(), Position::new(3), epoch).await.expect("the next is taken");
    let without = Rows::from([("a/1".to_owned(), 2)]);
    assert_eq!(shown(fixture, &*model).await, (Position::new(3), without), "without what is parked");
    assert_eq!(model.parked().await.expect("asked"), std::slice::from_ref(&parked));
    let newer = own(&*model).await;
    let refused = [
        model.unpark(&log[1], epoch).await,
        model.park(std::slice::from_ref(&parked), Position::new(9), epoch).await,
    ];
    assert!(refused.iter().all(|refused| matches!(refused, Err(ApplyError::Fenced { .. }))), "{refused:?}");
    for _ in 0..2 {
        model.unpark(&log[1], newer).await.expect("taken late");
        is_fold(fixture, &*model, &log, 3).await;
        assert_eq!(model.parked().await.expect("asked"), []);
    }
}

/// Who was taken over from writes no more, nor does anyone with an epoch that was never given; who took over goes on.
pub async fn who_was_taken_over_from_can_write_no_more(fixture: &dyn ModelFixture) {
    let (models, one) = first(fixture).await;
    let generation = models.generations().await.expect("asked")[0].generation;
    let beside = fixture.open().await;
    let other = beside.open(generation).await.expect("opened by another");
    let ours = own(&*one).await;
    let theirs = own(&*other).await;
    assert!(theirs > ours, "{theirs:?} is newer than {ours:?}");
    let log = recorded(&["a/1 A"]).await;
    for epoch in [ours, Epoch(theirs.0 + 90), Epoch(0)] {
        for batch in [Arc::clone(&log), Arc::from([])] {
            let refused = one.apply(batch, Position::new(1), epoch).await;
            let fenced = matches!(refused, Err(ApplyError::Fenced { ours, found }) if ours == epoch && found == theirs);
            assert!(fenced, "a writer with {epoch:?}, where {theirs:?} is the owner's: {refused:?}");
        }
    }
    is_fold(fixture, &*other, &[], 0).await;
    other.apply(Arc::clone(&log), Position::new(1), theirs).await.expect("the owner writes");
    is_fold(fixture, &*one, &log, 1).await;
}

/// Of many who take over at once each is given an epoch of its own, and only the last can write.
pub async fn of_many_who_take_over_at_once_one_can_write(fixture: &dyn ModelFixture) {
    let (_models, model) = first(fixture).await;
    let taking = futures::future::join_all((0..8).map(|_| own(&*model))).await;
    let log = recorded(&["a/1 A"]).await;
    let mut wrote = 0;
    for epoch in &taking {
        assert_eq!(taking.iter().filter(|other| *other == epoch).count(), 1, "{epoch:?} was given twice");
        wrote += usize::from(model.apply(Arc::clone(&log), Position::new(1), *epoch).await.is_ok());
    }
    assert_eq!(wrote, 1, "owners that could write");
    is_fold(fixture, &*model, &log, 1).await;
}

/// A reader sees one moment, whatever is written meanwhile.
pub async fn a_reader_sees_one_moment(fixture: &dyn ModelFixture) {
    let (_models, model) = first(fixture).await;
    let epoch = own(&*model).await;
    let before = model.reader().await.expect("read");
    let log = recorded(&["a/1 A"]).await;
    model.apply(Arc::clone(&log), Position::new(1), epoch).await.expect("written");
    assert_eq!(before.position(), Position::START);
    hold(fixture, &fixture.rows(&*before).await, &log, Position::START, "opened before a write");
    is_fold(fixture, &*model, &log, 1).await;
}

/// A scan gives every row once, and all of it, in the moment of its reader, whatever is written meanwhile.
pub async fn a_scan_gives_every_row_once_in_one_moment(fixture: &dyn ModelFixture) {
    let (_models, model) = first(fixture).await;
    let epoch = own(&*model).await;
    let names: Vec<_> = (0..1_200).map(|n| format!("a/{n} A")).collect();
    let log = recorded(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    model.apply(log[..1_100].into(), Position::new(1_100), epoch).await.expect("written");
    let handle = model.reader().await.expect("read");
    let Some(mut scan) = handle.scan() else { return nothing_to_test("the engine lists no rows") };
    let mut keys = Vec::new();
    for round in 0.. {
        let rows = scan.next().await.expect("scanned");
        if rows.is_empty() {
            break;
        }
        if round == 0 {
            model.apply(log[1_100..].into(), Position::new(1_200), epoch).await.expect("written meanwhile");
        }
        keys.extend(rows.into_iter().map(|row| format!("{} {:?}", row.table, row.key)));
    }
    let all = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!((all, keys.len()), (1_100, 1_100), "rows, and different ones");
    drop(scan);
    assert_eq!(fixture.rows(&*handle).await.len(), 1_100, "the moment is still the same");
}

/// Readers beside a writer see, each time, the rows of their checkpoint.
pub async fn readers_beside_a_writer_see_the_rows_of_their_checkpoint(fixture: &dyn ModelFixture) {
    let (_models, model) = first(fixture).await;
    let epoch = own(&*model).await;
    let names: Vec<_> = (0..120).map(|n| format!("a/{} A", n % 7)).collect();
    let log = recorded(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let writing = async {
        for batch in log.chunks(3) {
            let end = batch.last().map_or(Position::START, RecordedEvent::position);
            model.apply(batch.into(), end, epoch).await.expect("written");
        }
    };
    let reading = async {
        let mut last = Position::START;
        while last < Position::new(120) {
            let (position, rows) = shown(fixture, &*model).await;
            assert!(position >= last, "a reader came back from {last} to {position}");
            hold(fixture, &rows, &log, position, "beside a writer");
            last = position;
            tokio::task::yield_now().await;
        }
    };
    futures::join!(writing, reading);
}

/// Generations are made beside each other, one is live, and a number is never used again.
pub async fn generations_are_made_promoted_and_removed(fixture: &dyn ModelFixture) {
    let models = fixture.open().await;
    let (one, two) = (models.create().await.expect("made"), models.create().await.expect("made"));
    let live = async || -> Vec<_> {
        let all = models.generations().await.expect("asked");
        all.into_iter().map(|info| (info.generation, info.live)).collect()
    };
    assert_eq!(live().await, [(one, true), (two, false)]);
    models.promote(two).await.expect("promoted");
    assert_eq!(live().await, [(one, false), (two, true)]);
    let refused = models.remove(two).await.expect_err("the live one is not removed");
    assert_eq!(refused.kind(), FailureKind::Invalid, "{}", refused.chain());
    models.remove(one).await.expect("removed");
    assert_eq!(live().await, [(two, true)]);
    let three = models.create().await.expect("made");
    models.remove(three).await.expect("removed");
    let four = models.create().await.expect("made");
    assert!(one < two && two < three && three < four, "{one}, {two}, {three}, {four}");
    for gone in
        [models.promote(one).await.err(), models.remove(one).await.err(), models.open(one).await.err()]
    {
        let kind = gone.map(|failure| failure.kind());
        assert_eq!(kind, Some(FailureKind::Invalid), "what a generation that is gone is answered by");
    }
}

/// Two generations are filled apart, each with its own rows, checkpoint and owner.
pub async fn generations_do_not_touch_each_other(fixture: &dyn ModelFixture) {
    let (models, one) = first(fixture).await;
    let two = models.open(models.create().await.expect("made")).await.expect("opened");
    let (ours, log) = (own(&*one).await, recorded(&["a/1 A", "b/1 A"]).await);
    one.apply(Arc::clone(&log), Position::new(2), ours).await.expect("written");
    is_fold(fixture, &*two, &[], 0).await;
    let theirs = own(&*two).await;
    two.apply(log[..1].into(), Position::new(1), theirs).await.expect("written");
    one.apply(Arc::from([]), Position::new(3), ours).await.expect("still the owner of the other");
    assert_eq!(shown(fixture, &*one).await, (Position::new(3), fold(&log, Position::new(2))));
    is_fold(fixture, &*two, &log, 1).await;
}

/// Rows, checkpoint and the live generation are there again; taking over then gives a newer epoch.
pub async fn rows_and_the_live_generation_are_there_again(fixture: &dyn ModelFixture) {
    let (models, model) = first(fixture).await;
    let epoch = own(&*model).await;
    let log = recorded(&["a/1 A", "a/2 A"]).await;
    model.apply(Arc::clone(&log), Position::new(2), epoch).await.expect("written");
    let second = models.create().await.expect("made");
    drop((model, models));
    let Some(models) = fixture.reopen().await else {
        return nothing_to_test("the read models do not outlive their engine");
    };
    let infos = models.generations().await.expect("asked");
    let found: Vec<_> = infos.iter().map(|info| (info.generation, info.live, info.position.get())).collect();
    assert_eq!(found, [(Generation(1), true, 2), (second, false, 0)]);
    let model = models.open(Generation(1)).await.expect("opened");
    is_fold(fixture, &*model, &log, 2).await;
    assert!(own(&*model).await > epoch, "a newer epoch");
}
