//! What a test says of an event: which, and to which thing it happened.

use std::fmt;

use bytes::Bytes;
use diptych_core::{Event, Events, NewEvent, StreamId};

use super::stamp;
use crate::{draft::stream, seal::TestSealer};

/// An event of whatever type, and the stream it belongs to.
pub struct Happened {
    stream: Option<StreamId>,
    encode: Box<dyn FnOnce(StreamId) -> NewEvent>,
}

impl Happened {
    #[track_caller]
    pub(super) fn encode(self, target: &StreamId) -> NewEvent {
        (self.encode)(self.stream.unwrap_or_else(|| target.clone()))
    }
}

impl fmt::Debug for Happened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Happened").field("stream", &self.stream).finish_non_exhaustive()
    }
}

/// An event of this stream, which is a [`StreamId`] or written `category/id`.
///
/// # Panics
/// Where the text is no stream.
#[track_caller]
pub fn on(stream: impl Place, event: impl Event) -> Happened {
    Happened { stream: Some(stream.stream()), ..event.into_happened() }
}

/// An event as it was stored by an older program, to test that it is still readable. Tags are left out.
///
/// # Panics
/// Where the text is no stream.
#[track_caller]
pub fn stored(
    stream: impl Place,
    event_type: &'static str,
    schema_version: u32,
    payload: &'static str,
) -> Happened {
    let old = move |stream| NewEvent {
        stream,
        event_type: event_type.into(),
        schema_version,
        payload: Bytes::from_static(payload.as_bytes()),
        tags: Vec::new(),
        provenance: stamp(),
    };
    Happened { stream: Some(stream.stream()), encode: Box::new(old) }
}

/// What names a stream in a test.
pub trait Place {
    /// The stream.
    ///
    /// # Panics
    /// Where it is a text that names none.
    fn stream(self) -> StreamId;
}

impl Place for StreamId {
    fn stream(self) -> StreamId {
        self
    }
}

impl Place for &str {
    #[track_caller]
    fn stream(self) -> StreamId {
        stream(self)
    }
}

/// An event by itself, which happened to the thing that the command is addressed to, or one with its stream ([`on`]).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that can have happened",
    label = "not an event",
    note = "give events of one type, or each with its stream: `on(\"order/ORD-1\", event)`"
)]
pub trait IntoHappened {
    /// The event, with its stream if it names one.
    fn into_happened(self) -> Happened;
}

impl IntoHappened for Happened {
    fn into_happened(self) -> Happened {
        self
    }
}

impl<E: Event> IntoHappened for E {
    fn into_happened(self) -> Happened {
        let encode = move |stream| {
            let name = self.event_type();
            let encoded = Events::one(stream, self).encode(&TestSealer, stamp).map(|mut events| events.pop());
            match encoded {
                Ok(Some(event)) => event,
                Ok(None) => panic!("{name} was encoded to nothing"),
                Err(failure) => panic!("{name} cannot be stored: {}", failure.chain()),
            }
        };
        Happened { stream: None, encode: Box::new(encode) }
    }
}
