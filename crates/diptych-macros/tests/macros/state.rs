//! States: folded by their own `evolve`, with defaults, copies and snapshots.

use diptych::{State, state::StateKind};
use diptych_macros::State;

use crate::{
    bank::{Account, AccountEvent},
    given::stored,
};

/// An account as a machine of states.
#[derive(State, Debug, PartialEq)]
#[state(category = "account", events = AccountEvent, id = diptych::Id, snapshot(every = 2, version = 3))]
enum Life {
    #[default]
    Unopened,
    Open {
        #[serde(rename = "c")]
        cents: i64,
    },
    Many(i64, String),
}

impl Life {
    fn evolve(&mut self, event: &AccountEvent) {
        match event {
            AccountEvent::Opened { .. } => *self = Self::Open { cents: 0 },
            AccountEvent::Deposited { cents } | AccountEvent::Withdrawn { cents } => {
                *self = Self::Many(*cents, "x".into());
            }
        }
    }
}

#[derive(State)]
#[state(category = "nothing", events = AccountEvent, id = diptych::Id)]
struct Nothing;

impl Nothing {
    #[allow(clippy::unused_self)]
    fn evolve(&mut self, _: &AccountEvent) {}
}

#[test]
fn a_state_begins_at_its_defaults_and_folds_stored_events() {
    assert_eq!(Account::default(), Account { open: false, cents: 0 });
    let mut state = (StateKind::of::<Account>().begin)();
    for (name, json) in
        [("Opened", r#"{"owner":"Ann"}"#), ("Deposited", r#"{"cents":5}"#), ("Withdrawn", r#"{"cents":2}"#)]
    {
        state.fold(&stored(name, 1, json)).unwrap();
    }
    assert_eq!(state.copy().state().downcast_ref::<Account>(), Some(&Account { open: true, cents: 3 }));
}

#[test]
fn a_state_says_its_category_and_may_be_an_enum_or_empty() {
    assert_eq!((Account::CATEGORY, Life::CATEGORY, Nothing::CATEGORY), ("account", "account", "nothing"));
    assert_eq!(Life::default(), Life::Unopened);
    let mut life = Life::default();
    State::evolve(&mut life, &AccountEvent::Opened { owner: String::new() });
    assert_eq!(life.clone(), Life::Open { cents: 0 });
    assert!(Nothing::snapshots().is_none());
}

#[test]
fn snapshots_are_json_and_are_read_back() {
    let snapshots = Life::snapshots().unwrap();
    assert_eq!((snapshots.every, snapshots.version), (2, 3));
    let written = (snapshots.write)(&Life::Open { cents: 4 }).unwrap();
    assert_eq!(written, br#"{"Open":{"c":4}}"#);
    let back = (snapshots.read)(&written).unwrap();
    assert_eq!(back.state().downcast_ref::<Life>(), Some(&Life::Open { cents: 4 }));
    assert_eq!(Account::snapshots().map(|snapshots| (snapshots.every, snapshots.version)), Some((100, 1)));
}
