//! The one place through which stored events are read: by name, step by step to the current version, into the type.
//!
//! Folds, projections, handlers, the console and the export all come through here, so that an old event reads the same
//! everywhere. A name that a type does not know is an error, never skipped.

mod schema;
mod upcast;

use std::borrow::Cow;

pub use schema::{EventSchema, find};
pub use upcast::{JsonObject, OldEvent, Upcast, UpcastStep};

use crate::{
    event::{Event, RecordedEvent},
    position::Position,
};

/// A stored event that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The type asked for has no event of this name.
    #[error("no event named {name:?} is known here; known are {known}")]
    UnknownName {
        /// The stored name.
        name: String,
        /// The names that are known, joined by commas.
        known: String,
    },
    /// It was written by a newer program.
    #[error("{name:?} is stored in version {stored}, this program knows up to {known}")]
    NewerVersion {
        /// The stored name.
        name: String,
        /// The stored version.
        stored: u32,
        /// The highest version known here.
        known: u32,
    },
    /// There is no step from this version to the next.
    #[error("{name:?} is stored in version {from} and no upcaster leads on from it")]
    NoUpcaster {
        /// The stored name.
        name: String,
        /// The version without a way on.
        from: u32,
    },
    /// The payload does not fit the type.
    #[error("the payload of {name:?} does not fit its type")]
    Payload {
        /// The stored name.
        name: String,
        /// What did not fit, and where.
        source: serde_json::Error,
    },
    /// One of the above, with the place of the event.
    #[error("event {position} cannot be read")]
    At {
        /// The place of the event.
        position: Position,
        /// Why.
        source: Box<DecodeError>,
    },
}

/// Reads a stored event as `E`: mostly one, more where an upcaster splits an old event into several.
///
/// # Errors
/// [`DecodeError::At`] with the place and the reason.
pub fn decode<E: Event>(recorded: &RecordedEvent) -> Result<Decoded<E>, DecodeError> {
    decode_stored(&recorded.event_type, recorded.schema_version, &recorded.payload)
        .map_err(|source| DecodeError::At { position: recorded.position(), source: Box::new(source) })
}

fn decode_stored<E: Event>(name: &str, version: u32, payload: &[u8]) -> Result<Decoded<E>, DecodeError> {
    let schema = schema::known(E::schemas(), name)?;
    if schema.version == version && schema.name == name {
        return E::from_json(schema.name, payload).map(Decoded::One);
    }
    let mut events = Vec::new();
    for current in upcast::to_current(E::schemas(), name, version, payload)? {
        let payload = serde_json::to_vec(&current.data)
            .map_err(|source| DecodeError::Payload { name: name.to_owned(), source })?;
        events.push(E::from_json(&current.name, &payload)?);
    }
    Ok(Decoded::Many(events))
}

/// The current form of a stored event as JSON, for those who have no type for it: the console, the export.
///
/// # Errors
/// [`DecodeError`] as for [`decode`].
pub fn upcast_json(schemas: &[EventSchema], recorded: &RecordedEvent) -> Result<Vec<OldEvent>, DecodeError> {
    upcast::to_current(schemas, &recorded.event_type, recorded.schema_version, &recorded.payload)
        .map_err(|source| DecodeError::At { position: recorded.position(), source: Box::new(source) })
}

/// What one stored event reads as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decoded<E> {
    /// Itself.
    One(E),
    /// What an upcaster made of it, in order; may be none.
    Many(Vec<E>),
}

impl<E> Decoded<E> {
    /// The events, in order.
    pub fn as_slice(&self) -> &[E] {
        match self {
            Self::One(event) => std::slice::from_ref(event),
            Self::Many(events) => events,
        }
    }
}

impl<E> IntoIterator for Decoded<E> {
    type Item = E;
    type IntoIter = std::vec::IntoIter<E>;
    fn into_iter(self) -> Self::IntoIter {
        match self {
            Self::One(event) => vec![event].into_iter(),
            Self::Many(events) => events.into_iter(),
        }
    }
}

/// Every name under which events of these schemas are or were stored: what a filter by type must ask for.
pub fn stored_names(schemas: &[EventSchema]) -> impl Iterator<Item = Cow<'static, str>> + '_ {
    schemas
        .iter()
        .flat_map(|schema| std::iter::once(schema.name).chain(schema.former_names.iter().copied()))
        .map(Cow::Borrowed)
}
