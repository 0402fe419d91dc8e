//! Draws logs, scopes and plans from alphabets so small that everything meets.

use diptych_core::{NewEvent, Scope};
use proptest::{
    collection::vec,
    option,
    prelude::{Strategy, any},
    prop_oneof,
    sample::{Index, select, subsequence},
};

use crate::{
    Effort,
    draft::{Draft, event, stream, tag},
};

const STREAMS: [&str; 6] = ["account/1", "account/2", "account/3", "order/1", "order/2", "orders/1"];
const CATEGORIES: [&str; 3] = ["account", "order", "orders"];
const TYPES: [&str; 4] = ["Opened", "Closed", "Paid", "Sent"];
const TAGS: [&str; 5] = ["a:1", "a:2", "b:1", "b:2", "c:1"];

/// One event to be appended.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    stream: &'static str,
    event_type: &'static str,
    tags: Vec<&'static str>,
}

impl Fact {
    pub(super) fn event(&self) -> NewEvent {
        event(self.stream, self.event_type).tagged(&self.tags)
    }
}

/// A log, and what is asked of it.
#[derive(Clone, Debug)]
pub(super) struct Matching {
    /// Appends, each of some facts.
    pub(super) log: Vec<Vec<Fact>>,
    /// Each alone and all together.
    pub(super) scopes: Vec<Scope>,
    /// From which event conditions look, per scope.
    pub(super) after: Index,
}

/// What one writer wants, one decision after the other.
pub(super) type Plan = Vec<Wish>;

/// One decision.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    /// What it reads first.
    pub(super) reads: Vec<Scope>,
    /// Whether it then reads a stream that is named by how many events it found.
    pub(super) follow_up: bool,
    /// The stream whose revision, as it is when the decision begins, it expects.
    pub(super) expects: Option<&'static str>,
    /// What it records.
    pub(super) facts: Vec<Fact>,
}

/// The stream that a follow-up read goes to, after so many events.
pub(super) fn follow_up(found: usize) -> Scope {
    Scope::stream(stream(STREAMS[found % STREAMS.len()]))
}

pub(super) fn matching(effort: Effort) -> impl Strategy<Value = Matching> {
    let log = vec(vec(fact(), 1..5), 0..effort.of(9, 40));
    (log, vec(scope(), 1..8), any::<Index>()).prop_map(|(log, scopes, after)| Matching { log, scopes, after })
}

pub(super) fn plans(effort: Effort) -> impl Strategy<Value = Vec<Plan>> {
    vec(vec(wish(), 1..effort.of(5, 15)), 2..effort.of(8, 13))
}

fn wish() -> impl Strategy<Value = Wish> {
    let expects = option::weighted(0.3, select(&STREAMS[..]));
    let follow_up = proptest::bool::weighted(0.3);
    (vec(scope(), 0..3), follow_up, expects, vec(fact(), 0..4))
        .prop_map(|(reads, follow_up, expects, facts)| Wish { reads, follow_up, expects, facts })
}

fn fact() -> impl Strategy<Value = Fact> {
    (select(&STREAMS[..]), select(&TYPES[..]), subsequence(&TAGS[..], 0..4))
        .prop_map(|(stream, event_type, tags)| Fact { stream, event_type, tags })
}

fn scope() -> impl Strategy<Value = Scope> {
    let place = prop_oneof![
        4 => select(&STREAMS[..]).prop_map(|name| Scope::stream(stream(name))),
        2 => select(&CATEGORIES[..]).prop_map(Scope::category),
        4 => subsequence(&TAGS[..], 1..3).prop_map(|tags| Scope::tagged(tags.into_iter().map(tag))),
        2 => proptest::strategy::Just(Scope::default()),
    ];
    let types = prop_oneof![
        2 => proptest::strategy::Just(Vec::new()),
        1 => subsequence(&TYPES[..], 1..3),
    ];
    let tags = option::weighted(0.2, select(&TAGS[..]));
    (place, types, tags).prop_map(|(scope, types, more)| {
        let scope = scope.of_types(types);
        more.into_iter().fold(scope, |scope, text| scope.with_tag(tag(text)))
    })
}
