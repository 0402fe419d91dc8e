//! What tests of several files are given: a context, and stored events.

use std::sync::Arc;

use diptych::{
    CausationId, Context, CorrelationId, Event, Failure, Metadata, Position, RecordedEvent, Revision, Sealed,
    StreamId, Timestamp,
    codec::{self, DecodeError},
    id::TimeOrderedIds,
    metadata::Provenance,
    personal::{Blind, Blinder, Sealer},
};

#[derive(Debug)]
struct NoBlinder;

impl Blinder for NoBlinder {
    fn blind(&self, purpose: &str, value: &str) -> Blind {
        Blind(format!("{purpose}#{}", value.len()).into())
    }
}

/// Seals by naming whom it is about.
pub(crate) struct OpenSealer;

impl Sealer for OpenSealer {
    fn seal(&self, subject: &str, plain: &[u8]) -> Result<Sealed, Failure> {
        Ok(Sealed::new(subject, &plain.len().to_string()))
    }
}

pub(crate) fn now() -> Timestamp {
    Timestamp::parse("2025-11-21T07:00:00Z").unwrap()
}

pub(crate) fn context() -> Context {
    Context::new(now(), None, Arc::new(TimeOrderedIds), Arc::new(NoBlinder))
}

pub(crate) fn provenance() -> Provenance {
    Provenance {
        event_id: uuid::Uuid::nil(),
        correlation_id: CorrelationId::new("c-1").unwrap(),
        causation_id: CausationId::new("test"),
        recorded_at: now(),
        actor: None,
    }
}

pub(crate) fn stored(name: &str, version: u32, json: &str) -> RecordedEvent {
    RecordedEvent {
        event_type: name.into(),
        schema_version: version,
        payload: json.to_owned().into(),
        tags: Vec::new(),
        metadata: Metadata {
            position: Position::from_i64(7),
            stream: StreamId::parse("account", "A-1").unwrap(),
            revision: Revision::from_i64(0),
            provenance: provenance(),
        },
    }
}

pub(crate) fn decode<E: Event>(name: &str, version: u32, json: &str) -> Result<Vec<E>, DecodeError> {
    codec::decode(&stored(name, version, json)).map(|decoded| decoded.into_iter().collect())
}
