//! A cache before a read model: it is asked first, is never older, and nobody notices when it is not there.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use diptych::{
    App, AskOptions, BoxError, Command, Event, Failure, FailureKind, Filter, Metadata, Node, Operation,
    Position, Query, Reader, RecordedEvent, Result, Stores, Tx,
    cache::{CacheKey, Cached, EntryQuery, ViewCache},
    codec,
    memory::MemoryCache,
    prelude::projection,
    scope::Scope,
};
use serde_json::Value;

use crate::shop::{Account, AccountEvent, AccountId, id};

const SOON: Duration = Duration::from_secs(10);

#[derive(Command)]
#[command(on = Account, id = to, rejection = diptych::Never)]
struct Deposit {
    to: AccountId,
    cents: i64,
}

impl Deposit {
    fn decide(&self, _: &Account) -> Result<AccountEvent, diptych::Never> {
        Ok(AccountEvent::Deposited { cents: self.cents })
    }
}

#[projection(sql = "CREATE TABLE balances (account TEXT PRIMARY KEY, cents BIGINT NOT NULL)")]
async fn balances(event: &AccountEvent, at: &Metadata, tx: &mut Tx<'_>) -> Result {
    let cents = match event {
        AccountEvent::Deposited { cents } => *cents,
        AccountEvent::Withdrawn { cents } => -cents,
    };
    let sql = "INSERT INTO balances VALUES ($1, $2) ON CONFLICT (account) DO UPDATE SET cents = balances.cents + $2";
    tx.execute(sql, (at.stream.id(), cents)).await?;
    Ok(())
}

#[derive(Debug)]
struct Balance(AccountId);

impl Query for Balance {
    const NAME: &'static str = "Balance";
    type Answer = Option<i64>;
}

/// Counts how often the read model was read.
#[derive(Clone, Default)]
struct Balances(Arc<AtomicU32>);

#[async_trait]
impl EntryQuery<Balance> for Balances {
    fn view(&self) -> &'static str {
        "balances"
    }

    fn id(&self, Balance(account): &Balance) -> String {
        account.to_string()
    }

    fn filter(&self) -> Filter {
        Scope::default().of_types(codec::stored_names(AccountEvent::schemas())).into()
    }

    fn changed_by(&self, event: &RecordedEvent) -> Result<Vec<String>, BoxError> {
        Ok(vec![event.stream().id().to_string()])
    }

    async fn entry(&self, id: &str, db: &Reader) -> Result<Option<Value>, BoxError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        let row = db.row("SELECT cents FROM balances WHERE account = $1", (id,)).await?;
        Ok(row.map(|row| row.get::<i64>("cents")).transpose()?.map(Value::from))
    }

    async fn answer(&self, entry: Option<Value>, _: &Reader) -> Result<Option<i64>, BoxError> {
        Ok(entry.and_then(|entry| entry.as_i64()))
    }
}

struct Bank {
    node: Node,
    reads: Arc<AtomicU32>,
}

impl Bank {
    async fn with(cache: Arc<dyn ViewCache>) -> Self {
        let stores = Stores { cache: Some(cache), ..Stores::memory(None).unwrap() };
        let balances_read = Balances::default();
        let reads = Arc::clone(&balances_read.0);
        let app = App::with(stores).command::<Deposit>().projection(balances).query_of_entry(balances_read);
        Self { node: app.start().await.unwrap(), reads }
    }

    async fn deposit(&self, cents: i64) -> Position {
        self.node.execute(Deposit { to: id("A"), cents }).await.unwrap().position
    }

    /// Asks with a position; answers the balance, and how often the read model was read for it.
    async fn ask_at(&self, position: Position) -> (Option<i64>, u32) {
        let before = self.reads.load(Ordering::Relaxed);
        let asked = self.node.ask_with(Balance(id("A")), AskOptions::after(position, SOON)).await.unwrap();
        assert!(asked.position >= position, "{:?} is before {position}", asked.position);
        (asked.value, self.reads.load(Ordering::Relaxed) - before)
    }

    async fn settled(&self) {
        self.node.settled(SOON).await.unwrap();
    }
}

#[tokio::test]
async fn an_entry_is_read_once_and_again_when_it_has_changed() {
    let bank = Bank::with(Arc::new(MemoryCache::default())).await;
    let first = bank.deposit(5).await;
    bank.settled().await;
    assert_eq!(bank.ask_at(first).await, (Some(5), 1));
    assert_eq!(bank.ask_at(first).await, (Some(5), 0));
    let second = bank.deposit(2).await;
    bank.settled().await;
    assert_eq!(bank.ask_at(second).await, (Some(7), 1));
    assert_eq!(bank.ask_at(first).await, (Some(7), 0));
}

#[tokio::test]
async fn what_does_not_exist_is_not_cached() {
    let bank = Bank::with(Arc::new(MemoryCache::default())).await;
    assert_eq!(bank.ask_at(Position::START).await, (None, 1));
    assert_eq!(bank.ask_at(Position::START).await, (None, 1));
}

#[tokio::test]
async fn a_cache_that_was_not_told_of_a_change_is_not_used() {
    let bank = Bank::with(Arc::new(MemoryCache::default())).await;
    let first = bank.deposit(5).await;
    bank.settled().await;
    assert_eq!(bank.ask_at(first).await, (Some(5), 1));
    bank.node.operate("balances_cache", Operation::Pause).await.unwrap();
    let second = bank.deposit(2).await;
    assert_eq!(bank.ask_at(second).await, (Some(7), 1));
    assert_eq!(bank.ask_at(second).await, (Some(7), 0), "what was read after the change is as new as it");
    bank.deposit(1).await;
    bank.node.operate("balances_cache", Operation::Resume).await.unwrap();
    bank.settled().await;
    assert_eq!(bank.ask_at(second).await, (Some(8), 1));
}

#[tokio::test]
async fn a_cache_that_has_lost_everything_is_filled_again() {
    let cache = Arc::new(MemoryCache::default());
    let bank = Bank::with(cache.clone()).await;
    let first = bank.deposit(5).await;
    bank.settled().await;
    assert_eq!(bank.ask_at(first).await, (Some(5), 1));
    cache.lose_all();
    assert_eq!(bank.ask_at(first).await, (Some(5), 1));
    assert_eq!(bank.ask_at(first).await, (Some(5), 0));
}

/// Away while it is told so.
#[derive(Debug, Default)]
struct Away(AtomicBool, MemoryCache);

impl Away {
    fn there(&self) -> Result<&MemoryCache, Failure> {
        let away = || Failure::plain(FailureKind::Unavailable, "as it was told to");
        if self.0.load(Ordering::Relaxed) { Err(away()) } else { Ok(&self.1) }
    }
}

#[async_trait]
impl ViewCache for Away {
    fn name(&self) -> &'static str {
        "away"
    }

    async fn find(&self, key: &CacheKey) -> Result<Option<Cached>, Failure> {
        self.there()?.find(key).await
    }

    async fn keep(&self, key: &CacheKey, entry: &Cached) -> Result<(), Failure> {
        self.there()?.keep(key, entry).await
    }

    async fn forget(&self, view: &str, ids: &[String], position: Position) -> Result<(), Failure> {
        self.there()?.forget(view, ids, position).await
    }
}

#[tokio::test]
async fn a_cache_that_is_away_holds_nobody_up_and_is_used_when_it_is_back() {
    let cache = Arc::new(Away::default());
    let bank = Bank::with(cache.clone()).await;
    let first = bank.deposit(5).await;
    bank.settled().await;
    assert_eq!(bank.ask_at(first).await, (Some(5), 1));
    cache.0.store(true, Ordering::Relaxed);
    let second = bank.deposit(2).await;
    assert_eq!(bank.ask_at(second).await, (Some(7), 1));
    assert_eq!(bank.ask_at(second).await, (Some(7), 1));
    cache.0.store(false, Ordering::Relaxed);
    bank.settled().await;
    let used_again = async {
        while bank.ask_at(second).await != (Some(7), 0) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(SOON, used_again).await.unwrap();
}
