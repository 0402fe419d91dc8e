//! Properties of stores against a model: random logs and scopes, and random writers at once.
//!
//! `draw.rs` draws them, `matcher.rs` holds that a store finds what the matcher of reference finds, `writers.rs` lets
//! writers loose on a store, and `history.rs` holds that what they were answered could have happened one after another.
//!
//! [`store_contract!`](crate::store_contract!) runs both. A failing case is made smaller, and its seed is printed;
//! `DIPTYCH_TEST_SEED` runs it again, `PROPTEST_CASES` runs more of them; `DIPTYCH_TORTURE=long` draws more and bigger ones. Of writers at once the seed repeats what they
//! want, but not how their steps meet.

mod draw;
mod history;
mod matcher;
mod writers;

use proptest::{
    strategy::Strategy,
    test_runner::{Config, RngSeed, TestRunner},
};

use crate::{Effort, Evidence, Fixture, deadline, proof::seed};

/// For random logs: reads by random scopes, both ways, and conditions on random boundaries agree with
/// [`Scope::holds`](diptych_core::Scope::holds).
///
/// # Panics
/// Where they do not; says for which log and which scope.
pub fn the_store_agrees_with_the_matcher_of_reference<F: Fixture>(fixture: impl Fn() -> F) {
    let effort = Effort::of_environment();
    let mut evidence = Evidence::of("the matchers agree", fixture().name());
    let held = hold(effort.of(48, 1_500), draw::matching(effort), |case| {
        deadline::run(async { matcher::agrees(&fixture(), case).await });
    });
    held.tell("logs, each asked by up to seven scopes and all of them", &mut evidence);
    evidence.hand_in();
}

/// For random writers at once, with random boundaries, follow-up reads and expected revisions: all that they were answered
/// could have happened one after another, in the order of positions. So no two conflicting decisions have both won, and
/// none was refused without cause.
///
/// # Panics
/// Where it could not; says which answer is at fault.
pub fn writers_at_once_could_have_come_one_after_another<F: Fixture>(fixture: impl Fn() -> F) {
    let effort = Effort::of_environment();
    let mut evidence = Evidence::of("writers at once, as if one after another", fixture().name());
    let held = hold(effort.of(48, 1_500), draw::plans(effort), |plans| {
        deadline::run(async { writers::let_loose(&fixture(), plans).await });
    });
    held.tell("histories of random writers with random boundaries", &mut evidence);
    evidence.hand_in();
}

/// What was tried.
struct Held {
    cases: usize,
    seed: u64,
}

impl Held {
    fn tell(&self, what: &'static str, evidence: &mut Evidence) {
        evidence.add(what, self.cases);
        evidence.add("seed", self.seed);
    }
}

fn hold<S: Strategy>(cases: usize, strategy: S, property: impl Fn(S::Value)) -> Held {
    let seed = seed();
    let cases = setting("PROPTEST_CASES").unwrap_or(cases);
    let config = Config {
        cases: u32::try_from(cases).unwrap_or(u32::MAX),
        failure_persistence: None,
        max_shrink_iters: 200,
        rng_seed: RngSeed::Fixed(seed),
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&strategy, |case| {
        property(case);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}\nrun it again with DIPTYCH_TEST_SEED={seed}");
    }
    Held { cases, seed }
}

fn setting<T: std::str::FromStr>(name: &str) -> Option<T> {
    let text = std::env::var(name).ok()?;
    let number = text.parse().ok();
    assert!(number.is_some(), "{name} is {text:?}, not a number");
    number
}
