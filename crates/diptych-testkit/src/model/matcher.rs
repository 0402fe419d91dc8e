//! A store finds by scope what the matcher of reference finds, in reads and in conditions.

use diptych_core::{
    AppendCondition, AppendError, Boundary, Conflict, EventStore, Filter, Position, RecordedEvent, Scope,
    store::Direction,
};

use super::draw::Matching;
use crate::{
    Fixture,
    draft::{all, append, conditional, log},
    why::why,
};

pub(super) async fn agrees(fixture: &dyn Fixture, case: Matching) {
    let store = fixture.open().await;
    for facts in &case.log {
        append(&*store, facts.iter().map(|fact| fact.event()).collect::<Vec<_>>()).await;
    }
    let log = log(&*store).await;
    assert_eq!(log.len(), case.log.iter().map(Vec::len).sum::<usize>(), "events in the log");
    let mut places: Vec<_> = log.iter().map(RecordedEvent::position).collect();
    places.push(Position::START);
    let after = *case.after.get(&places);
    for scope in &case.scopes {
        reads_agree(&*store, &log, std::slice::from_ref(scope)).await;
        conditions_agree(&*store, &log, std::slice::from_ref(scope), after).await;
    }
    reads_agree(&*store, &log, &case.scopes).await;
    conditions_agree(&*store, &log, &case.scopes, after).await;
}

async fn reads_agree(store: &dyn EventStore, log: &[RecordedEvent], scopes: &[Scope]) {
    let filter = Filter::Any(scopes.to_vec());
    let passes = |event: &&RecordedEvent| filter.passes(event.stream(), &event.event_type, &event.tags);
    let mut expected: Vec<_> = log.iter().filter(passes).cloned().collect();
    for direction in [Direction::Forward, Direction::Backward] {
        let found = all(store, filter.clone(), direction, 3).await;
        assert_eq!(found, expected, "found (left) by {filter:?}, {direction:?}");
        expected.reverse();
    }
}

async fn conditions_agree(store: &dyn EventStore, log: &[RecordedEvent], scopes: &[Scope], after: Position) {
    let boundary = Boundary(scopes.to_vec());
    let holds = |event: &&RecordedEvent| {
        event.position() > after && boundary.holds(event.stream(), &event.event_type, &event.tags)
    };
    let hindering: Vec<_> = log.iter().filter(holds).map(RecordedEvent::position).collect();
    let condition = AppendCondition::nothing_in(boundary.clone(), after);
    match store.append(conditional([], condition)).await {
        Ok(_) => assert!(
            hindering.is_empty(),
            "{hindering:?} after {after} are in {boundary:?}, but it was appended"
        ),
        Err(AppendError::Conflict(Conflict::Boundary { found, .. })) => {
            assert!(
                hindering.contains(&found),
                "{found} is not in {boundary:?} after {after}: {hindering:?} are"
            );
        }
        Err(other) => panic!("an append was refused by {}", why(&other)),
    }
}
