//! Properties of projections that run, for every engine: whatever happens to a runner, rows equal the fold of the log up to
//! their checkpoint.
//!
//! [`read_models_contract!`](crate::read_models_contract!) makes a test of each. `fate.rs` is what happens to a runner,
//! `life.rs` a program that runs one, [`stopped`] real processes. Logs are random; the seed is told, and `DIPTYCH_TEST_SEED` gives it.

mod fate;
mod life;
pub mod stopped;

use std::sync::Arc;

use diptych::{Operation, memory::MemoryStore};
use diptych_core::{Position, RecordedEvent};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::{
    contract::models::{ModelFixture, fold, hold, own, shown},
    draft::log,
    proof::{Effort, Evidence, seed},
};
use fate::{Deed, Fate};
use life::{all_are_folds, history, live, live_rows, settled, started};

/// However a log is cut into batches, and whichever of them are delivered again: each event counts once.
///
/// # Panics
/// Where rows are not the fold of the log up to their checkpoint; so does every property here.
pub async fn delivered_twice_changes_nothing<F: ModelFixture>(fixture: impl Fn() -> F) {
    let (seed, logs) = (seed(), Effort::of_environment().of(2, 40));
    let (mut random, mut delivered) = (StdRng::seed_from_u64(seed), 0);
    let mut evidence = Evidence::of("delivered twice changes nothing", fixture().name());
    for _ in 0..logs {
        let (fixture, store) = (fixture(), MemoryStore::new());
        history(&store, &mut random, 30).await;
        let (events, models) = (log(&store).await, fixture.open().await);
        let model = models.open(models.create().await.expect("made")).await.expect("opened");
        let epoch = own(&*model).await;
        let mut reached = 0;
        while reached < events.len() {
            // From anywhere before to anywhere a little after.
            let from = random.random_range(0..=reached);
            let to = random.random_range(from..=(reached + 9).min(events.len()));
            let end = Position::new(u64::try_from(to).unwrap_or(0));
            model.apply(events[from..to].into(), end, epoch).await.expect("a batch is taken");
            (reached, delivered) = (reached.max(to), delivered + to - from);
            let found = shown(&fixture, &*model).await;
            let at = Position::new(u64::try_from(reached).unwrap_or(0));
            assert_eq!(found, (at, fold(&events, at)), "after events {from} to {to} (seed {seed})");
        }
    }
    evidence.add("logs", logs);
    evidence.add("events delivered", delivered);
    evidence.add("seed", seed);
    evidence.hand_in();
}

/// A program that dies before or after any step of its runner, and is started again, ends with the same rows.
pub async fn crashed_after_any_step_it_resumes<F: ModelFixture>(fixture: impl Fn() -> F) {
    at_every_step("crashed after any step it resumes", fixture, &[Deed::DieBefore, Deed::DieAfter]).await;
}

/// A runner whose engine fails at any step, or does the step and loses the answer, recovers by itself.
pub async fn failing_at_any_step_it_recovers<F: ModelFixture>(fixture: impl Fn() -> F) {
    at_every_step("failing at any step it recovers", fixture, &[Deed::FailBefore, Deed::FailAfter]).await;
}

async fn at_every_step<F: ModelFixture>(proof: &'static str, fixture: impl Fn() -> F, deeds: &[Deed]) {
    let (seed, rounds) = (seed(), Effort::of_environment().of(1, 10));
    let mut random = StdRng::seed_from_u64(seed);
    let mut evidence = Evidence::of(proof, fixture().name());
    let mut steps = 0;
    for deed in deeds.repeat(rounds) {
        for at in 1.. {
            let fate = Fate::new(deed, at);
            one_life_after_another(Arc::new(fixture()), &fate, &mut random).await;
            if !fate.was_reached() {
                break;
            }
            steps += 1;
        }
    }
    evidence.add("steps at which it happened", steps);
    evidence.add("rounds", rounds);
    evidence.add("seed", seed);
    evidence.hand_in();
}

/// A life under this fate, then one without.
async fn one_life_after_another<F: ModelFixture>(fixture: Arc<F>, fate: &Arc<Fate>, random: &mut StdRng) {
    let store = MemoryStore::new();
    history(&store, random, 5).await;
    let (its_store, its_fixture, its_fate) = (store.clone(), Arc::clone(&fixture), Arc::clone(fate));
    let mut its_random = StdRng::seed_from_u64(random.random());
    live(move || async move {
        let sound = its_fixture.open().await;
        let models = its_fate.of(Arc::clone(&sound));
        let life = async {
            let node = started(&its_store, &models).await;
            settled(&node).await;
            history(&its_store, &mut its_random, 5).await;
            settled(&node).await;
            let log = log(&its_store).await;
            assert_eq!(live_rows(&*its_fixture, &*sound).await.0, last(&log), "the checkpoint at the end");
        };
        // A process that fails goes on; one that died does nothing more.
        if its_fate.is_deadly() {
            tokio::select! { () = life => {}, () = its_fate.has_come() => {} }
        } else {
            life.await;
        }
    })
    .await;
    history(&store, random, 3).await;
    live(move || async move {
        let models = fixture.open().await;
        let node = started(&store, &models).await;
        settled(&node).await;
        let log = log(&store).await;
        assert_eq!(all_are_folds(&*fixture, &*models, &log).await, last(&log), "the checkpoint at the end");
    })
    .await;
}

/// A generation that is filled again, while events come, has the rows of the live one, and takes its place.
pub async fn rebuilt_equals_live<F: ModelFixture>(fixture: impl Fn() -> F) {
    let (seed, rounds) = (seed(), Effort::of_environment().of(1, 20));
    let mut evidence = Evidence::of("rebuilt equals live", fixture().name());
    let random = StdRng::seed_from_u64(seed);
    let fixture = Arc::new(fixture());
    let events = live(move || async move {
        let (mut random, store, models) = (random, MemoryStore::new(), fixture.open().await);
        let (node, name) = (started(&store, &models).await, models.spec().name.clone());
        for _ in 0..rounds {
            history(&store, &mut random, 40).await;
            settled(&node).await;
            node.operate(&name, Operation::Rebuild).await.expect("it can be rebuilt");
            history(&store, &mut random, 20).await;
            while let Err(not_now) = node.operate(&name, Operation::Promote).await {
                assert!(not_now.to_string().contains("behind"), "{not_now}");
                tokio::task::yield_now().await;
            }
            settled(&node).await;
            let log = log(&store).await;
            assert_eq!(all_are_folds(&*fixture, &*models, &log).await, last(&log), "after a rebuild");
        }
        log(&store).await.len()
    })
    .await;
    evidence.add("rebuilds", rounds);
    evidence.add("events", events);
    evidence.add("seed", seed);
    evidence.hand_in();
}

/// Paused, rows and checkpoint stand while events come; resumed, they come to the head.
pub async fn paused_it_stands_and_resumed_it_goes_on<F: ModelFixture>(fixture: impl Fn() -> F) {
    let (seed, rounds) = (seed(), Effort::of_environment().of(3, 60));
    let mut evidence = Evidence::of("paused it stands, resumed it goes on", fixture().name());
    let random = StdRng::seed_from_u64(seed);
    let fixture = Arc::new(fixture());
    live(move || async move {
        let (mut random, store, models) = (random, MemoryStore::new(), fixture.open().await);
        let (node, name) = (started(&store, &models).await, models.spec().name.clone());
        for _ in 0..rounds {
            history(&store, &mut random, 10).await;
            node.operate(&name, Operation::Pause).await.expect("it can be paused");
            // A batch that was begun may still end.
            let paused = own_position(&*fixture, &*models).await;
            history(&store, &mut random, 10).await;
            let head = last(&log(&store).await);
            node.watermarks()
                .wait(&["correlations"], head, crate::deadline::DEADLINE)
                .await
                .expect("others go on");
            let (stands, rows) = live_rows(&*fixture, &*models).await;
            assert!(stands <= paused, "it was paused at {paused} and stands at {stands}");
            hold(&*fixture, &rows, &log(&store).await, stands, "paused");
            node.operate(&name, Operation::Resume).await.expect("it can be resumed");
            settled(&node).await;
            let log = log(&store).await;
            assert_eq!(all_are_folds(&*fixture, &*models, &log).await, last(&log), "resumed");
        }
    })
    .await;
    evidence.add("pauses", rounds);
    evidence.add("seed", seed);
    evidence.hand_in();
}

/// Where the checkpoint is once nobody writes: whoever takes over waits for the batch that was begun.
async fn own_position<F: ModelFixture>(_: &F, models: &dyn diptych_core::model::ReadModels) -> Position {
    let infos = models.generations().await.expect("asked");
    let live = infos.iter().find(|info| info.live).expect("one is live");
    let model = models.open(live.generation).await.expect("opened");
    model.take_over("the test").await.expect("taken over").position
}

/// A runner that was stopped with a batch in its hands, and goes on after another has taken over, writes nothing.
pub async fn of_two_runners_the_older_is_fenced_off<F: ModelFixture>(fixture: impl Fn() -> F) {
    let (seed, rounds) = (seed(), Effort::of_environment().of(2, 30));
    let mut evidence = Evidence::of("of two runners the older is fenced off", fixture().name());
    let mut random = StdRng::seed_from_u64(seed);
    for at in 1..=rounds {
        let (fixture, store) = (Arc::new(fixture()), MemoryStore::new());
        history(&store, &mut random, 5).await;
        let mut its_random = StdRng::seed_from_u64(random.random());
        live(move || async move {
            let fate = Fate::new(Deed::Hold, u64::try_from(at % 4 + 1).unwrap_or(1));
            let older = fate.of(fixture.open().await);
            let stopped = started(&store, &older).await;
            let coming = async {
                loop {
                    history(&store, &mut its_random, 1).await;
                    settled(&stopped).await;
                }
            };
            tokio::select! { () = fate.has_come() => {}, () = coming => {} }
            let models = fixture.open().await;
            let node = started(&store, &models).await;
            settled(&node).await;
            let told = fate.go_on().await.expect_err("what was held is refused");
            assert!(told.contains("another runner has taken over"), "{told}");
            let log = log(&store).await;
            assert_eq!(all_are_folds(&*fixture, &*models, &log).await, last(&log), "after it went on");
            drop(stopped);
        })
        .await;
    }
    evidence.add("runners stopped with a batch in their hands", rounds);
    evidence.add("seed", seed);
    evidence.hand_in();
}

fn last(log: &[RecordedEvent]) -> Position {
    log.last().map_or(Position::START, RecordedEvent::position)
}
