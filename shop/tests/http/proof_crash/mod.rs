//! Proof: `kill -9` of the server in the middle of 64 writers loses nothing, doubles nothing and reorders nothing.
//!
//! Every command carries a key, which is its correlation id too, so each event of the log says which command it is of.
//! A round: [`writers`] send, the server is killed, the folder is read as it was left ([`disk`]), the server is started
//! again, every command is sent again until it has an answer ([`command`]), and then the log ([`log`]), the views
//! ([`fold`]) and those who followed through the kill ([`followers`]) are held against what was answered.
//!
//! Of the invariants of the design: 1 (acknowledged is there once, in order), 2 (refused left nothing), 3 (followers see
//! each event once, in order), 4 (rows equal the fold), 8 (the same key gives the same receipt).

mod command;
mod disk;
mod fold;
mod followers;
mod log;
mod writers;

use std::{collections::BTreeMap, path::PathBuf};

use diptych_testkit::{Effort, Evidence, deadline};
use futures::{StreamExt, stream};
use rand::{Rng, RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
use tokio::sync::{mpsc, watch};

use self::{
    command::{Heard, Said, Sent},
    log::Log,
    writers::{Tried, Writers},
};
use crate::{
    program::Program,
    shop::{Shop, Store, on_kept_stores},
};

const WRITERS: usize = 64;
/// Kills of one store before a new one is taken, so that what is checked stays of a size.
const KILLS_OF_ONE_STORE: usize = 20;
/// Orders of a round that all writers add to.
const SHARED: usize = 4;

on_kept_stores![what_was_answered_before_a_kill_is_there_once_and_in_order];

fn what_was_answered_before_a_kill_is_there_once_and_in_order(store: Store) {
    deadline::prove(async move {
        let seed: u64 = rand::random();
        eprintln!("the seed of the writers is {seed}");
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        // On a database the next program first waits for the leases of the one that was killed.
        let rounds = match store {
            Store::Postgres => Effort::of_environment().of(2, 100),
            Store::Memory | Store::Sqlite => Effort::of_environment().of(20, 1_000),
        };
        let mut evidence = Evidence::of("crash: kill -9 of the server under 64 writers", store.name());
        let mut counts = BTreeMap::new();
        for first in (0..rounds).step_by(KILLS_OF_ONE_STORE) {
            let mut ground = Ground::begin(store, rng.next_u64()).await;
            for round in first..rounds.min(first + KILLS_OF_ONE_STORE) {
                ground.round(round, &mut counts).await;
            }
            ground.end(&mut counts).await;
        }
        evidence.add("seed", seed);
        for (what, count) in counts {
            evidence.add(what, count);
        }
        evidence.hand_in();
    });
}

/// What was tried and seen, counted.
type Counts = BTreeMap<&'static str, u64>;

fn count(counts: &mut Counts, what: &'static str, more: usize) {
    *counts.entry(what).or_default() += u64::try_from(more).unwrap();
}

/// A store that is killed again and again.
struct Ground {
    store: String,
    /// Where a folder can be read as it was left.
    folder: Option<PathBuf>,
    program: Program,
    /// The shop as it is at present; followers go on there.
    shops: watch::Sender<Shop>,
    followers: followers::OfLog,
    customer: String,
    log: Log,
    /// Every command so far, with what was answered in the end.
    settled: Vec<(Sent, Said)>,
    rng: Xoshiro256PlusPlus,
}

impl Ground {
    async fn begin(store: Store, seed: u64) -> Self {
        let store = store.fresh();
        let folder = store.strip_prefix("sqlite:").map(PathBuf::from);
        let program = Program::start(&store).await;
        let customer = program.shop.user().await;
        let mut log = Log::default();
        log.read_on(&program.shop).await;
        let (shops, _) = watch::channel(program.shop.clone());
        let followers = followers::OfLog::begin(&shops, log.head());
        let rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        Self { store, folder, program, shops, followers, customer, log, settled: Vec::new(), rng }
    }

    async fn round(&mut self, round: usize, counts: &mut Counts) {
        let before = self.log.len();
        let (mut tried, shared) = self.shared_orders().await;
        let watching = followers::OfViews::begin(&self.shops, &shared[..2]);
        let shop = self.program.shop.clone();
        let mut writers = Writers::begin(&shop, &self.customer, shared, WRITERS, &mut self.rng);
        let enough = self.rng.random_range(50..=150);
        writers.answered(enough).await;
        self.program.kill_in_place().await;
        tried.extend(writers.end().await);
        count(counts, "kills while writing", 1);
        count(counts, "unanswered when killed", tried.iter().filter(|tried| tried.said.is_none()).count());

        let left = self.folder.as_ref().map(|folder| disk::events(folder, self.log.head_before_all()));
        if let Some(left) = &left {
            disk::holds_all_that_was_answered(left, &tried);
        }
        self.restart().await;
        if round % 4 == 3 {
            tried = self.killed_while_settling(tried).await;
            count(counts, "kills while retrying", 1);
        }
        let tried = asked_again(&self.program.shop, tried, None).await;
        let settled: Vec<_> =
            tried.into_iter().map(|tried| (tried.sent, tried.said.expect("it is up"))).collect();
        count(counts, "commands taken", settled.iter().filter(|(_, said)| said.is_taken()).count());
        count(counts, "commands refused", settled.iter().filter(|(_, said)| !said.is_taken()).count());

        self.log.read_on(&self.program.shop).await;
        if let Some(left) = &left {
            log::begins_as(self.log.since_start(), left);
        }
        log::is_of_these_commands(self.log.since(before), &settled).unwrap_or_else(|why| panic!("{why}"));
        watching.end(&self.log).await;
        self.settled.extend(settled);
        fold::views_are_of(&self.program.shop, &self.log, before).await;
    }

    /// New drafts that everyone adds to.
    async fn shared_orders(&self) -> (Vec<Tried>, Vec<String>) {
        let (mut tried, mut ids) = (Vec::new(), Vec::new());
        for _ in 0..SHARED {
            let (sent, id) = Sent::create(&self.customer);
            let said = sent.said_by(&self.program.shop).await.expect("it is up");
            tried.push(Tried { sent, said: Some(said) });
            ids.push(id);
        }
        (tried, ids)
    }

    async fn restart(&mut self) {
        self.program = Program::start(&self.store).await;
        self.shops.send_replace(self.program.shop.clone());
    }

    /// Kills it once more, in the middle of what is sent again.
    async fn killed_while_settling(&mut self, tried: Vec<Tried>) -> Vec<Tried> {
        let half = tried.len() / 2;
        let (answered, mut answers) = mpsc::unbounded_channel();
        let shop = self.program.shop.clone();
        let asking = tokio::spawn(async move { asked_again(&shop, tried, Some(answered)).await });
        for _ in 0..half {
            answers.recv().await.expect("all are answered while it is up");
        }
        self.program.kill_in_place().await;
        let tried = deadline::within("all have heard of the kill", asking).await.unwrap();
        self.restart().await;
        tried
    }

    /// What holds of the whole: of the log as it is told from its beginning, of the tables in the folder, of the keys.
    async fn end(mut self, counts: &mut Counts) {
        let mut whole = Log::default();
        whole.read_on(&self.program.shop).await;
        assert_eq!(whole.all(), self.log.all(), "the log is told twice in the same way");
        fold::views_are_of(&self.program.shop, &self.log, 0).await;
        let followed = self.followers.end(&self.log).await;
        self.program.kill_in_place().await;
        if let Some(folder) = &self.folder {
            let left = disk::events(folder, self.log.head_before_all());
            log::begins_as(self.log.since_start(), &left);
            assert_eq!(left.len(), self.log.since_start().len());
            disk::tables_are_of(folder, &fold::of(self.log.all()));
            disk::keys_are_of(folder, &self.settled);
            std::fs::remove_dir_all(folder).unwrap();
        }
        count(counts, "events", self.log.since_start().len());
        count(counts, "events told to followers", followed);
    }
}

/// Sends every command again: what was answered is answered as it was, what was not is answered now. Where the shop
/// goes away in the middle, what was known before stays.
async fn asked_again(
    shop: &Shop,
    tried: Vec<Tried>,
    answered: Option<mpsc::UnboundedSender<()>>,
) -> Vec<Tried> {
    let again = tried.into_iter().map(|Tried { sent, said }| {
        let answered = answered.clone();
        async move {
            let now = match sent.heard_of(shop).await {
                Heard::Said(now) => now,
                Heard::Gone => return Tried { sent, said },
            };
            if let Some(said) = said {
                assert_eq!(now, said, "{sent:?} is answered as it was");
            }
            if let Some(answered) = answered {
                // Nobody counts any more once it is killed.
                let _ = answered.send(());
            }
            Tried { sent, said: Some(now) }
        }
    });
    stream::iter(again).buffered(WRITERS).collect().await
}
