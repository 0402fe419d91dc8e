//! The network between us and the server delays, cuts, half-closes and swallows: nothing is lost, doubled or hung, and what became
//! of a lost answer to COMMIT is found out, or is said to be unknown.

use std::time::{Duration, Instant};

use diptych_core::{Append, AppendCondition, AppendError, Appended, EventStore, FailureKind, store::Note};
use diptych_postgres::{PostgresDatabase, PostgresOptions};
use diptych_testkit::{
    Effort, Evidence,
    deadline::{prove, within},
    draft::{event, key, log, note},
};
use rand::{RngExt, SeedableRng, rngs::SmallRng, seq::IndexedRandom};

use crate::{
    endure::endure,
    proxy::{AtCommit, Fate, Proxy},
    server::{self, Place, run},
};

const PATIENCE: Duration = Duration::from_millis(1_500);

/// As [`PostgresOptions::patience`] says.
const BOUND: Duration = Duration::from_secs(24);

async fn through(proxy: &Proxy, place: &Place) -> PostgresDatabase {
    let options = PostgresOptions {
        schema: place.schema.clone(),
        connections: 6,
        patience: PATIENCE,
        poll: Duration::from_millis(500),
        ..PostgresOptions::default()
    };
    PostgresDatabase::open(&proxy.url(), options).await.unwrap()
}

#[test]
fn a_network_that_fails_at_random_loses_doubles_and_hangs_nothing() {
    if !server::is_there() {
        return;
    }
    let effort = Effort::of_environment();
    let (seed, time) = (rand::random::<u64>(), Duration::from_secs(effort.of(5, 600).try_into().unwrap()));
    eprintln!("the seed is {seed}");
    prove(async move {
        let mut evidence = Evidence::of("a failing network", "PostgreSQL");
        let (place, proxy) = (Place::new(), Proxy::start().await);
        let troubled = through(&proxy, &place).await;
        let trouble = async {
            let mut random = SmallRng::seed_from_u64(seed);
            let until = Instant::now() + time;
            while Instant::now() < until {
                // tidy: the time between two faults of the network
                tokio::time::sleep(Duration::from_millis(random.random_range(10..400))).await;
                let delay = Duration::from_millis(random.random_range(1..40));
                let fates = [Fate::Pass, Fate::Delay(delay), Fate::Cut, Fate::HalfClose, Fate::Swallow];
                proxy.decide(*fates.choose(&mut random).unwrap());
                let commits =
                    [AtCommit::Pass, AtCommit::CutBefore, AtCommit::CutAfter, AtCommit::SwallowAnswer];
                proxy.at_commit(*commits.choose(&mut random).unwrap());
            }
            proxy.at_commit(AtCommit::Pass);
            proxy.decide(Fate::Cut);
        };
        let (endured, ()) = endure(&troubled, async || place.opened().await, trouble).await;
        assert!(endured.slowest < BOUND, "a call took {:?}; the seed was {seed}", endured.slowest);
        assert!(endured.events > 0 && proxy.met() > 0, "{endured:?}");
        endured.tell(&mut evidence);
        evidence.add("connections that met a fault", proxy.met());
        evidence.hand_in();
    });
}

async fn append(database: &PostgresDatabase) -> Result<Appended, AppendError> {
    let append = Append {
        events: vec![event("account/1", "Opened")],
        condition: AppendCondition::default(),
        note: Some(Note { key: key("once", 1), ..note("once", "account/1") }),
    };
    within("an append is answered", database.store().append(append)).await
}

async fn events(place: &Place) -> usize {
    log(&*place.store().await).await.len()
}

#[test]
fn of_a_lost_answer_to_commit_the_server_is_asked() {
    run(async {
        for (at, made) in
            [(AtCommit::CutBefore, false), (AtCommit::CutAfter, true), (AtCommit::SwallowAnswer, true)]
        {
            let (place, proxy) = (Place::new(), Proxy::start().await);
            let database = through(&proxy, &place).await;
            proxy.at_commit(at);
            let outcome = append(&database).await;
            match outcome {
                Ok(_) => assert!(made, "{at:?} was acknowledged"),
                Err(AppendError::Failure(failure)) => {
                    assert!(!made, "{at:?}: {}", failure.chain());
                    assert_eq!(failure.kind(), FailureKind::Unavailable, "{}", failure.chain());
                }
                Err(error) => panic!("{at:?}: {error}"),
            }
            assert_eq!(events(&place).await, usize::from(made), "{at:?}");
            let again = append(&database).await;
            assert_eq!(again.is_err(), made, "{at:?}: the same key has one outcome");
            assert_eq!(events(&place).await, 1, "{at:?}");
        }
    });
}

#[test]
fn where_the_server_cannot_be_asked_the_outcome_is_said_to_be_unknown() {
    run(async {
        let (place, proxy) = (Place::new(), Proxy::start().await);
        let database = through(&proxy, &place).await;
        proxy.at_commit(AtCommit::CutAfterAndShut);
        let Err(AppendError::Failure(failure)) = append(&database).await else { panic!("nobody could know") };
        assert_eq!(failure.kind(), FailureKind::OutcomeUnknown, "{}", failure.chain());
        proxy.open(true);
        let again = append(&database).await;
        assert!(matches!(again, Err(AppendError::KeyUsed(_))), "{again:?}");
        assert_eq!(events(&place).await, 1);
    });
}
