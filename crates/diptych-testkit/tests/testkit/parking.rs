//! Parking, on every engine of read models: an event that cannot be taken is put aside, the others go on, and it is taken once
//! the projection is mended.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use diptych::{
    App, AskOptions, Command, Context, ErrorPolicy, Event, Events, Id, Node, OnFailure, Operation,
    ProjectionError, ProjectionSpec, ProjectionState, ProjectionStatus, Query, QueryHandler, Reader,
    RecordedEvent, Result, SqlProjection, StoreUrl, Stores, StreamId, Tx, model::Later,
};
use diptych_testkit::deadline::{self, within};

#[derive(Event)]
enum Paid {
    Paid { cents: i64 },
}

struct Pay(Id, i64);

impl Command for Pay {
    const NAME: &'static str = "Pay";
    type Reads = ();
    type Rejection = diptych::Never;

    fn target(&self) -> StreamId {
        StreamId::of("account", &self.0)
    }

    fn reads(&self, _: &Context) {}

    fn decide(&self, (): &(), _: &Context) -> Result<Events, diptych::Never> {
        Ok(Events::one(self.target(), Paid::Paid { cents: self.1 }))
    }
}

/// What was paid, in order, as one text. Cannot take 13 before it is mended.
struct Ledger(Arc<AtomicBool>, Refusing);

/// How it cannot.
#[derive(Clone, Copy)]
enum Refusing {
    /// It says so.
    Itself,
    /// It sends what the engine refuses, and does not look back.
    BySending,
}

#[async_trait]
impl SqlProjection for Ledger {
    fn spec(&self) -> ProjectionSpec {
        ProjectionSpec::new("ledger")
            .schema("CREATE TABLE ledger (place BIGINT PRIMARY KEY, line TEXT NOT NULL)")
    }

    async fn apply(&self, events: &[RecordedEvent], tx: &mut Tx<'_>) -> Result<(), ProjectionError> {
        for event in events {
            let refuse = |source| ProjectionError { position: event.position(), source };
            let body: serde_json::Value =
                serde_json::from_slice(&event.payload).map_err(|error| refuse(error.into()))?;
            let line = format!("{}:{}", event.stream().id(), body["cents"]);
            let sql = "INSERT INTO ledger (place, line) SELECT count(*), $1 FROM ledger";
            let unlucky = body["cents"] == 13 && !self.0.load(Ordering::SeqCst);
            match self.1 {
                Refusing::Itself => {
                    tx.execute(sql, (&*line,)).await.map_err(|error| refuse(error.into()))?;
                    if unlucky {
                        return Err(refuse("thirteen is bad luck".into()));
                    }
                }
                Refusing::BySending => {
                    let line = Some(&*line).filter(|_| !unlucky);
                    tx.send(sql, (line,)).await.map_err(|error| refuse(error.into()))?;
                }
            }
        }
        Ok(())
    }
}

struct Lines;

impl Query for Lines {
    const NAME: &'static str = "Lines";
    type Answer = Vec<String>;
}

struct ReadLines;

#[async_trait]
impl QueryHandler<Lines> for ReadLines {
    fn reads(&self) -> Vec<&'static str> {
        vec!["ledger"]
    }

    async fn answer(&self, _: &Lines, db: &Reader) -> Result<Vec<String>> {
        let rows = db.rows("SELECT line FROM ledger ORDER BY place", ()).await?;
        Ok(rows.iter().map(|row| row.get("line")).collect::<Result<_, _>>()?)
    }
}

struct World {
    node: Node,
    mended: Arc<AtomicBool>,
}

impl World {
    async fn on(stores: Stores, on_failure: OnFailure) -> Self {
        Self::refusing(stores, on_failure, Refusing::Itself).await
    }

    async fn refusing(stores: Stores, on_failure: OnFailure, how: Refusing) -> Self {
        let mended = Arc::new(AtomicBool::new(false));
        let policy = ErrorPolicy { attempts: 2, first_pause: Duration::from_millis(1), on_failure };
        let ledger = Ledger(Arc::clone(&mended), how);
        let app = App::with(stores).command::<Pay>().projection(ledger).query(ReadLines);
        Self { node: app.on_error("ledger", policy).start().await.expect("it starts"), mended }
    }

    /// Pays these, to the accounts a and b in turn; answers what the ledger holds once it has considered them.
    async fn pays(&self, cents: &[i64]) -> Vec<String> {
        let mut last = None;
        for (nth, cents) in cents.iter().enumerate() {
            let account = Id::new(["a", "b"][nth % 2]).expect("an id");
            last = Some(self.node.execute(Pay(account, *cents)).await.expect("paid"));
        }
        let at = last.expect("something was paid").position;
        let options = AskOptions::after(at, Duration::from_secs(30));
        self.node.ask_with(Lines, options).await.expect("the ledger considers it").value
    }

    async fn status(&self) -> ProjectionStatus {
        let all = self.node.projections().await.expect("statuses");
        all.into_iter().find(|one| one.name == "ledger").expect("the ledger's")
    }

    async fn fails(&self) {
        within("the ledger fails", async {
            while self.status().await.state != ProjectionState::Failed {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }

    async fn lines(&self) -> Vec<String> {
        self.node.ask(Lines).await.expect("the lines")
    }
}

fn parked(status: &ProjectionStatus) -> Vec<(u64, u32, &str)> {
    let told = |it: &diptych::model::ParkedEvent| (it.position.get(), it.attempts);
    status.parked.iter().map(|it| (told(it).0, told(it).1, it.error.as_str())).collect()
}

async fn what_is_parked_is_taken_once_it_is_mended(stores: Stores) {
    let world = World::on(stores, OnFailure::Park(Later::Go)).await;
    assert_eq!(world.pays(&[1, 2, 13, 4, 5]).await, ["a:1", "b:2", "b:4", "a:5"]);
    let status = world.status().await;
    assert_eq!((status.dead_letters, status.state), (1, ProjectionState::Live));
    let told = parked(&status);
    assert_eq!((told[0].0, told[0].1), (3, 2));
    assert!(told[0].2.contains("thirteen is bad luck"), "{told:?}");

    world.node.operate("ledger", Operation::Retry).await.expect("tried again, in vain");
    assert_eq!((world.status().await.dead_letters, world.status().await.parked[0].attempts), (1, 3));
    assert_eq!(world.lines().await, ["a:1", "b:2", "b:4", "a:5"], "nothing of it counts");

    world.mended.store(true, Ordering::SeqCst);
    world.node.operate("ledger", Operation::Retry).await.expect("tried again");
    assert_eq!(world.lines().await, ["a:1", "b:2", "b:4", "a:5", "a:13"]);
    assert_eq!(world.status().await.dead_letters, 0);
    assert!(world.node.operate("ledger", Operation::Retry).await.is_err(), "nothing is left to try");
    assert_eq!(world.pays(&[6]).await.len(), 6);
}

/// In the rebuild all of them are one batch, of which the engine says at the end, or in the middle, that one cannot be taken.
async fn of_what_was_sent_only_what_the_engine_refuses_is_parked(stores: Stores) {
    let world = World::refusing(stores, OnFailure::Park(Later::Go), Refusing::BySending).await;
    let cents: Vec<i64> = (0..300).map(|n| if n % 131 == 100 { 13 } else { 1_000 + n }).collect();
    let lines = world.pays(&cents).await;
    assert_eq!(lines.len(), 298);
    world.node.operate("ledger", Operation::Rebuild).await.expect("begun");
    within("the new generation is filled", async {
        while world.node.operate("ledger", Operation::Promote).await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(world.lines().await, lines, "rebuilt equals live");
    let status = world.status().await;
    let told = parked(&status);
    assert_eq!(told.iter().map(|it| (it.0, it.1)).collect::<Vec<_>>(), [(101, 2), (232, 2)]);
    assert!(told.iter().all(|it| it.2.contains("line")), "the engine names the column: {told:?}");
    world.mended.store(true, Ordering::SeqCst);
    world.node.operate("ledger", Operation::Retry).await.expect("tried again");
    assert_eq!(world.lines().await[298..], ["a:13", "b:13"]);
}

async fn later_events_of_the_stream_wait_when_asked_to(stores: Stores) {
    let world = World::on(stores, OnFailure::Park(Later::Wait)).await;
    assert_eq!(world.pays(&[1, 2, 13, 4, 5, 6]).await, ["a:1", "b:2", "b:4", "b:6"]);
    assert_eq!(world.pays(&[7]).await.len(), 4);
    let status = world.status().await;
    assert_eq!(parked(&status).iter().map(|it| it.0).collect::<Vec<_>>(), [3, 5, 7]);
    assert_eq!(parked(&status)[1].2, "waits behind event 3 of its stream");
    world.node.operate("ledger", Operation::Retry).await.expect("tried again, in vain");
    assert_eq!(world.status().await.dead_letters, 3, "what waits behind it was not taken");
    world.mended.store(true, Ordering::SeqCst);
    world.node.operate("ledger", Operation::Retry).await.expect("tried again");
    assert_eq!(world.lines().await[4..], ["a:13", "a:5", "a:7"]);
    assert_eq!(world.pays(&[8]).await.len(), 8, "and the stream goes on");
}

async fn an_operator_parks_what_a_projection_stopped_at(stores: Stores) {
    let world = World::on(stores, OnFailure::Stop).await;
    assert!(world.node.operate("ledger", Operation::Park(Later::Go)).await.is_err(), "it has not failed");
    world.node.execute(Pay(Id::new("a").expect("an id"), 13)).await.expect("paid");
    world.fails().await;
    world.node.operate("ledger", Operation::Park(Later::Go)).await.expect("parked");
    assert_eq!(world.pays(&[1]).await, ["a:1"]);
    assert_eq!(world.status().await.dead_letters, 1);
    world.node.operate("ledger", Operation::Rebuild).await.expect("begun");
    assert_eq!(world.status().await.dead_letters, 1, "what is parked is the live generation's");
}

macro_rules! on_every_engine {
    ($($rule:ident)+) => {$(
        mod $rule {
            use super::*;

            #[test]
            fn in_memory() {
                deadline::run(async { super::$rule(Stores::memory(None).expect("stores in memory")).await });
            }

            #[test]
            fn on_sqlite() {
                deadline::run(async {
                    let folder = tempfile::tempdir().expect("a folder");
                    let url = StoreUrl::Sqlite(folder.path().join("store"));
                    super::$rule(Stores::open(&url, None).await.expect("a folder is opened")).await;
                });
            }

            #[cfg(feature = "postgres")]
            #[test]
            fn on_postgres() {
                use diptych_testkit::postgres;
                if !postgres::is_there() {
                    return;
                }
                deadline::run(async {
                    let schemas = postgres::Schemas::fresh();
                    let url: StoreUrl = schemas.url().parse().expect("a URL");
                    let master = diptych::MasterKey::generate().expect("a key");
                    super::$rule(Stores::open(&url, Some(master)).await.expect("a database is opened")).await;
                });
            }
        }
    )+};
}

on_every_engine! {
    what_is_parked_is_taken_once_it_is_mended
    of_what_was_sent_only_what_the_engine_refuses_is_parked
    later_events_of_the_stream_wait_when_asked_to
    an_operator_parks_what_a_projection_stopped_at
}
