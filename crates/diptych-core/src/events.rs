//! What a decision answers: events, each with the stream it goes to.

use bytes::Bytes;
use smol_str::SmolStr;

use crate::{
    event::{Event, NewEvent},
    failure::{Failure, FailureKind},
    metadata::Provenance,
    personal::Sealer,
    stream::StreamId,
};

/// The events of one decision, in order. None means "already so", which makes a retried command harmless.
#[derive(Default)]
pub struct Events(Vec<(StreamId, Box<dyn AnyEvent>)>);

impl Events {
    /// Already so.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// One event.
    #[must_use]
    pub fn one(stream: StreamId, event: impl Event) -> Self {
        Self::none().and(stream, event)
    }

    /// One more, after the others.
    #[must_use]
    pub fn and(mut self, stream: StreamId, event: impl Event) -> Self {
        self.0.push((stream, Box::new(event)));
        self
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether everything is already so.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those that are of type `E`, with their streams: what a test asks.
    pub fn of<E: Event>(&self) -> impl Iterator<Item = (&StreamId, &E)> {
        self.0.iter().filter_map(|(stream, event)| Some((stream, event.as_any().downcast_ref::<E>()?)))
    }

    /// The persons whose keys are needed to encode these, each once.
    ///
    /// # Errors
    /// [`Failure`] where a field says that it is about nobody.
    pub fn subjects(&mut self) -> Result<Vec<String>, Failure> {
        let mut subjects = Vec::new();
        for (_, event) in &mut self.0 {
            event.subjects(&mut subjects)?;
        }
        subjects.sort();
        subjects.dedup();
        Ok(subjects)
    }

    /// Seals, writes and tags every event. `stamp` is called once per event, in order.
    ///
    /// # Errors
    /// [`Failure`] where a key is missing or a payload cannot be written.
    pub fn encode(
        self,
        sealer: &dyn Sealer,
        mut stamp: impl FnMut() -> Provenance,
    ) -> Result<Vec<NewEvent>, Failure> {
        self.0.into_iter().map(|(stream, event)| event.encode(stream, sealer, stamp())).collect()
    }
}

impl std::fmt::Debug for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(stream, event)| (stream, event.name()))).finish()
    }
}

trait AnyEvent: Send + Sync {
    fn name(&self) -> &'static str;
    fn as_any(&self) -> &dyn std::any::Any;
    fn subjects(&mut self, into: &mut Vec<String>) -> Result<(), Failure>;
    fn encode(
        self: Box<Self>,
        stream: StreamId,
        sealer: &dyn Sealer,
        stamp: Provenance,
    ) -> Result<NewEvent, Failure>;
}

impl<E: Event> AnyEvent for E {
    fn name(&self) -> &'static str {
        self.event_type()
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn subjects(&mut self, into: &mut Vec<String>) -> Result<(), Failure> {
        self.personal(&mut |subject, field| {
            if field.is_plain() {
                into.push(subject.to_owned());
            }
            Ok(())
        })
    }

    fn encode(
        mut self: Box<Self>,
        stream: StreamId,
        sealer: &dyn Sealer,
        provenance: Provenance,
    ) -> Result<NewEvent, Failure> {
        self.personal(&mut |subject, field| field.seal(subject, sealer))?;
        let payload = self.to_json().map_err(|error| {
            Failure::new(
                FailureKind::Internal,
                format!("writing the payload of {}", self.event_type()),
                error,
            )
        })?;
        let mut tags = self.tags();
        tags.sort();
        tags.dedup();
        Ok(NewEvent {
            stream,
            event_type: SmolStr::new_static(self.event_type()),
            schema_version: self.schema_version(),
            payload: Bytes::from(payload),
            tags,
            provenance,
        })
    }
}

/// What a simple `decide` may answer: one event, an `Option`, a `Vec` or an array of events, or [`Events`] themselves.
#[diagnostic::on_unimplemented(
    message = "`decide` cannot answer `{Self}`",
    label = "not events",
    note = "answer `Ok` of one event, `Option<event>`, `Vec<event>`, `[event; N]`, or `Events` for several streams"
)]
pub trait IntoEvents {
    /// Those that name no stream go to `stream`.
    fn into_events(self, stream: StreamId) -> Events;
}

impl IntoEvents for Events {
    fn into_events(self, _: StreamId) -> Events {
        self
    }
}

impl<E: Event> IntoEvents for E {
    fn into_events(self, stream: StreamId) -> Events {
        Events::one(stream, self)
    }
}

impl<E: Event> IntoEvents for Option<E> {
    fn into_events(self, stream: StreamId) -> Events {
        self.map_or_else(Events::none, |event| Events::one(stream, event))
    }
}

impl<E: Event> IntoEvents for Vec<E> {
    fn into_events(self, stream: StreamId) -> Events {
        self.into_iter().fold(Events::none(), |events, event| events.and(stream.clone(), event))
    }
}

impl<E: Event, const N: usize> IntoEvents for [E; N] {
    fn into_events(self, stream: StreamId) -> Events {
        self.into_iter().fold(Events::none(), |events, event| events.and(stream.clone(), event))
    }
}
