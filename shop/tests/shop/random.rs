//! Random histories: how many are played, and how one is played again.

use std::hash::{BuildHasher, Hasher, RandomState};

use diptych::Operation;
use diptych_testkit::deadline;
use proptest::{
    prelude::*,
    sample::select,
    test_runner::{Config, RngSeed, TestRunner},
};

use crate::running::{Shop, Store};

/// How the events come to the projections, which must make no difference to the rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Pace {
    /// As they are recorded, in small batches.
    Live,
    /// In one batch, as in a rebuild.
    AllAtOnce,
}

impl Pace {
    pub(crate) fn any() -> impl Strategy<Value = Self> {
        select(vec![Self::Live, Self::AllAtOnce])
    }

    /// Before a history.
    pub(crate) async fn begin(self, shop: &Shop, projections: &[&str]) {
        self.operate(shop, projections, Operation::Pause).await;
    }

    /// After it, before anything is asked.
    pub(crate) async fn end(self, shop: &Shop, projections: &[&str]) {
        self.operate(shop, projections, Operation::Resume).await;
    }

    async fn operate(self, shop: &Shop, projections: &[&str], operation: Operation) {
        if self == Self::AllAtOnce {
            for projection in projections {
                shop.node.operate(projection, operation).await.unwrap();
            }
        }
    }
}

/// Plays few histories, since each opens a shop, where the store is there. `PROPTEST_CASES` plays more, `DIPTYCH_TEST_SEED`
/// one again.
pub(crate) fn histories<S: Strategy>(
    store: Store,
    few: u32,
    strategy: S,
    play: impl AsyncFn(Shop, S::Value),
) {
    if !store.is_there() {
        return;
    }
    let setting = |name| std::env::var(name).ok().map(|text| text.parse().expect("a number is set"));
    let seed = setting("DIPTYCH_TEST_SEED").unwrap_or_else(|| RandomState::new().build_hasher().finish());
    let cases = setting("PROPTEST_CASES").map_or(few, |cases| cases.try_into().expect("a number of cases"));
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 100,
        rng_seed: RngSeed::Fixed(seed),
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&strategy, |history| {
        deadline::run(async { play(Shop::open(store).await, history).await });
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}\nrun it again with DIPTYCH_TEST_SEED={seed}");
    }
}
