//! The contract of [`Peers`]: who holds a lease, when it is free, and what nodes hear of each other.
//!
//! [`peers_contract!`](crate::peers_contract!) makes one test of each rule.

use std::sync::Arc;

use async_trait::async_trait;
use diptych_core::{
    Position,
    model::Generation,
    peers::{Claim, Lease, Notice, Peer, Peers, Reached, Roll},
};
use futures::future::join_all;
use uuid::Uuid;

use crate::deadline::within;

/// A store that nodes share.
#[async_trait]
pub trait SharedFixture: Send + Sync {
    /// How one more node reaches it.
    async fn peers(&self) -> Arc<dyn Peers>;
}

/// Makes one test per rule: `peers_contract!(module, fixture)`, with `if condition` behind it where the server may be missing.
#[macro_export]
macro_rules! peers_contract {
    (@tests $module:ident, $fixture:expr, $there:expr; $($rule:ident)+) => {
        mod $module {
            #[allow(unused_imports, reason = "what the expression of the fixture names")]
            use super::*;
            $(#[test]
            fn $rule() {
                if $there {
                    $crate::deadline::run(async { $crate::peers::$rule(&$fixture).await });
                }
            })+
        }
    };
    ($module:ident, $fixture:expr) => {
        $crate::peers_contract!($module, $fixture, if true);
    };
    ($module:ident, $fixture:expr, if $there:expr) => {
        $crate::peers_contract! { @tests $module, $fixture, $there;
            a_free_lease_is_had_by_one_of_many
            a_lease_is_kept_by_beating
            what_is_not_wanted_is_not_taken
            a_released_lease_is_free_at_once_and_its_report_stays
            what_was_asked_for_goes_to_whoever_asked
            a_lease_lapses_when_its_holder_is_silent
            whoever_leaves_holds_nothing_and_is_not_counted
            others_hear_how_far_a_run_has_come
            others_hear_of_leases
        }
    };
}

struct Member {
    peers: Arc<dyn Peers>,
    me: Peer,
}

impl Member {
    async fn of(fixture: &dyn SharedFixture, number: u128) -> Self {
        let me = Peer { id: Uuid::from_u128(number), label: format!("node {number}").into() };
        Self { peers: fixture.peers().await, me }
    }

    async fn beat(&self, wanted: &[&str]) -> Roll {
        self.claim(wanted, true, None).await
    }

    async fn claim(&self, names: &[&str], wanted: bool, report: Option<&str>) -> Roll {
        let claim = |name: &&str| Claim {
            projection: (*name).into(),
            version: 3,
            wanted,
            report: report.map(str::to_owned),
        };
        self.peers.beat(&self.me, &names.iter().map(claim).collect::<Vec<_>>()).await.expect("a beat")
    }

    async fn release(&self, name: &str) {
        self.peers.release(&self.me, &[name.into()]).await.expect("a release");
    }

    fn holds(&self, roll: &Roll, name: &str) -> bool {
        lease(roll, name).holder.as_ref() == Some(&self.me)
    }
}

fn lease<'a>(roll: &'a Roll, name: &str) -> &'a Lease {
    roll.leases.iter().find(|lease| *lease.projection == *name).expect("the lease is on the roll")
}

/// However many nodes want it at once.
pub async fn a_free_lease_is_had_by_one_of_many(fixture: &dyn SharedFixture) {
    let members = join_all((1..=8).map(|number| Member::of(fixture, number))).await;
    join_all(members.iter().map(|member| member.beat(&["orders", "totals"]))).await;
    for name in ["orders", "totals"] {
        let names = [name];
        let rolls = join_all(members.iter().map(|member| member.claim(&names, false, None))).await;
        let holders: Vec<_> =
            members.iter().zip(&rolls).filter(|(member, roll)| member.holds(roll, name)).collect();
        assert_eq!(holders.len(), 1, "nodes that hold {name}");
        assert_eq!(rolls.iter().map(|roll| roll.peers).max(), Some(8), "nodes that were counted");
    }
}

/// And told at every beat, with what its holder says of it.
pub async fn a_lease_is_kept_by_beating(fixture: &dyn SharedFixture) {
    let (one, two) = (Member::of(fixture, 1).await, Member::of(fixture, 2).await);
    assert!(one.holds(&one.beat(&["orders"]).await, "orders"));
    for report in ["a", "b"] {
        one.claim(&["orders"], false, Some(report)).await;
        let roll = two.beat(&["orders"]).await;
        assert!(one.holds(&roll, "orders"));
        assert_eq!(lease(&roll, "orders").report.as_deref(), Some(report));
        assert_eq!(lease(&roll, "orders").version, 3);
    }
}

/// A node may look without taking.
pub async fn what_is_not_wanted_is_not_taken(fixture: &dyn SharedFixture) {
    let one = Member::of(fixture, 1).await;
    let roll = one.claim(&["orders"], false, None).await;
    assert_eq!(roll.leases.iter().filter(|lease| lease.holder.is_some()).count(), 0);
    assert_eq!(roll.peers, 1);
}

/// So that a new holder can go on as the old one told.
pub async fn a_released_lease_is_free_at_once_and_its_report_stays(fixture: &dyn SharedFixture) {
    let (one, two) = (Member::of(fixture, 1).await, Member::of(fixture, 2).await);
    one.claim(&["orders", "totals"], true, Some("it is paused")).await;
    one.release("orders").await;
    let roll = two.claim(&["orders", "totals"], false, None).await;
    assert_eq!(lease(&roll, "orders").holder, None);
    assert!(one.holds(&roll, "totals"));
    let roll = two.beat(&["orders"]).await;
    assert!(two.holds(&roll, "orders"));
    assert_eq!(lease(&roll, "orders").report.as_deref(), Some("it is paused"));
    two.release("totals").await;
    assert!(one.holds(&one.claim(&["totals"], false, None).await, "totals"), "only its holder releases it");
}

/// And to nobody else while they wait.
pub async fn what_was_asked_for_goes_to_whoever_asked(fixture: &dyn SharedFixture) {
    let (one, two) = (Member::of(fixture, 1).await, Member::of(fixture, 2).await);
    let three = Member::of(fixture, 3).await;
    one.beat(&["orders"]).await;
    two.peers.ask(&two.me, "orders").await.expect("asked");
    let roll = one.beat(&["orders"]).await;
    assert!(one.holds(&roll, "orders"), "asking does not take");
    assert_eq!(lease(&roll, "orders").asked_by, Some(two.me.id));
    one.release("orders").await;
    let others = [three.beat(&["orders"]).await, one.beat(&["orders"]).await];
    assert!(others.iter().all(|roll| lease(roll, "orders").holder.is_none()));
    let roll = two.beat(&["orders"]).await;
    assert!(two.holds(&roll, "orders"));
    assert_eq!(lease(&roll, "orders").asked_by, None);
}

/// After [`LEASE`](diptych_core::peers::LEASE), and it then finds that out by its next beat.
pub async fn a_lease_lapses_when_its_holder_is_silent(fixture: &dyn SharedFixture) {
    let (one, two) = (Member::of(fixture, 1).await, Member::of(fixture, 2).await);
    one.beat(&["orders"]).await;
    let lapsed = async {
        loop {
            let roll = two.beat(&["orders"]).await;
            if two.holds(&roll, "orders") {
                return roll;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let roll = within("the lease lapses", lapsed).await;
    assert_eq!(roll.peers, 1, "a silent node is not counted");
    assert!(two.holds(&one.beat(&["orders"]).await, "orders"));
}

/// So that others take over without waiting.
pub async fn whoever_leaves_holds_nothing_and_is_not_counted(fixture: &dyn SharedFixture) {
    let (one, two) = (Member::of(fixture, 1).await, Member::of(fixture, 2).await);
    one.beat(&["orders", "totals"]).await;
    one.peers.leave(&one.me).await.expect("left");
    let roll = two.beat(&["orders", "totals"]).await;
    assert!(two.holds(&roll, "orders") && two.holds(&roll, "totals"));
    assert_eq!(roll.peers, 1);
}

/// Each node but the one that tells.
pub async fn others_hear_how_far_a_run_has_come(fixture: &dyn SharedFixture) {
    let (one, two) = (Member::of(fixture, 1).await, Member::of(fixture, 2).await);
    let (mut at_one, mut at_two) = (one.peers.news(&one.me), two.peers.news(&two.me));
    let reached = |name: &str, position| Reached {
        projection: name.into(),
        generation: Generation(2),
        position: Position::new(position),
    };
    let all = [reached("orders", 7), reached("totals", 7), reached("orders", 9)];
    let heard = async {
        // A node that has just begun may listen a moment later: hints may be lost, so they are told again.
        let mut missing = all.to_vec();
        while !missing.is_empty() {
            one.peers.tell(&one.me, &missing).await.expect("told");
            let quiet = std::time::Duration::from_secs(1);
            while let Ok(notice) = tokio::time::timeout(quiet, at_two.next()).await {
                if let Notice::Reached(reached) = notice.expect("a notice") {
                    missing.retain(|it| *it != reached);
                }
                if missing.is_empty() {
                    break;
                }
            }
        }
    };
    within("the other hears all of it", heard).await;
    one.release("orders").await;
    let first = within("its own change of leases is heard", at_one.next()).await.expect("a notice");
    assert_eq!(first, Notice::Leases, "a node does not hear how far it has come itself");
}

/// A new node, a lease that is taken, asked for, or released.
pub async fn others_hear_of_leases(fixture: &dyn SharedFixture) {
    let (one, two) = (Member::of(fixture, 1).await, Member::of(fixture, 2).await);
    let mut heard = two.peers.news(&two.me);
    two.beat(&[]).await;
    assert_eq!(within("one's own beginning", heard.next()).await.expect("a notice"), Notice::Leases);
    one.beat(&["orders"]).await;
    assert_eq!(within("a lease is taken", heard.next()).await.expect("a notice"), Notice::Leases);
    one.release("orders").await;
    assert_eq!(within("a lease is released", heard.next()).await.expect("a notice"), Notice::Leases);
}
