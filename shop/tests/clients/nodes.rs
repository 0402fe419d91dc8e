//! Two processes on one database: each projection is run by one of them, either answers for both, and one takes over when
//! the other is killed, told to stop, or stopped and continued.

use std::{
    collections::BTreeMap,
    process::Command as Os,
    time::{Duration, Instant},
};

use diptych_client::{Client, Command, Receipt, ReceiptStatus};
use diptych_testkit::{
    Effort, Evidence,
    deadline::within,
    postgres::{self, Schemas},
};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::program::{Program, customer, order, order_of};

/// How soon another process has to have taken over.
const SOON: Duration = Duration::from_secs(5);

/// Two processes on schemas of their own.
struct Pair {
    one: Program,
    two: Program,
    schemas: Schemas,
}

impl Pair {
    /// Both serve, and each runs some projections.
    async fn serving() -> Self {
        let schemas = Schemas::fresh();
        let one = Program::serving(&schemas.url()).await;
        let two = Program::serving(&schemas.url()).await;
        let pair = Self { one, two, schemas };
        within("each runs its share", pair.share()).await;
        pair
    }

    async fn share(&self) {
        let of = |owners: &BTreeMap<String, String>, program: &Program| {
            owners.values().filter(|owner| runs(program, owner)).count()
        };
        loop {
            let owners = owners(&self.one).await;
            let (one, two) = (of(&owners, &self.one), of(&owners, &self.two));
            if one + two == owners.len() && one.abs_diff(two) <= 1 {
                return;
            }
            // tidy: nothing tells of leases but asking
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn runs(program: &Program, owner: &str) -> bool {
    owner.split(' ').nth(1) == Some(&program.id().to_string())
}

async fn projections(program: &Program) -> Vec<Value> {
    let url = format!("{}/api/admin/projections", program.url);
    let all: Value = reqwest::get(url).await.unwrap().json().await.unwrap();
    all["items"].as_array().unwrap().clone()
}

/// The embedded search is in a folder of each process, so each fills its own, and is its owner to itself.
const OF_EACH: &str = "product_search";

/// Who runs what is run by one process at a time.
async fn owners(program: &Program) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let all = projections(program).await;
    let shared = all.iter().filter(|it| it["name"] != OF_EACH);
    shared.map(|it| (text(&it["name"]), text(&it["owner"]))).collect()
}

async fn projection(program: &Program, name: &str) -> Value {
    projections(program).await.into_iter().find(|it| it["name"] == name).unwrap()
}

/// What an operator does; answers the status.
async fn operate(program: &Program, name: &str, operation: &str) -> u16 {
    let url = format!("{}/api/admin/projections/{name}/{operation}", program.url);
    reqwest::Client::new().post(url).send().await.unwrap().status().as_u16()
}

/// Waits until this process runs every projection; answers how long that took.
async fn takes_over(program: &Program) -> Duration {
    let begun = Instant::now();
    within("the other process runs everything", async {
        while !owners(program).await.values().all(|owner| runs(program, owner)) {
            // tidy: nothing tells of leases but asking
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    begun.elapsed()
}

fn signal(program: &Program, name: &str) {
    let status = Os::new("kill").args([name, &program.id().to_string()]).status().unwrap();
    assert!(status.success());
}

/// As the dashboard has it once it holds this receipt.
async fn orders_counted(client: &Client, receipt: &Receipt) -> u64 {
    let dashboard = client.get_at::<Value>("/api/stats/dashboard", receipt).await.unwrap();
    dashboard.value["totalOrders"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_of_one_process_is_waited_for_at_the_other() {
    if !postgres::is_there() {
        return;
    }
    let pair = Pair::serving().await;
    let (one, two) = (pair.one.client(), pair.two.client());
    let ada = customer(&one).await;
    let rounds = Effort::of_environment().of(40, 1_000);
    for round in 1..=rounds {
        let (at, by) = if round % 2 == 0 { (&one, &two) } else { (&two, &one) };
        let receipt = order(at, &ada).await;
        let view = by.get_at::<Value>(&format!("/api/orders/{}", receipt.id), &receipt).await.unwrap();
        assert_eq!(view.value["status"], "draft");
        assert_eq!(orders_counted(by, &receipt).await, u64::try_from(round).unwrap());
        let status = by.status(&receipt).await.unwrap();
        assert_eq!(status.status, ReceiptStatus::Completed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_gives_one_order_whichever_process_it_is_sent_to() {
    if !postgres::is_there() {
        return;
    }
    let pair = Pair::serving().await;
    let (one, two) = (pair.one.client(), pair.two.client());
    let ada = customer(&one).await;
    let mut last = None;
    let rounds = Effort::of_environment().of(20, 500);
    for _ in 0..rounds {
        let command = Command::post("/api/orders", order_of(&ada)).unwrap();
        let sent = [&one, &two, &one, &two].map(|client| client.send(&command));
        let receipts: Vec<_> = join_all(sent).await.into_iter().map(Result::unwrap).collect();
        assert!(receipts.iter().all(|receipt| *receipt == receipts[0]), "{receipts:?}");
        last = receipts.into_iter().next();
    }
    assert_eq!(orders_counted(&two, &last.unwrap()).await, u64::try_from(rounds).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn when_a_process_is_killed_or_stops_the_other_takes_over() {
    if !postgres::is_there() {
        return;
    }
    let mut evidence = Evidence::of("takeover", "PostgreSQL");
    let Pair { mut one, mut two, schemas } = Pair::serving().await;
    let ada = customer(&one.client()).await;
    let (mut count, mut longest) = (0, Duration::ZERO);
    for round in 0..Effort::of_environment().of(2, 40) {
        let stays = two;
        if round % 2 == 0 {
            one.kill().await;
        } else {
            signal(&one, "-TERM");
            within("it ends", one.ended()).await;
        }
        let took = takes_over(&stays).await;
        assert!(took < SOON, "it took {took:?}");
        longest = longest.max(took);
        let receipt = order(&stays.client(), &ada).await;
        count += 1;
        assert_eq!(orders_counted(&stays.client(), &receipt).await, count);
        let comes = Program::serving(&schemas.url()).await;
        let pair = Pair { one: stays, two: comes, schemas: Schemas::fresh() };
        within("the new one gets its share", pair.share()).await;
        (one, two) = (pair.one, pair.two);
    }
    evidence.add("processes ended", count);
    evidence.add("ms until the other had taken over, at the longest", longest.as_millis());
    evidence.hand_in();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_was_stopped_and_continued_writes_nothing() {
    if !postgres::is_there() {
        return;
    }
    let mut evidence = Evidence::of("zombie", "PostgreSQL");
    let pair = Pair::serving().await;
    let (zombie, other) = (&pair.one, pair.two.client());
    let ada = customer(&other).await;
    let mut sent = 0;
    let rounds = Effort::of_environment().of(2, 40);
    for _ in 0..rounds {
        // In the middle of its work.
        let busy = join_all((0..30).map(|_| order(&other, &ada)));
        let stopped = async {
            tokio::task::yield_now().await;
            signal(zombie, "-STOP");
        };
        let (receipts, ()) = tokio::join!(busy, stopped);
        sent += u64::try_from(receipts.len()).unwrap();
        let took = takes_over(&pair.two).await;
        assert!(took < SOON, "it took {took:?}");
        let last = receipts.iter().max_by_key(|receipt| receipt.position).unwrap();
        assert_eq!(orders_counted(&other, last).await, sent);
        signal(zombie, "-CONT");
        let receipt = order(&other, &ada).await;
        sent += 1;
        assert_eq!(orders_counted(&other, &receipt).await, sent);
        assert_eq!(orders_counted(&zombie.client(), &receipt).await, sent, "it follows the other now");
        within("it gets its share again", pair.share()).await;
    }
    evidence.add("times a process was stopped for longer than its leases and continued", rounds);
    evidence.add("orders, each in each view once", sent);
    evidence.hand_in();
}

#[tokio::test(flavor = "multi_thread")]
async fn either_process_operates_what_the_other_runs() {
    if !postgres::is_there() {
        return;
    }
    let pair = Pair::serving().await;
    let (one, two) = (&pair.one, &pair.two);
    let ada = customer(&one.client()).await;
    let name = "order_views";
    for (at, by) in [(one, two), (two, one)] {
        assert_eq!(operate(at, name, "pause").await, 202);
        assert_eq!(projection(at, name).await["state"], "paused");
        assert_eq!(operate(by, name, "pause").await, 409, "it knows that it is paused");
        assert_eq!(operate(by, name, "resume").await, 202);
    }
    let mut generation = projection(one, name).await["generation"].as_u64().unwrap();
    for (at, by) in [(one, two), (two, one), (one, two)] {
        assert_eq!(operate(at, name, "rebuild").await, 202);
        let receipt = order(&by.client(), &ada).await;
        within("it is promoted", async {
            while operate(by, name, "promote").await != 202 {
                // tidy: the refusal is what is waited out
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
        generation += 1;
        for program in [at, by] {
            let path = format!("/api/orders/{}", receipt.id);
            let view = program.client().get_at::<Value>(&path, &receipt).await.unwrap();
            assert_eq!(view.value["orderId"], json!(receipt.id));
        }
        assert_eq!(projection(by, name).await["generation"], generation);
    }
}
