//! The bank of the README: it is at most forty lines, it is what the README shows, and it works on both stores.

use std::{path::Path, time::Duration};

use diptych::{
    AskOptions, Correlation, ExecuteError, Node, OperateError, Operation, ProjectionState, Revision,
    store::IdempotencyKey,
};

include!("../../examples/bank/bank.in");

const SOON: Duration = Duration::from_secs(10);

async fn node(url: &str) -> Node {
    let app = diptych::App::open(url).unwrap().command::<Deposit>().command::<Withdraw>();
    app.projection(balances).query(balance).start().await.unwrap()
}

fn account(id: &str) -> AccountId {
    id.parse().unwrap()
}

fn deposit(id: &str, cents: i64) -> Deposit {
    Deposit { to: account(id), owner: "Ann".to_owned(), cents }
}

fn withdraw(id: &str, cents: i64) -> Withdraw {
    Withdraw { from: account(id), cents }
}

async fn on_both_stores<F: AsyncFn(Node)>(story: F) {
    story(node("memory:").await).await;
    let folder = tempfile::tempdir().unwrap();
    let node = node(&format!("sqlite:{}", folder.path().join("bank").display())).await;
    story(node.clone()).await;
    node.shut_down().await.unwrap();
}

#[test]
fn the_bank_has_at_most_forty_lines_and_the_readme_shows_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let code = std::fs::read_to_string(root.join("examples/bank/bank.in")).unwrap();
    assert!(code.lines().count() <= 40);
    let readme = std::fs::read_to_string(root.join("../../README.md")).unwrap();
    let shown: String = code.lines().map(|line| format!("{line}\n")).collect();
    assert!(readme.contains(&shown), "the README shows another bank than examples/bank/bank.in");
}

#[tokio::test]
async fn a_receipt_is_all_it_takes_to_read_ones_own_write() {
    on_both_stores(async |node| {
        let receipt = node.execute(deposit("A", 500)).await.unwrap();
        assert_eq!((receipt.id(), receipt.revision), ("A", Some(Revision::new(1))));
        let asked = node.ask_with(Balance(account("A")), AskOptions::after(receipt.position, SOON)).await;
        let answered = asked.unwrap();
        assert_eq!(answered.value, Some(500));
        assert!(answered.position >= receipt.position);
        let known = node.correlation(&receipt.correlation_id).await.unwrap();
        assert!(matches!(known, Some(Correlation { position, .. }) if position == receipt.position));
    })
    .await;
}

#[tokio::test]
async fn a_rejection_comes_back_as_its_type() {
    on_both_stores(async |node| {
        let none = node.execute(withdraw("A", 1)).await;
        assert!(matches!(none, Err(ExecuteError::Rejected(BankRejection::NoAccount))));
        node.execute(deposit("A", 5)).await.unwrap();
        let too_much = node.execute(withdraw("A", 6)).await;
        assert!(matches!(too_much, Err(ExecuteError::Rejected(BankRejection::Insufficient { balance: 5 }))));
    })
    .await;
}

#[tokio::test]
async fn a_stale_expected_revision_is_a_conflict_and_is_not_tried_again() {
    on_both_stores(async |node| {
        node.execute(deposit("A", 5)).await.unwrap();
        node.execute(deposit("A", 5)).await.unwrap();
        let stale = node.execute(deposit("A", 5)).expecting(Revision::new(1)).await;
        assert!(matches!(stale, Err(ExecuteError::Conflict(_))), "{stale:?}");
        node.execute(deposit("A", 5)).expecting(Revision::new(2)).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_withdrawals_at_once_only_as_many_win_as_the_balance_bears() {
    on_both_stores(async |node| {
        node.execute(deposit("A", 10)).await.unwrap();
        let all: Vec<_> = (0..64)
            .map(|_| {
                let node = node.clone();
                tokio::spawn(async move { node.execute(withdraw("A", 1)).await })
            })
            .collect();
        let mut won = 0;
        for one in all {
            match one.await.unwrap() {
                Ok(_) => won += 1,
                Err(ExecuteError::Rejected(BankRejection::Insufficient { balance: 0 })) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(won, 10);
        node.settled(SOON).await.unwrap();
        assert_eq!(node.ask(Balance(account("A"))).await.unwrap(), Some(0));
    })
    .await;
}

#[tokio::test]
async fn the_same_key_gives_the_same_receipt_and_another_request_is_refused() {
    on_both_stores(async |node| {
        let key = |byte| IdempotencyKey { key: "k".to_owned(), fingerprint: [byte; 32] };
        let (first, second) =
            tokio::join!(async { node.execute(deposit("A", 5)).key(key(1)).await }, async {
                node.execute(deposit("A", 5)).key(key(1)).await
            });
        assert_eq!(first.unwrap(), second.unwrap());
        let other = node.execute(deposit("A", 6)).key(key(2)).await.unwrap_err();
        assert!(other.to_string().contains("another request"), "{other}");
        assert_eq!(node.load::<Account>(&account("A")).await.unwrap().cents, 5);
    })
    .await;
}

#[tokio::test]
async fn a_rebuilt_read_model_equals_the_live_one_and_can_be_promoted_and_rolled_back() {
    on_both_stores(async |node| {
        for cents in 1..=50 {
            node.execute(deposit("A", cents)).await.unwrap();
        }
        node.operate("balances", Operation::Rebuild).await.unwrap();
        let again = node.operate("balances", Operation::Rebuild).await;
        assert!(matches!(again, Err(OperateError::NotNow { .. })));
        promoted(&node).await;
        assert_eq!(node.ask(Balance(account("A"))).await.unwrap(), Some(1275));
        let receipt = node.execute(deposit("A", 1)).await.unwrap();
        node.operate("balances", Operation::Rollback).await.unwrap();
        let asked = node.ask_with(Balance(account("A")), AskOptions::after(receipt.position, SOON)).await;
        assert_eq!(asked.unwrap().value, Some(1276));
    })
    .await;
}

/// Promotes as soon as the new generation is not behind.
async fn promoted(node: &Node) {
    let trying = async {
        while node.operate("balances", Operation::Promote).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(SOON, trying).await.unwrap();
}

#[tokio::test]
async fn a_paused_projection_stands_still_and_goes_on_where_it_stood() {
    on_both_stores(async |node| {
        node.execute(deposit("A", 1)).await.unwrap();
        node.settled(SOON).await.unwrap();
        node.operate("balances", Operation::Pause).await.unwrap();
        let receipt = node.execute(deposit("A", 1)).await.unwrap();
        let status =
            node.projections().await.unwrap().into_iter().find(|one| one.name == "balances").unwrap();
        assert_eq!(status.state, ProjectionState::Paused);
        assert_eq!(node.ask(Balance(account("A"))).await.unwrap(), Some(1));
        node.operate("balances", Operation::Resume).await.unwrap();
        let asked = node.ask_with(Balance(account("A")), AskOptions::after(receipt.position, SOON)).await;
        assert_eq!(asked.unwrap().value, Some(2));
    })
    .await;
}
