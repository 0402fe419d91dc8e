//! Two nodes on one store: each projection is run by one of them, and it makes no difference which one is asked.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use diptych::{
    App, AskOptions, Command, Context, Events, Failure, FailureKind, Never, Node, Operation, ProjectionState,
    Reader, Result, Stores, StreamId, Tx,
    peers::{Claim, Lease, Peer, PeerNews, Peers, Reached, Roll},
    projection, query,
};

use crate::shop::{AccountEvent, AccountId, id};

struct Deposit(AccountId, i64);

impl Command for Deposit {
    const NAME: &'static str = "Deposit";
    type Reads = ();
    type Rejection = Never;

    fn target(&self) -> StreamId {
        StreamId::of("account", &self.0)
    }

    fn reads(&self, _: &Context) {}

    fn decide(&self, (): &(), _: &Context) -> Result<Events, Never> {
        Ok(Events::one(self.target(), AccountEvent::Deposited { cents: self.1 }))
    }
}

const ADD: &str = "INSERT INTO sums (id, cents) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET cents = sums.cents + excluded.cents";

#[projection(schema = "sums.sql")]
async fn deposits(event: &AccountEvent, tx: &mut Tx<'_>) -> Result {
    if let AccountEvent::Deposited { cents } = event {
        tx.execute(ADD, (*cents,)).await?;
    }
    Ok(())
}

#[projection(schema = "sums.sql")]
async fn counted(event: &AccountEvent, tx: &mut Tx<'_>) -> Result {
    if let AccountEvent::Deposited { .. } = event {
        tx.execute(ADD, (1,)).await?;
    }
    Ok(())
}

#[projection(schema = "sums.sql")]
async fn doubled(event: &AccountEvent, tx: &mut Tx<'_>) -> Result {
    if let AccountEvent::Deposited { cents } = event {
        tx.execute(ADD, (cents.saturating_mul(2),)).await?;
    }
    Ok(())
}

struct Sums;

/// What was deposited, how often, and twice what was deposited.
#[query(reads = [deposits, counted, doubled])]
async fn sums(_query: &Sums, db: &Reader) -> Result<Vec<i64>> {
    let mut sums = Vec::new();
    for name in ["deposits", "counted", "doubled"] {
        let rows = db.rows_of(name, "SELECT cents FROM sums", ()).await?;
        sums.push(rows.first().map(|row| row.get("cents")).transpose()?.unwrap_or(0));
    }
    Ok(sums)
}

const NAMES: [&str; 4] = ["correlations", "counted", "deposits", "doubled"];

async fn node(stores: &Stores) -> Node {
    let app = App::with(stores.clone()).command::<Deposit>();
    app.projection(deposits).projection(counted).projection(doubled).query(sums).start().await.unwrap()
}

fn led_by(node: &Node) -> Vec<&'static str> {
    NAMES.into_iter().filter(|name| node.leads(name)).collect()
}

/// Waits until two nodes have two projections each.
async fn shared(one: &Node, two: &Node) {
    within("both have their share", until(|| led_by(one).len() == 2 && led_by(two).len() == 2)).await;
}

async fn until(happened: impl Fn() -> bool) {
    while !happened() {
        // tidy: nothing tells a test of leases but asking
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn within<T>(what: &str, happens: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), happens).await.unwrap_or_else(|_| panic!("not yet: {what}"))
}

/// Deposits at one node, and asks the other as soon as it has the receipt.
async fn seen(at: &Node, by: &Node, cents: i64) -> Vec<i64> {
    let receipt = at.execute(Deposit(id("ACC-1"), cents)).await.unwrap();
    by.ask_with(Sums, AskOptions::after(receipt.position, Duration::from_secs(30))).await.unwrap().value
}

#[tokio::test]
async fn nodes_share_the_projections_and_see_each_others_writes() {
    let stores = Stores::memory(None).unwrap();
    let one = node(&stores).await;
    assert_eq!(led_by(&one), NAMES, "alone it runs everything");
    let two = node(&stores).await;
    shared(&one, &two).await;
    assert!(led_by(&one).iter().all(|name| !two.leads(name)), "none is run twice");
    for round in 1..=20 {
        let (at, by) = if round % 2 == 0 { (&one, &two) } else { (&two, &one) };
        assert_eq!(seen(at, by, 10).await, [round * 10, round, round * 20]);
    }
}

/// Leases of a store that can no longer be reached, once it is cut off.
#[derive(Debug)]
struct Wire {
    peers: Arc<dyn Peers>,
    cut: AtomicBool,
}

impl Wire {
    fn up(&self) -> Result<&dyn Peers, Failure> {
        let cut = self.cut.load(Ordering::SeqCst);
        if cut { Err(Failure::plain(FailureKind::Unavailable, "the wire is cut")) } else { Ok(&*self.peers) }
    }
}

#[async_trait]
impl Peers for Wire {
    async fn beat(&self, me: &Peer, claims: &[Claim]) -> Result<Roll, Failure> {
        self.up()?.beat(me, claims).await
    }

    async fn look(&self, projections: &[Arc<str>]) -> Result<Vec<Lease>, Failure> {
        self.up()?.look(projections).await
    }

    async fn ask(&self, me: &Peer, projection: &str) -> Result<(), Failure> {
        self.up()?.ask(me, projection).await
    }

    async fn release(&self, me: &Peer, projections: &[Arc<str>]) -> Result<(), Failure> {
        self.up()?.release(me, projections).await
    }

    async fn leave(&self, me: &Peer) -> Result<(), Failure> {
        self.up()?.leave(me).await
    }

    async fn tell(&self, me: &Peer, reached: &[Reached]) -> Result<(), Failure> {
        self.up()?.tell(me, reached).await
    }

    fn news(&self, me: &Peer) -> Box<dyn PeerNews> {
        self.peers.news(me)
    }
}

#[tokio::test]
async fn a_node_that_is_cut_off_stands_down_and_the_other_runs_everything() {
    let stores = Stores::memory(None).unwrap();
    let wire = Arc::new(Wire { peers: Arc::clone(&stores.peers), cut: AtomicBool::new(false) });
    let one = node(&stores).await;
    let two = node(&Stores { peers: wire.clone(), ..stores.clone() }).await;
    shared(&one, &two).await;
    wire.cut.store(true, Ordering::SeqCst);
    within("the other runs everything", until(|| led_by(&one) == NAMES && led_by(&two).is_empty())).await;
    assert_eq!(seen(&two, &one, 10).await, [10, 1, 20]);
    wire.cut.store(false, Ordering::SeqCst);
    shared(&one, &two).await;
    assert_eq!(seen(&one, &two, 10).await, [20, 2, 40]);
}

#[tokio::test]
async fn an_operator_may_ask_any_node() {
    let stores = Stores::memory(None).unwrap();
    let (one, two) = (node(&stores).await, node(&stores).await);
    shared(&one, &two).await;
    let name = led_by(&one)[0];
    let state =
        async |node: &Node| node.projections().await.unwrap().into_iter().find(|it| it.name == name).unwrap();

    two.operate(name, Operation::Pause).await.unwrap();
    assert!(two.leads(name), "it was handed over to the node that was asked");
    assert_eq!(state(&two).await.state, ProjectionState::Paused);
    one.operate(name, Operation::Resume).await.unwrap();
    assert!(one.leads(name), "and back; that it was paused came with it");
    for (at, by) in [(&one, &two), (&two, &one)] {
        at.operate(name, Operation::Rebuild).await.unwrap();
        assert!(state(at).await.candidate.is_some());
        at.settled(Duration::from_secs(30)).await.unwrap();
        within("the candidate is not behind", async {
            while by.operate(name, Operation::Promote).await.is_err() {
                // tidy: the refusal is what is waited out
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
        assert!(by.leads(name));
        seen(at, by, 10).await;
    }
    assert_eq!(seen(&one, &one, 10).await, [30, 3, 60]);
    assert_eq!(seen(&one, &two, 10).await, [40, 4, 80]);
}

#[tokio::test]
async fn what_was_paused_stays_so_when_another_node_takes_over() {
    let stores = Stores::memory(None).unwrap();
    let wire = Arc::new(Wire { peers: Arc::clone(&stores.peers), cut: AtomicBool::new(false) });
    let one = node(&stores).await;
    let two = node(&Stores { peers: wire.clone(), ..stores.clone() }).await;
    two.operate("doubled", Operation::Pause).await.unwrap();
    let receipt = one.execute(Deposit(id("ACC-1"), 10)).await.unwrap();
    wire.cut.store(true, Ordering::SeqCst);
    within("the other runs everything", until(|| led_by(&one) == NAMES)).await;
    let all = one.projections().await.unwrap();
    let doubled = all.iter().find(|it| it.name == "doubled").unwrap();
    assert_eq!((doubled.state, doubled.position < receipt.position), (ProjectionState::Paused, true));
    one.operate("doubled", Operation::Resume).await.unwrap();
    assert_eq!(seen(&one, &one, 10).await, [20, 2, 40]);
}
