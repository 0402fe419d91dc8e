//! The events recorded last, in memory: what most boundaries are judged against, by the matcher of reference.

use std::collections::VecDeque;

use diptych_core::{NewEvent, Position, Scope, StreamId, Tag, event::SmolStr};

/// How many are kept: going through more would cost a member longer than asking an index.
const KEPT: usize = 1_024;

/// Every event after `floor`, up to the end of the open transaction.
pub(super) struct Recent {
    floor: Position,
    events: VecDeque<Seen>,
}

struct Seen {
    position: Position,
    stream: StreamId,
    event_type: SmolStr,
    tags: Vec<Tag>,
}

impl Recent {
    /// None yet; what stands up to `head` is not known.
    pub(super) fn after(head: Position) -> Self {
        Self { floor: head, events: VecDeque::with_capacity(KEPT) }
    }

    /// An event is in the open transaction.
    pub(super) fn push(&mut self, event: &NewEvent, position: Position) {
        if self.events.len() == KEPT
            && let Some(oldest) = self.events.pop_front()
        {
            self.floor = oldest.position;
        }
        let (stream, event_type) = (event.stream.clone(), event.event_type.clone());
        self.events.push_back(Seen { position, stream, event_type, tags: event.tags.clone() });
    }

    /// What stands after `head` was rolled back.
    pub(super) fn rolled_back_to(&mut self, head: Position) {
        while self.events.back().is_some_and(|event| event.position > head) {
            self.events.pop_back();
        }
    }

    /// Every event after this place is known here.
    pub(super) const fn floor(&self) -> Position {
        self.floor
    }

    /// Whether every event after this place is known here.
    pub(super) fn knows_after(&self, after: Position) -> bool {
        self.floor <= after
    }

    /// The place of an event of a scope after a position.
    pub(super) fn find(&self, scope: &Scope, after: Position) -> Option<Position> {
        let newer = self.events.iter().rev().take_while(|event| event.position > after);
        let mut found = newer.filter(|event| scope.holds(&event.stream, &event.event_type, &event.tags));
        found.next().map(|event| event.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_pushed_out_is_not_known_any_more() {
        let mut recent = Recent::after(Position::new(7));
        assert!(recent.knows_after(Position::new(7)) && !recent.knows_after(Position::new(6)));
        let kept = u64::try_from(KEPT).unwrap();
        for position in 8..=8 + kept {
            recent.push(&event(), Position::new(position));
        }
        assert!(recent.knows_after(Position::new(8)) && !recent.knows_after(Position::new(7)));
        recent.rolled_back_to(Position::new(10));
        assert_eq!(recent.find(&Scope::default(), Position::START), Some(Position::new(10)));
        assert!(!recent.knows_after(Position::new(7)));
    }

    fn event() -> NewEvent {
        NewEvent {
            stream: StreamId::parse("c", "1").unwrap(),
            event_type: "T".into(),
            schema_version: 1,
            payload: bytes::Bytes::new(),
            tags: Vec::new(),
            provenance: diptych_core::metadata::Provenance {
                event_id: uuid::Uuid::nil(),
                correlation_id: uuid::Uuid::nil().into(),
                causation_id: diptych_core::CausationId::new("c"),
                recorded_at: diptych_core::Timestamp::default(),
                actor: None,
            },
        }
    }
}
