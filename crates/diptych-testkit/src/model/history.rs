//! The sequential model: what writers were answered could have happened one after another, in the order of positions.

use std::collections::HashMap;

use diptych_core::{
    AppendCondition, AppendError, Appended, Conflict, NewEvent, Position, RecordedEvent, Revision, StreamId,
};

use super::writers::Attempt;
use crate::why::why;

/// Holds each answer against the log as it is in the end.
pub(super) fn check(attempts: Vec<Attempt>, log: &[RecordedEvent]) {
    let mut recorded = 0;
    for Attempt { events, condition, answer } in attempts {
        match answer {
            Ok(appended) => {
                recorded += appended.events.len();
                granted(&events, &condition, &appended, log);
            }
            Err(AppendError::Conflict(conflict)) => refused(&condition, &conflict, log),
            Err(other) => panic!("an append was refused by {}", why(&other)),
        }
    }
    assert_eq!(log.len(), recorded, "events in the log (left) and in the answers (right)");
    revisions_have_no_gaps(log);
}

/// What was granted stands in the log as one piece, and its condition held of all that stands before it.
fn granted(events: &[NewEvent], condition: &AppendCondition, appended: &Appended, log: &[RecordedEvent]) {
    assert_eq!(appended.events.len(), events.len(), "events answered (left) and given (right)");
    let before = match appended.events.first() {
        Some(first) => log.partition_point(|event| event.position() < first.position()),
        None => log.partition_point(|event| event.position() <= appended.position),
    };
    let (before, rest) = log.split_at(before);
    assert_eq!(
        rest.get(..events.len()),
        Some(&*appended.events),
        "the log (left) where events were answered (right)"
    );
    if let Some(event) = before.iter().find(|event| hinders(condition, event)) {
        panic!(
            "granted at {} although {} of {} at {} is in its boundary after {}: {condition:?}",
            appended.position,
            event.event_type,
            event.stream(),
            event.position(),
            condition.after,
        );
    }
    for (stream, expected) in &condition.expected {
        let found = last_of(stream, before);
        assert!(
            expected.holds(found),
            "granted at {} on {expected} of {stream}, which had {found:?}",
            appended.position
        );
    }
}

/// What was refused had a cause, which is the one that was told.
fn refused(condition: &AppendCondition, conflict: &Conflict, log: &[RecordedEvent]) {
    match conflict {
        Conflict::Boundary { after, found } => {
            assert_eq!(*after, condition.after, "the position that was told and asked");
            let event = log.iter().find(|event| event.position() == *found);
            let hinders = event.is_some_and(|event| hinders(condition, event));
            assert!(hinders, "refused for {event:?} at {found}, which is not in {condition:?}");
        }
        Conflict::Revision { stream, expected, found } => {
            assert!(
                condition.expected.contains(&(stream.clone(), *expected)),
                "refused for what was not expected"
            );
            assert!(!expected.holds(*found), "refused although {found:?} is {expected}");
            let was =
                |event: &RecordedEvent| event.stream() == stream && Some(event.metadata.revision) == *found;
            assert!(found.is_none() || log.iter().any(was), "{stream} never had {found:?}");
        }
    }
}

fn hinders(condition: &AppendCondition, event: &RecordedEvent) -> bool {
    event.position() > condition.after
        && condition.boundary.holds(event.stream(), &event.event_type, &event.tags)
}

fn last_of(stream: &StreamId, log: &[RecordedEvent]) -> Option<Revision> {
    log.iter().rfind(|event| event.stream() == stream).map(|event| event.metadata.revision)
}

fn revisions_have_no_gaps(log: &[RecordedEvent]) {
    let mut next: HashMap<&StreamId, Revision> = HashMap::new();
    let mut last = Position::START;
    for event in log {
        assert!(event.position() > last, "{} came after {last}", event.position());
        last = event.position();
        let next = next.entry(event.stream()).or_insert(Revision::FIRST);
        assert_eq!(event.metadata.revision, *next, "of {} at {last}", event.stream());
        *next = next.next();
    }
}
