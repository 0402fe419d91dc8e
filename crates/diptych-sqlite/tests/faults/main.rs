//! Below the process: the disk fails at the n-th operation, for every n of a scripted session. What was acknowledged is
//! there afterwards, once and in order; what was refused is not; and the store works again.
//!
//! `session.rs` is the script, `ledger.rs` what was answered and what must therefore be found, `rows.rs` the projections; `found.rs` has what was
//! found so, each alone. The
//! disk is that of `diptych-faults`. `DIPTYCH_TORTURE=long` tries more seeds, and fails reads and locks too.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod found;
mod ledger;
mod patience;
mod rows;
mod session;

use std::time::{Duration, Instant};

use diptych_faults::{Counts, Plan, Syncs, Trouble};
use diptych_testkit::{Effort, Evidence, deadline::prove};
use futures::StreamExt;
use session::{Case, Length, Tally};

/// Sessions that are run at once: they mostly wait for each other's threads.
const AT_ONCE: usize = 4;

/// Runs the session with trouble at every operation; in the short form at as many of them, spread evenly, as there is time for.
async fn at_every_operation(proof: &'static str, trouble: fn(u64) -> Trouble, counts: Counts) {
    let (rounds, budget) = match Effort::of_environment() {
        Effort::Short => (1, Duration::from_secs(5)),
        Effort::Long => (4, Duration::from_secs(600)),
    };
    let mut evidence = Evidence::of(proof, "SQLite");
    let (begun, mut tally) = (Instant::now(), Tally::default());
    for round in 0..rounds {
        let length = if round % 2 == 0 { Length::Short } else { Length::Long };
        let case = |trouble, seed| Case { plan: Plan::of(trouble, seed).counting(counts), length };
        let last = case(Trouble::Never, 0).run().await.operations;
        tally.operations += last;
        let sessions = spread(last).map(|at| case(trouble(at), round * 1_000_003 + at).run());
        let mut sessions = futures::stream::iter(sessions)
            .take_while(|_| std::future::ready(begun.elapsed() < budget))
            .buffer_unordered(AT_ONCE);
        while let Some(seen) = sessions.next().await {
            tally.add(&seen);
        }
    }
    tally.tell(&mut evidence);
    evidence.hand_in();
}

/// All numbers from 1 to the last, each once, in an order that comes everywhere early.
fn spread(last: u64) -> impl Iterator<Item = u64> {
    let bits = u64::BITS - last.leading_zeros();
    (0..1_u64 << bits)
        .map(move |n| n.reverse_bits() >> (u64::BITS - bits))
        .filter(move |n| (1..=last).contains(n))
}

#[test]
fn every_operation_comes_once() {
    for last in [1, 2, 3, 64, 665] {
        let mut all: Vec<_> = spread(last).collect();
        all.sort_unstable();
        assert!(all.into_iter().eq(1..=last));
    }
}

#[test]
fn an_operation_that_fails_once_loses_nothing_and_leaves_nothing_refused() {
    prove(at_every_operation("an operation fails once", Trouble::Once, counted()));
}

#[test]
fn a_disk_that_fails_for_a_while_loses_nothing_and_is_written_again_without_being_opened_anew() {
    prove(at_every_operation("a disk fails for a while", Trouble::Lasting, counted()));
}

#[test]
fn a_full_disk_loses_nothing_and_is_written_again_when_there_is_room() {
    prove(at_every_operation("the disk is full for a while", Trouble::Full, Counts::Changes));
}

#[test]
fn a_power_cut_loses_nothing_that_was_acknowledged() {
    prove(at_every_operation("the power is cut", Trouble::PowerCut, Counts::Changes));
}

fn counted() -> Counts {
    match Effort::of_environment() {
        Effort::Short => Counts::Changes,
        Effort::Long => Counts::Everything,
    }
}

/// A test of the tests: what holds on a disk whose syncs lie would hold of anything.
#[test]
fn a_disk_that_lies_about_syncs_is_found_out() {
    let found = (40..400).step_by(7).any(|at| {
        let plan = Plan::of(Trouble::PowerCut(at), at).syncs(Syncs::Lying);
        let case = Case { plan, length: Length::Short };
        let held = std::panic::catch_unwind(|| {
            prove(async {
                case.run().await;
            });
        });
        held.is_err()
    });
    assert!(found, "nothing was lost on a disk that syncs nothing");
}
