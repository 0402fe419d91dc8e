//! Statements that are sent: they do what answered ones do, whatever is in them, and leave nothing behind.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use diptych_core::{
    Position, ProjectionError, ProjectionSpec, RecordedEvent, SqlProjection, SqlValue, Tx,
    model::{ApplyError, Epoch, ReadModel, SqlEngine},
    sql::SqlError,
};
use diptych_testkit::draft::{append, event, log};
use proptest::{
    collection::vec,
    prelude::*,
    strategy::ValueTree,
    test_runner::{RngSeed, TestRunner},
};

use crate::server::{Place, run};

/// What is done to the one table.
#[derive(Clone, Debug)]
enum Step {
    Insert(i64, Vec<SqlValue>),
    Change(i64, SqlValue),
    Remove(i64),
    /// Cannot be prepared.
    Truncate,
    /// Reads all of it.
    Look,
}

/// How statements are given that need no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Executed,
    Sent,
}

/// Does what it was told last, and remembers what it saw.
struct Script {
    steps: Mutex<(Way, Vec<Step>)>,
    seen: Mutex<Vec<String>>,
}

const TABLE: &str =
    "CREATE TABLE script (n BIGINT PRIMARY KEY, t TEXT, b BYTEA, r DOUBLE PRECISION, yes BOOLEAN, m NUMERIC)";
const LOOK: &str = "SELECT n, t, b, r, yes, m, (SELECT count(*) FROM pg_prepared_statements) AS prepared FROM script ORDER BY n";

#[async_trait]
impl SqlProjection for Script {
    fn spec(&self) -> ProjectionSpec {
        ProjectionSpec::new("script").schema(TABLE)
    }

    async fn apply(&self, events: &[RecordedEvent], tx: &mut Tx<'_>) -> Result<(), ProjectionError> {
        let (way, steps) = self.steps.lock().unwrap().clone();
        let position = events[0].position();
        for step in steps {
            let done = self.step(way, step, tx).await;
            done.map_err(|error| ProjectionError { position, source: error.into() })?;
        }
        Ok(())
    }
}

impl Script {
    async fn step(&self, way: Way, step: Step, tx: &mut Tx<'_>) -> Result<(), SqlError> {
        let (sql, params) = match step {
            Step::Insert(n, values) => {
                let sql = "-- the row of a number\n INSERT INTO script VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING;";
                (sql, [vec![n.into()], values].concat())
            }
            Step::Change(n, text) => ("UPDATE script SET t = $2 || t WHERE n = $1", vec![n.into(), text]),
            Step::Remove(n) => ("DELETE FROM script WHERE n >= $1", vec![n.into()]),
            Step::Truncate => ("TRUNCATE script", Vec::new()),
            Step::Look => {
                let rows = tx.query(LOOK, ()).await?;
                let rows = rows.iter().map(|row| format!("{:?}", &row.values()[..6]));
                self.seen.lock().unwrap().extend(rows);
                return Ok(());
            }
        };
        match way {
            Way::Executed => tx.execute(sql, params).await.map(drop),
            Way::Sent => tx.send(sql, params).await,
        }
    }
}

struct World {
    place: Place,
    script: Arc<Script>,
    model: Arc<dyn ReadModel>,
    epoch: Epoch,
    event: Arc<[RecordedEvent]>,
}

impl World {
    async fn new() -> Self {
        let place = Place::new();
        let steps = Mutex::new((Way::Sent, Vec::new()));
        let script = Arc::new(Script { steps, seen: Mutex::default() });
        let database = place.opened().await;
        let projection: Arc<dyn SqlProjection> = script.clone();
        let models = database.engine().models(projection);
        let model = models.open(models.create().await.unwrap()).await.unwrap();
        let epoch = model.take_over("test").await.unwrap().epoch;
        let store = database.store();
        let opened: Vec<_> = (0..60).map(|_| event("account/1", "Opened")).collect();
        append(&*store, opened).await;
        let event = log(&*store).await.into();
        Self { place, script, model, epoch, event }
    }

    /// Runs it as one batch, the `nth`; answers what it saw, and the rows after it.
    async fn runs(
        &self,
        nth: u64,
        way: Way,
        steps: &[Step],
    ) -> Result<(Vec<String>, Vec<String>), ApplyError> {
        *self.script.steps.lock().unwrap() = (way, steps.to_vec());
        self.script.seen.lock().unwrap().clear();
        let to = Position::new(nth);
        let at = usize::try_from(nth).unwrap() - 1;
        self.model.apply(self.event[at..=at].into(), to, self.epoch).await?;
        let seen = std::mem::take(&mut *self.script.seen.lock().unwrap());
        Ok((seen, self.rows().await))
    }

    async fn rows(&self) -> Vec<String> {
        let reader = self.model.reader().await.unwrap();
        let rows = reader.sql().unwrap().query(LOOK, Vec::new()).await.unwrap();
        assert!(rows.iter().all(|row| row.get::<i64>("prepared").unwrap() == 0), "nothing is left prepared");
        rows.iter().map(|row| format!("{:?}", row.values())).collect()
    }
}

fn text() -> impl Strategy<Value = SqlValue> {
    prop_oneof![
        1 => Just(SqlValue::Null),
        4 => "[a'\"\\\\$;\n\u{e4}\u{1f600} -]{0,12}".prop_map(SqlValue::Text),
        1 => "'; DROP TABLE script; --".prop_map(SqlValue::Text),
    ]
}

fn values() -> impl Strategy<Value = Vec<SqlValue>> {
    let blob = prop_oneof![Just(SqlValue::Null), vec(any::<u8>(), 0..6).prop_map(SqlValue::Blob)];
    let real = any::<f64>().prop_map(SqlValue::Real);
    let yes = any::<bool>().prop_map(SqlValue::from);
    let number = any::<i64>().prop_map(SqlValue::Integer);
    (text(), blob, real, yes, number).prop_map(|(t, b, r, yes, m)| vec![t, b, r, yes, m])
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let number = 0..40_i64;
    let step = prop_oneof![
        30 => (number.clone(), values()).prop_map(|(n, values)| Step::Insert(n, values)),
        10 => (number.clone(), text()).prop_map(|(n, text)| Step::Change(n, text)),
        3 => (20..40_i64).prop_map(Step::Remove),
        1 => Just(Step::Truncate),
        2 => Just(Step::Look),
    ];
    vec(step, 1..200)
}

#[test]
fn what_is_sent_does_what_is_executed_whatever_is_in_it() {
    run(async {
        let world = World::new().await;
        let seed = rand::random();
        eprintln!("seed: {seed}");
        let config = ProptestConfig { rng_seed: RngSeed::Fixed(seed), ..ProptestConfig::default() };
        let mut runner = TestRunner::new(config);
        for nth in 0..8 {
            let mut script = steps().new_tree(&mut runner).unwrap().current();
            script.insert(0, Step::Truncate);
            let executed = world.runs(nth * 2 + 1, Way::Executed, &script).await.unwrap();
            let sent = world.runs(nth * 2 + 2, Way::Sent, &script).await.unwrap();
            assert_eq!(sent, executed, "{script:?}");
        }
        drop(world.place);
    });
}

fn insert(n: i64, text: &str) -> Step {
    let values = vec![text.into(), SqlValue::Null, SqlValue::Null, SqlValue::Null, SqlValue::Null];
    Step::Insert(n, values)
}

#[test]
fn one_that_fails_takes_the_batch_with_it_and_is_named() {
    run(async {
        let world = World::new().await;
        let good: Vec<Step> = (0..300).map(|n| insert(n, "a")).collect();
        let (_, before) = world.runs(1, Way::Sent, &good).await.unwrap();
        for (nth, at) in (2..).zip([0, 3, 4, 200, 299]) {
            let mut bad: Vec<Step> = (300..600).map(|n| insert(n, "b")).collect();
            bad[at] = Step::Change(1, SqlValue::Text("\0".to_owned()));
            let error = world.runs(nth, Way::Sent, &bad).await.unwrap_err();
            let text = format!("{error:?}");
            assert!(matches!(error, ApplyError::Event(_)), "{text}");
            assert!(text.contains("UPDATE script SET t"), "{at}: {text}");
            assert_eq!(world.rows().await, before, "nothing of the batch counts");
            assert_eq!(world.model.checkpoint().await.unwrap().position, Position::new(1));
        }
        let more: Vec<Step> = (300..310).map(|n| insert(n, "b")).collect();
        let (_, after) = world.runs(20, Way::Sent, &more).await.unwrap();
        assert_eq!(after.len(), 310, "and the connection is as good as before");
        drop(world.place);
    });
}

/// Sends two statements as one, again and again; or one that fails, and does not mind.
struct Unruly(&'static str);

#[async_trait]
impl SqlProjection for Unruly {
    fn spec(&self) -> ProjectionSpec {
        ProjectionSpec::new("unruly").schema("CREATE TABLE unruly (n BIGINT PRIMARY KEY)")
    }

    async fn apply(&self, _: &[RecordedEvent], tx: &mut Tx<'_>) -> Result<(), ProjectionError> {
        for n in 0..200_i64 {
            // An error that nobody looks at counts all the same.
            drop(tx.send(self.0, (n,)).await);
        }
        Ok(())
    }
}

#[test]
fn two_statements_in_one_or_an_error_that_nobody_looks_at_fail_the_batch() {
    run(async {
        let place = Place::new();
        let database = place.opened().await;
        let store = database.store();
        append(&*store, [event("account/1", "Opened")]).await;
        let events: Arc<[RecordedEvent]> = log(&*store).await.into();
        for (sql, told) in [
            ("INSERT INTO unruly VALUES ($1); COMMIT", "multiple commands"),
            ("INSERT INTO unruly VALUES ($1); INSERT INTO unruly SELECT 1000", "multiple commands"),
            ("INSERT INTO unruly VALUES ($1 / 100)", "duplicate key"),
            ("COMMIT", "a statement failed"),
        ] {
            let models = database.engine().models(Arc::new(Unruly(sql)));
            let model = models.open(models.create().await.unwrap()).await.unwrap();
            let epoch = model.take_over("test").await.unwrap().epoch;
            let error = model.apply(Arc::clone(&events), Position::new(1), epoch).await.unwrap_err();
            assert!(matches!(error, ApplyError::Event(_)), "{sql}: {error:?}");
            assert!(format!("{error:?}").contains(told), "{sql}: {error:?}");
            let reader = model.reader().await.unwrap();
            let rows = reader.sql().unwrap().query("SELECT n FROM unruly", Vec::new()).await.unwrap();
            assert_eq!((rows.len(), reader.position()), (0, Position::START), "{sql}");
        }
    });
}
