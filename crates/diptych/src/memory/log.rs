//! The log: a vector of events and the indexes by which they are found.
//!
//! The event at index `i` of the vector has position `i + 1`. An index is a list of such places, in order; one that is
//! too wide costs time, nothing else, since every event found is asked [`Scope::holds`].

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
};

use diptych_core::{
    Filter, NewEvent, Position, RecordedEvent, Revision, Scope, StreamId, Tag,
    metadata::Metadata,
    store::{Direction, MAX_PAGE, Page, ReadRequest, StreamEnd, StreamsRequest},
};

/// The events of all streams, in commit order.
#[derive(Debug, Default)]
pub(super) struct Log {
    events: Vec<RecordedEvent>,
    by_stream: HashMap<StreamId, Vec<usize>>,
    by_category: HashMap<Box<str>, Vec<usize>>,
    by_tag: HashMap<Tag, Vec<usize>>,
}

impl Log {
    /// The last position.
    pub(super) fn head(&self) -> Position {
        position(self.events.len())
    }

    /// The last revision of a stream and its place in the log.
    pub(super) fn last_of(&self, stream: &StreamId) -> Option<(Revision, Position)> {
        let last = &self.events[*self.by_stream.get(stream)?.last()?].metadata;
        Some((last.revision, last.position))
    }

    /// Streams by the place of their first event.
    pub(super) fn streams(&self, request: &StreamsRequest) -> Vec<StreamEnd> {
        let wanted =
            |stream: &StreamId| request.category.as_deref().is_none_or(|own| own == stream.category());
        let ends =
            self.by_stream.iter().filter(|(stream, _)| wanted(stream)).filter_map(|(stream, places)| {
                let last = &self.events[*places.last()?].metadata;
                let number = position(places.first()?.saturating_add(1)).get();
                Some(StreamEnd {
                    number,
                    stream: stream.clone(),
                    revision: last.revision,
                    position: last.position,
                })
            });
        let mut ends: Vec<_> = ends.filter(|end| end.number > request.after).collect();
        ends.sort_by_key(|end| end.number);
        ends.truncate(request.limit.min(MAX_PAGE));
        ends
    }

    /// The events as they would be recorded now, each with its places. Nothing is recorded yet.
    pub(super) fn stamp(&self, events: Vec<NewEvent>) -> Vec<RecordedEvent> {
        let mut last: HashMap<StreamId, Revision> = HashMap::new();
        let mut stamped = Vec::with_capacity(events.len());
        for (at, event) in (self.events.len()..).zip(events) {
            let before = last.get(&event.stream).copied();
            let before = before.or_else(|| self.last_of(&event.stream).map(|(revision, _)| revision));
            let revision = before.map_or(Revision::FIRST, Revision::next);
            last.insert(event.stream.clone(), revision);
            stamped.push(recorded(event, position(at + 1), revision));
        }
        stamped
    }

    /// Records what [`Log::stamp`] gave, with nothing recorded in between.
    pub(super) fn push(&mut self, events: &[RecordedEvent]) {
        for event in events {
            let at = self.events.len();
            let stream = event.stream();
            self.by_stream.entry(stream.clone()).or_default().push(at);
            self.by_category.entry(stream.category().into()).or_default().push(at);
            for tag in &event.tags {
                self.by_tag.entry(tag.clone()).or_default().push(at);
            }
            self.events.push(event.clone());
        }
    }

    /// The place of the first event of a scope after a position.
    pub(super) fn first_after(&self, scope: &Scope, after: Position) -> Option<Position> {
        self.within(scope, self.places_after(after)).next().map(RecordedEvent::position)
    }

    /// A page. The first `limit` events of several scopes together are among the first `limit` of each.
    pub(super) fn read(&self, request: &ReadRequest) -> Page {
        let everything = [Scope::default()];
        let scopes = match &request.filter {
            Filter::All => &everything[..],
            Filter::Any(scopes) => scopes,
        };
        let limit = request.limit.min(MAX_PAGE);
        let mut found = BTreeMap::new();
        for scope in scopes {
            let put = |event: &RecordedEvent| (event.position(), event.clone());
            match request.direction {
                Direction::Forward => {
                    found.extend(self.within(scope, self.places_after(request.from)).take(limit).map(put));
                }
                Direction::Backward => {
                    let newest_first = self.within(scope, self.places_before(request.from)).rev();
                    found.extend(newest_first.take(limit).map(put));
                }
            }
        }
        let events: Vec<_> = match request.direction {
            Direction::Forward => found.into_values().take(limit).collect(),
            Direction::Backward => found.into_values().rev().take(limit).collect(),
        };
        Page { considered: self.considered(request, limit, &events), head: self.head(), events }
    }

    /// A full page was considered up to its last event; any other, to the end.
    fn considered(&self, request: &ReadRequest, limit: usize, events: &[RecordedEvent]) -> Position {
        if events.len() == limit {
            return events.last().map_or(request.from, RecordedEvent::position);
        }
        match request.direction {
            Direction::Forward => self.head(),
            Direction::Backward => Position::START,
        }
    }

    fn places_after(&self, position: Position) -> Range<usize> {
        let len = self.events.len();
        usize::try_from(position.get()).unwrap_or(len).min(len)..len
    }

    fn places_before(&self, position: Position) -> Range<usize> {
        let len = self.events.len();
        0..usize::try_from(position.get().saturating_sub(1)).unwrap_or(len).min(len)
    }

    /// The events of a scope that stand in a part of the log, old to new.
    fn within<'a>(
        &'a self,
        scope: &'a Scope,
        part: Range<usize>,
    ) -> impl DoubleEndedIterator<Item = &'a RecordedEvent> {
        let candidates: Box<dyn DoubleEndedIterator<Item = &RecordedEvent>> = match self.narrowest(scope) {
            Some(places) => {
                let from = places.partition_point(|place| *place < part.start);
                let to = places.partition_point(|place| *place < part.end);
                Box::new(places[from..to.max(from)].iter().map(|place| &self.events[*place]))
            }
            None => Box::new(self.events[part].iter()),
        };
        candidates.filter(|event| scope.holds(event.stream(), &event.event_type, &event.tags))
    }

    /// The shortest list that has all events of a scope; none where no index serves it.
    fn narrowest(&self, scope: &Scope) -> Option<&[usize]> {
        let streams = scope.stream.iter().map(|stream| self.by_stream.get(stream));
        let categories = scope.category.iter().map(|category| self.by_category.get(&**category));
        let tags = scope.tags.iter().map(|tag| self.by_tag.get(tag));
        let lists = streams.chain(categories).chain(tags);
        lists.map(|list| list.map_or(&[][..], Vec::as_slice)).min_by_key(|list| list.len())
    }
}

/// The position of the last of so many events.
fn position(count: usize) -> Position {
    Position::new(u64::try_from(count).unwrap_or(u64::MAX))
}

fn recorded(event: NewEvent, position: Position, revision: Revision) -> RecordedEvent {
    let NewEvent { stream, event_type, schema_version, payload, tags, provenance } = event;
    let metadata = Metadata { position, stream, revision, provenance };
    RecordedEvent { event_type, schema_version, payload, tags, metadata }
}
