//! Events: what happened, before ([`NewEvent`]) and after ([`RecordedEvent`]) it is stored.

use bytes::Bytes;
/// What names of events are kept in: a short one needs no memory of its own, and none is counted.
pub use smol_str::SmolStr;

use crate::{
    codec::{DecodeError, EventSchema},
    metadata::{Metadata, Provenance},
    personal::PersonalField,
    stream::StreamId,
    tag::Tag,
};

/// A set of facts about one kind of thing, as an enum: one variant per fact. Derive it.
///
/// ```text
/// #[derive(Event)]
/// enum AccountEvent {
///     Opened { owner: String },
///     #[event(name = "Deposited", version = 2, upcast(1 = with_cents))]
///     Deposited { cents: i64 },
/// }
/// ```
///
/// A variant that holds another event enum (`Account(AccountEvent)`, marked `#[event(nested)]`) takes in all of its facts, so that a
/// projection can follow several kinds of things.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a set of events",
    label = "not an event type",
    note = "derive it on an enum of facts: `#[derive(Event)] enum {Self} {{ Opened {{ owner: String }} }}`"
)]
pub trait Event: Clone + Send + Sync + Sized + 'static {
    /// Every schema this type reads, those of nested enums included. Names are unique among them.
    fn schemas() -> &'static [EventSchema];

    /// The stored name of this fact.
    fn event_type(&self) -> &'static str;

    /// The schema version it is written with, 1-based.
    fn schema_version(&self) -> u32;

    /// The tags that its marked fields give.
    fn tags(&self) -> Vec<Tag>;

    /// Calls `visit` with each personal field and the id of the person it is about.
    ///
    /// # Errors
    /// The first error of `visit`.
    fn personal(&mut self, visit: &mut PersonalVisit<'_>) -> Result<(), crate::Failure>;

    /// The payload as JSON. Personal fields have been sealed.
    ///
    /// # Errors
    /// A value that JSON cannot hold, or a personal field that is still plain.
    fn to_json(&self) -> Result<Vec<u8>, serde_json::Error>;

    /// Reads a payload of the *current* version of the schema of this name. Use [`codec::decode`](crate::codec::decode), which upcasts first.
    ///
    /// # Errors
    /// [`DecodeError`] where the name is none of ours or the payload does not fit.
    fn from_json(event_type: &str, payload: &[u8]) -> Result<Self, DecodeError>;
}

/// What is done with each personal field of an event: whose it is, and the field.
pub type PersonalVisit<'a> = dyn FnMut(&str, &mut dyn PersonalField) -> Result<(), crate::Failure> + 'a;

/// An event that is to be stored: encoded, tagged and stamped, without a place yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// The stream it goes to.
    pub stream: StreamId,
    /// Its stored name.
    pub event_type: SmolStr,
    /// The version of the schema it is written with, 1-based.
    pub schema_version: u32,
    /// JSON.
    pub payload: Bytes,
    /// Its tags, without doubles. The own stream is an implicit tag and not among them.
    pub tags: Vec<Tag>,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// A stored event. It never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedEvent {
    /// Its stored name, which may be a former one.
    pub event_type: SmolStr,
    /// The version of the schema it was written with, 1-based.
    pub schema_version: u32,
    /// JSON, as it was written. Read it through [`codec`](crate::codec).
    pub payload: Bytes,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// Its places and where it comes from.
    pub metadata: Metadata,
}

impl RecordedEvent {
    /// Place in the store.
    #[must_use]
    pub const fn position(&self) -> crate::Position {
        self.metadata.position
    }

    /// The stream it belongs to.
    #[must_use]
    pub const fn stream(&self) -> &StreamId {
        &self.metadata.stream
    }
}
