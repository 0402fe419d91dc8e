//! Events, appends and whole logs for tests of stores.
//!
//! Streams are written `category/id` and tags `key:value`, as they are shown.

use std::sync::LazyLock;

use bytes::Bytes;
use diptych_core::{
    Append, AppendCondition, AppendError, Appended, CausationId, Conflict, CorrelationId, EventStore, Filter,
    NewEvent, Position, RecordedEvent, StreamId, Tag, Timestamp,
    id::IdSource,
    metadata::Provenance,
    store::{Direction, IdempotencyKey, MAX_PAGE, Note, Page, ReadRequest},
};

use crate::{CountingIds, why::why};

static IDS: LazyLock<CountingIds> = LazyLock::new(CountingIds::default);

/// The stream written `category/id`.
///
/// # Panics
/// Where the text is no stream.
#[must_use]
pub fn stream(text: &str) -> StreamId {
    let (category, id) = text.split_once('/').unwrap_or_else(|| panic!("{text:?} is not category/id"));
    StreamId::parse(category, id).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

/// The tag written `key:value`.
#[must_use]
pub fn tag(text: &str) -> Tag {
    Tag::stored(text)
}

/// A conversation's id.
///
/// # Panics
/// Where the text breaks the rules of ids.
#[must_use]
pub fn correlation(text: &str) -> CorrelationId {
    CorrelationId::new(text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

/// A small event of this type for the stream written `category/id`. Every one has an id of its own.
#[must_use]
pub fn event(stream_text: &str, event_type: &str) -> NewEvent {
    let event_id = IDS.draw();
    NewEvent {
        stream: stream(stream_text),
        event_type: event_type.into(),
        schema_version: 1,
        payload: Bytes::from_static(b"{\"cents\":5}"),
        tags: Vec::new(),
        provenance: Provenance {
            event_id,
            correlation_id: event_id.into(),
            causation_id: CausationId::new("draft"),
            recorded_at: Timestamp::from_micros(1_700_000_000_000_007),
            actor: None,
        },
    }
}

/// So many of them.
#[must_use]
pub fn several(count: usize, stream_text: &str, event_type: &str) -> Vec<NewEvent> {
    (0..count).map(|_| event(stream_text, event_type)).collect()
}

/// What a draft is changed by.
pub trait Draft: Sized {
    /// The same once more, with an id of its own.
    #[must_use]
    fn anew(&self) -> Self;

    /// With these tags, each `key:value`, put in the order in which the codec writes them.
    #[must_use]
    fn tagged(self, tags: &[&str]) -> Self;

    /// With this payload.
    #[must_use]
    fn payload(self, payload: impl Into<Bytes>) -> Self;
}

impl Draft for NewEvent {
    fn anew(&self) -> Self {
        let mut new = self.clone();
        new.provenance.event_id = IDS.draw();
        new
    }

    fn tagged(mut self, tags: &[&str]) -> Self {
        self.tags = tags.iter().map(|text| tag(text)).collect();
        self.tags.sort();
        self.tags.dedup();
        self
    }

    fn payload(mut self, payload: impl Into<Bytes>) -> Self {
        self.payload = payload.into();
        self
    }
}

/// An append of these events under a condition, without a note.
#[must_use]
pub fn conditional(events: impl Into<Vec<NewEvent>>, condition: AppendCondition) -> Append {
    Append { events: events.into(), condition, note: None }
}

/// A note of a command on this thing, without a key: it looked up to the start and saw no revision.
#[must_use]
pub fn note(conversation: &str, target: &str) -> Note {
    Note {
        correlation_id: correlation(conversation),
        target: stream(target),
        revision: None,
        position: Position::START,
        key: None,
        at: Timestamp::from_micros(1_700_000_000_000_000),
    }
}

/// An idempotency key, with the fingerprint that has `of` in every byte.
#[must_use]
pub fn key(key: &str, of: u8) -> Option<IdempotencyKey> {
    Some(IdempotencyKey { key: key.to_owned(), fingerprint: [of; 32] })
}

/// Appends without any condition.
///
/// # Panics
/// Where the store refuses.
pub async fn append(store: &dyn EventStore, events: impl Into<Vec<NewEvent>>) -> Appended {
    made(store, conditional(events, AppendCondition::default())).await
}

/// Makes an append that must be made.
///
/// # Panics
/// Where the store refuses.
pub async fn made(store: &dyn EventStore, append: Append) -> Appended {
    let count = append.events.len();
    match store.append(append).await {
        Ok(appended) => {
            assert_eq!(
                appended.events.len(),
                count,
                "events answered (left) of an append of so many (right)"
            );
            appended
        }
        Err(error) => panic!("an append that nothing speaks against was not made: {}", why(&error)),
    }
}

/// Makes an append that must run into a conflict.
///
/// # Panics
/// Where the store does anything else.
pub async fn conflict(store: &dyn EventStore, append: Append) -> Conflict {
    let described = format!("{:?}", append.condition);
    match store.append(append).await {
        Err(AppendError::Conflict(conflict)) => conflict,
        Ok(appended) => {
            panic!("an append was made at {}, against its condition {described}", appended.position)
        }
        Err(other @ (AppendError::KeyUsed(_) | AppendError::Failure(_))) => {
            panic!(
                "an append should have been refused as a conflict by {described}, but was by: {}",
                why(&other)
            )
        }
    }
}

/// The head.
///
/// # Panics
/// Where the store cannot tell.
pub async fn head(store: &dyn EventStore) -> Position {
    store.head().await.expect("the head can be asked for")
}

/// Every event that passes, page by page: forward from the start, backward from the end.
///
/// # Panics
/// Where a page breaks what every page must hold: no more events than asked for, in order, within what was considered,
/// and each page coming further than the one before.
pub async fn all(
    store: &dyn EventStore,
    filter: impl Into<Filter>,
    direction: Direction,
    limit: usize,
) -> Vec<RecordedEvent> {
    let from = match direction {
        Direction::Forward => Position::START,
        Direction::Backward => Position::END,
    };
    let mut request = ReadRequest { filter: filter.into(), from, limit, direction };
    let mut events: Vec<RecordedEvent> = Vec::new();
    loop {
        let page = store.read(request.clone()).await.expect("a page can be read");
        sound(&request, &page);
        events.extend(page.events);
        let done = match direction {
            Direction::Forward => page.considered >= page.head,
            Direction::Backward => page.considered == Position::START,
        };
        if done {
            return events;
        }
        assert_ne!(page.considered, request.from, "a page came no further than the one before it");
        request.from = page.considered;
    }
}

/// What every page must hold.
fn sound(request: &ReadRequest, page: &Page) {
    let (limit, count) = (request.limit, page.events.len());
    assert!(count <= limit.min(MAX_PAGE), "a page of {count} for a limit of {limit}");
    let (mut last, end, direction) = (request.from, page.considered, request.direction);
    for event in &page.events {
        let at = event.position();
        let in_order = match direction {
            Direction::Forward => last < at && at <= end,
            Direction::Backward => last > at && at >= end,
        };
        assert!(
            in_order,
            "event {at} came after {last}, in a page that was considered up to {end} ({direction:?})"
        );
        last = at;
    }
}

/// Every event of the log, from old to new.
///
/// # Panics
/// As [`all`].
pub async fn log(store: &dyn EventStore) -> Vec<RecordedEvent> {
    all(store, Filter::All, Direction::Forward, MAX_PAGE).await
}
