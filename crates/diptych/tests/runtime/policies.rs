//! What happens when a projection cannot take an event: stop, skip, retry; and nothing of a failed batch counts.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use diptych::{
    Command, Context, ErrorPolicy, Events, Never, Node, OnFailure, Operation, Position, ProjectionState,
    Reader, Result, StreamId, Tx, projection, query,
};

use crate::shop::{AccountEvent, AccountId, id, started};

struct Deposit(i64);

impl Command for Deposit {
    const NAME: &'static str = "Deposit";
    type Reads = ();
    type Rejection = Never;

    fn target(&self) -> StreamId {
        StreamId::of("account", &id::<AccountId>("A"))
    }

    fn reads(&self, _: &Context) {}

    fn decide(&self, (): &(), _: &Context) -> Result<Events, Never> {
        Ok(Events::one(self.target(), AccountEvent::Deposited { cents: self.0 }))
    }
}

const ADD: &str = "INSERT INTO sums (id, cents) VALUES (1, $1)
    ON CONFLICT (id) DO UPDATE SET cents = sums.cents + excluded.cents";

fn cents_of(event: &AccountEvent) -> i64 {
    match event {
        AccountEvent::Deposited { cents } => *cents,
        AccountEvent::Withdrawn { cents } => -cents,
    }
}

/// Writes first and fails then, so that what it wrote must be rolled back.
async fn add_unless_13(event: &AccountEvent, tx: &mut Tx<'_>) -> Result {
    tx.execute(ADD, (cents_of(event),)).await?;
    if cents_of(event) == 13 { Err("thirteen is bad luck".into()) } else { Ok(()) }
}

#[projection(schema = "sums.sql")]
async fn stopping(event: &AccountEvent, tx: &mut Tx<'_>) -> Result {
    add_unless_13(event, tx).await
}

#[projection(schema = "sums.sql")]
async fn skipping(event: &AccountEvent, tx: &mut Tx<'_>) -> Result {
    add_unless_13(event, tx).await
}

static MENDED: AtomicBool = AtomicBool::new(false);

#[projection(schema = "sums.sql")]
async fn mended(event: &AccountEvent, tx: &mut Tx<'_>) -> Result {
    if MENDED.load(Ordering::SeqCst) {
        tx.execute(ADD, (cents_of(event),)).await?;
        return Ok(());
    }
    add_unless_13(event, tx).await
}

struct SumOf(&'static str);

#[query(reads = [stopping, skipping, mended])]
async fn sum_of(query: &SumOf, db: &Reader) -> Result<i64> {
    let rows = db.rows_of(query.0, "SELECT cents FROM sums", ()).await?;
    Ok(rows.first().map(|row| row.get("cents")).transpose()?.unwrap_or(0))
}

async fn node() -> Node {
    let policy = |on_failure| ErrorPolicy { attempts: 2, first_pause: Duration::from_millis(1), on_failure };
    let node = started(|app| {
        let app = app.command::<Deposit>().projection(stopping).projection(skipping).projection(mended);
        let app = app.query(sum_of).on_error("stopping", policy(OnFailure::Stop));
        app.on_error("skipping", policy(OnFailure::Skip)).on_error("mended", policy(OnFailure::Stop))
    })
    .await;
    for cents in [1, 2, 13, 4] {
        node.execute(Deposit(cents)).await.unwrap();
    }
    node
}

async fn reaches(node: &Node, name: &str, wanted: ProjectionState) {
    let reached = async {
        while node.projections().await.unwrap().iter().find(|one| one.name == name).unwrap().state != wanted {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), reached).await.unwrap();
}

#[tokio::test]
async fn one_that_stops_keeps_all_before_the_event_and_nothing_of_it() {
    let node = node().await;
    reaches(&node, "stopping", ProjectionState::Failed).await;
    assert_eq!(node.ask(SumOf("stopping")).await.unwrap(), 3);
    let all = node.projections().await.unwrap();
    let error = all.iter().find(|one| one.name == "stopping").unwrap().last_error.clone().unwrap();
    assert_eq!((error.position, error.attempts), (Some(Position::new(3)), 2));
    node.operate("stopping", Operation::Skip).await.unwrap();
    node.watermarks().wait(&["stopping"], Position::new(4), Duration::from_secs(10)).await.unwrap();
    assert_eq!(node.ask(SumOf("stopping")).await.unwrap(), 7);
}

#[tokio::test]
async fn one_that_skips_leaves_the_event_out_and_goes_on() {
    let node = node().await;
    node.watermarks().wait(&["skipping"], Position::new(4), Duration::from_secs(10)).await.unwrap();
    assert_eq!(node.ask(SumOf("skipping")).await.unwrap(), 7);
    let all = node.projections().await.unwrap();
    assert_eq!(all.iter().find(|one| one.name == "skipping").unwrap().skipped, 1);
}

#[tokio::test]
async fn one_that_was_mended_takes_the_event_when_it_is_retried() {
    let node = node().await;
    reaches(&node, "mended", ProjectionState::Failed).await;
    MENDED.store(true, Ordering::SeqCst);
    node.operate("mended", Operation::Retry).await.unwrap();
    node.watermarks().wait(&["mended"], Position::new(4), Duration::from_secs(10)).await.unwrap();
    assert_eq!(node.ask(SumOf("mended")).await.unwrap(), 20);
    assert!(node.operate("mended", Operation::Retry).await.is_err());
}
