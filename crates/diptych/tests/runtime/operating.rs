//! Projections, operated: compared with a rebuild before and after it, told why they stand, and paused across restarts.

use std::{
    sync::atomic::{AtomicBool, AtomicI64, Ordering},
    time::Duration,
};

use diptych::{
    App, Command, Context, ErrorPolicy, Events, Never, NewVersion, Node, OnFailure, OperateError, Operation,
    ProjectionError, ProjectionSpec, ProjectionState, RecordedEvent, Result, SqlProjection, SqlValue,
    StreamId, Tx, model::Generation, projection,
};

use crate::shop::{AccountEvent, AccountId, id, started};

const SOON: Duration = Duration::from_secs(20);

struct Deposit(&'static str, i64);

impl Command for Deposit {
    const NAME: &'static str = "Deposit";
    type Reads = ();
    type Rejection = Never;

    fn target(&self) -> StreamId {
        StreamId::of("account", &id::<AccountId>(self.0))
    }

    fn reads(&self, _: &Context) {}

    fn decide(&self, (): &(), _: &Context) -> Result<Events, Never> {
        Ok(Events::one(self.target(), AccountEvent::Deposited { cents: self.1 }))
    }
}

fn cents_of(event: &AccountEvent) -> i64 {
    match event {
        AccountEvent::Deposited { cents } => *cents,
        AccountEvent::Withdrawn { cents } => -cents,
    }
}

const ADD: &str = "INSERT INTO sums (id, cents) VALUES ($1, $2)
    ON CONFLICT (id) DO UPDATE SET cents = sums.cents + excluded.cents";

/// A row per amount; what it writes is changed by a new release, which a test plays.
async fn write(factor: i64, event: &AccountEvent, tx: &mut Tx<'_>) -> Result {
    let cents = cents_of(event);
    if cents == 13 && !MENDED.load(Ordering::SeqCst) {
        return Err("thirteen is bad luck".into());
    }
    tx.execute(ADD, (cents, if cents == 7 { cents * factor } else { cents })).await?;
    Ok(())
}

static MENDED: AtomicBool = AtomicBool::new(false);
static FACTOR: AtomicI64 = AtomicI64::new(1);

#[projection(schema = "sums.sql")]
async fn steady(event: &AccountEvent, tx: &mut Tx<'_>) -> Result {
    write(1, event, tx).await
}

#[projection(schema = "sums.sql")]
async fn changed(event: &AccountEvent, tx: &mut Tx<'_>) -> Result {
    write(FACTOR.load(Ordering::SeqCst), event, tx).await
}

fn app(app: App) -> App {
    let policy =
        ErrorPolicy { attempts: 2, first_pause: Duration::from_millis(1), on_failure: OnFailure::Stop };
    let app = app.command::<Deposit>().projection(steady).projection(changed);
    app.on_error("steady", policy.clone()).on_error("changed", policy)
}

async fn with(amounts: &[i64]) -> Node {
    let node = started(app).await;
    for cents in amounts {
        node.execute(Deposit("A", *cents)).await.unwrap();
    }
    node
}

async fn until(node: &Node, name: &str, holds: impl Fn(&diptych::ProjectionStatus) -> bool) {
    let waiting = async {
        while !holds(&node.projection(name).await.unwrap()) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(SOON, waiting).await.unwrap();
}

async fn generations_of(node: &Node, name: &str) -> (Generation, Option<Generation>, Option<Generation>) {
    let status = node.projection(name).await.unwrap();
    (status.generation, status.candidate.map(|candidate| candidate.generation), status.previous)
}

#[tokio::test]
async fn what_is_rebuilt_is_the_same_at_one_position_while_events_come() {
    let node = with(&[1, 2, 3]).await;
    let refused = node.verify("steady", 9).await.unwrap_err();
    assert!(refused.to_string().contains("rebuild makes one"), "{refused}");
    node.operate("steady", Operation::Rebuild).await.unwrap();
    for cents in 14..70 {
        node.execute(Deposit("A", cents)).await.unwrap();
        if cents % 10 == 0 {
            let comparison = node.verify("steady", 9).await.unwrap();
            assert!(comparison.is_same(), "{comparison:?}");
            assert_eq!((comparison.live, comparison.other), (Generation(1), Generation(2)));
            let [table] = &*comparison.tables else { panic!("{comparison:?}") };
            assert_eq!((&*table.table, table.live.rows), ("sums", table.other.rows));
        }
    }
}

#[tokio::test]
async fn rows_that_differ_are_told_with_both_forms_and_a_rehearsal_leaves_nothing() {
    let node = with(&[7, 8, 7]).await;
    node.settled(SOON).await.unwrap();
    let before = generations_of(&node, "changed").await;
    FACTOR.store(10, Ordering::SeqCst);
    let told = node.rehearse("changed", 9).await.unwrap();
    assert_eq!(generations_of(&node, "changed").await, before, "a rehearsal leaves nothing");
    node.operate("changed", Operation::Rebuild).await.unwrap();
    let verified = node.verify("changed", 9).await.unwrap();
    for comparison in [told, verified] {
        assert_eq!((comparison.differing, comparison.is_same()), (1, false), "{comparison:?}");
        let [row] = &*comparison.rows else { panic!("{comparison:?}") };
        assert_eq!((&*row.table, &*row.key), ("sums", &[SqlValue::Integer(7)][..]));
        let cents = |row: &Option<diptych::SqlRow>| row.as_ref().unwrap().get::<i64>("cents").unwrap();
        assert_eq!((cents(&row.live), cents(&row.other)), (14, 140));
        let [table] = &*comparison.tables else { panic!("{comparison:?}") };
        assert_eq!((table.live.rows, table.other.rows), (2, 2));
        assert_ne!(table.live.checksum, table.other.checksum);
    }
}

#[tokio::test]
async fn a_rehearsal_that_nobody_waits_for_any_more_leaves_nothing() {
    let node = with(&[1, 2]).await;
    node.settled(SOON).await.unwrap();
    for _ in 0..20 {
        let called_off = tokio::time::timeout(Duration::from_micros(300), node.rehearse("steady", 9)).await;
        drop(called_off);
    }
    until(&node, "steady", |status| status.rehearsal.is_none()).await;
    assert_eq!(generations_of(&node, "steady").await, (Generation(1), None, None));
    assert!(node.rehearse("steady", 9).await.unwrap().is_same());
}

#[tokio::test]
async fn an_operation_is_done_to_its_end_though_its_caller_goes_away() {
    let node = with(&[1, 2]).await;
    for _ in 0..50 {
        let mut asked = Box::pin(node.verify("steady", 9));
        drop(futures::poll!(&mut asked));
        drop(asked);
        let mut asked = Box::pin(node.operate("steady", Operation::Rebuild));
        drop(futures::poll!(&mut asked));
        drop(asked);
        let receipt = node.execute(Deposit("A", 3)).await.unwrap();
        node.watermarks().wait(&["steady"], receipt.position, SOON).await.unwrap();
    }
}

#[tokio::test]
async fn why_it_stands_is_a_sentence_with_the_event_the_error_since_when_and_who_runs_it() {
    let node = with(&[1, 13, 4]).await;
    until(&node, "steady", |status| status.state == ProjectionState::Failed).await;
    let status = node.projection("steady").await.unwrap();
    let (why, error) = (status.why.unwrap(), status.last_error.unwrap());
    for part in [
        "steady has stopped at event 2, Deposited of account/A",
        "thirteen is bad luck",
        &format!("tried 2 times since {}", error.since),
        &format!("it is run by {}", status.owner),
    ] {
        assert!(why.contains(part), "{part:?} is not in {why:?}");
    }
    assert!(!status.owner.is_empty() && error.since <= error.at);
    node.operate("steady", Operation::Park(diptych::model::Later::Go)).await.unwrap();
    until(&node, "steady", |status| status.state == ProjectionState::Live).await;
    let why = node.projection("steady").await.unwrap().why.unwrap();
    assert!(why.contains("without 1 parked events") && why.contains("event 2 of account/A"), "{why}");
    node.operate("steady", Operation::Pause).await.unwrap();
    let why = node.projection("steady").await.unwrap().why.unwrap();
    assert!(why.contains("was paused by an operator"), "{why}");
}

#[tokio::test]
async fn a_new_generation_that_has_failed_makes_room_for_another() {
    let node = with(&[1, 13, 4]).await;
    until(&node, "steady", |status| status.state == ProjectionState::Failed).await;
    node.operate("steady", Operation::Skip).await.unwrap();
    node.operate("steady", Operation::Rebuild).await.unwrap();
    let failed = |status: &diptych::ProjectionStatus| status.candidate.as_ref().is_some_and(|it| it.failed);
    until(&node, "steady", failed).await;
    let why = node.projection("steady").await.unwrap().why.unwrap();
    assert!(why.contains("the new generation 2 of steady is stuck at event 2"), "{why}");
    node.operate("steady", Operation::Rebuild).await.unwrap();
    assert_eq!(generations_of(&node, "steady").await, (Generation(1), Some(Generation(3)), None));
}

async fn opened(url: &str, looks: bool) -> Node {
    let own = app(App::open(url).unwrap());
    if looks { own.only_looking().start().await.unwrap() } else { own.start().await.unwrap() }
}

#[tokio::test]
async fn what_an_operator_paused_stays_paused_after_a_restart_of_the_embedded_store() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("store").display());
    let node = opened(&url, false).await;
    node.operate("steady", Operation::Pause).await.unwrap();
    node.shut_down().await.unwrap();
    drop(node);
    let node = opened(&url, false).await;
    let receipt = node.execute(Deposit("A", 1)).await.unwrap();
    node.watermarks().wait(&["changed"], receipt.position, SOON).await.unwrap();
    let status = node.projection("steady").await.unwrap();
    assert_eq!((status.state, status.position.get()), (ProjectionState::Paused, 0));
    node.operate("steady", Operation::Resume).await.unwrap();
    node.settled(SOON).await.unwrap();
    node.shut_down().await.unwrap();
    drop(node);
    let node = opened(&url, false).await;
    assert_eq!(node.projection("steady").await.unwrap().state, ProjectionState::Live);
    node.shut_down().await.unwrap();
}

#[tokio::test]
async fn one_that_only_looks_runs_nothing_but_what_it_is_told_to_operate() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("store").display());
    let node = opened(&url, true).await;
    assert!(node.projection("steady").await.unwrap().owner.is_empty(), "nothing was ever run here");
    node.shut_down().await.unwrap();
    drop(node);
    let node = opened(&url, false).await;
    node.execute(Deposit("A", 1)).await.unwrap();
    node.settled(SOON).await.unwrap();
    node.operate("changed", Operation::Pause).await.unwrap();
    node.shut_down().await.unwrap();
    drop(node);
    let node = opened(&url, true).await;
    let status = node.projection("changed").await.unwrap();
    assert_eq!((status.state, status.position.get()), (ProjectionState::Paused, 1), "{status:?}");
    assert!(!node.leads("changed") && !node.leads("steady"));
    let comparison = node.rehearse("steady", 9).await.unwrap();
    assert!(comparison.is_same() && node.leads("steady") && !node.leads("changed"), "{comparison:?}");
    let unknown = node.verify("nothing", 9).await.unwrap_err();
    assert!(matches!(unknown, OperateError::Unknown { .. }), "{unknown}");
    node.shut_down().await.unwrap();
}

/// Rows of some version; a release that has changed what it keeps.
struct Versioned(u32);

#[async_trait::async_trait]
impl SqlProjection for Versioned {
    fn spec(&self) -> ProjectionSpec {
        let schema = format!("CREATE TABLE versioned{} (position BIGINT PRIMARY KEY)", self.0);
        ProjectionSpec::new("versioned").version(self.0).schema(schema)
    }

    async fn apply(&self, events: &[RecordedEvent], tx: &mut Tx<'_>) -> Result<(), ProjectionError> {
        for event in events {
            // As `#[projection]` would: a release writes into its own tables, whatever generation it is handed.
            let sql = format!("INSERT INTO versioned{} (position) VALUES ($1)", self.0);
            let done = tx.execute(&sql, (event.position(),)).await;
            done.map_err(|error| ProjectionError { position: event.position(), source: error.into() })?;
        }
        Ok(())
    }
}

#[tokio::test]
async fn what_happens_to_a_new_version_at_a_start_is_as_the_setting_says() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("store").display());
    let started = async |version: u32, what: NewVersion| {
        let app = app(App::open(&url).unwrap()).projection(Versioned(version)).new_version(what);
        app.start().await.unwrap()
    };
    let node = started(1, NewVersion::Promote).await;
    node.execute(Deposit("A", 1)).await.unwrap();
    node.settled(SOON).await.unwrap();
    node.shut_down().await.unwrap();
    for (what, candidate) in [(NewVersion::Leave, None), (NewVersion::Fill, Some(Generation(2)))] {
        let node = started(2, what).await;
        if candidate.is_some() {
            until(&node, "versioned", |it| it.candidate.as_ref().is_some_and(|it| it.position.get() == 1))
                .await;
        }
        assert_eq!(generations_of(&node, "versioned").await, (Generation(1), candidate, None), "{what:?}");
        node.shut_down().await.unwrap();
    }
    let node = started(2, NewVersion::Promote).await;
    until(&node, "versioned", |it| it.generation == Generation(2)).await;
    node.shut_down().await.unwrap();
}
