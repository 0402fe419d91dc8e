//! Events as they are exchanged: CloudEvents 1.0 in JSON, one a line, in the form in which they are stored.
//!
//! What is ours has extension attributes: numbers that may be large are texts, since an integer has 32 bits there. Payloads are
//! passed on byte for byte; what is sealed stays sealed.

use std::borrow::Cow;

use diptych::{
    Actor, CausationId, CorrelationId, NewEvent, RecordedEvent, Revision, StreamId, Tag, Timestamp,
    metadata::Provenance,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

/// Who says it; there is no better address.
const SOURCE: &str = "/diptych";
const JSON: &str = "application/json";

/// See the page.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CloudEvent<'a> {
    specversion: Cow<'a, str>,
    id: Uuid,
    #[serde(default)]
    source: Cow<'a, str>,
    r#type: Cow<'a, str>,
    subject: Cow<'a, str>,
    time: Timestamp,
    #[serde(default)]
    datacontenttype: Option<Cow<'a, str>>,
    #[serde(default)]
    position: Option<Cow<'a, str>>,
    revision: Cow<'a, str>,
    schemaversion: u32,
    correlationid: Cow<'a, str>,
    causationid: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    actor: Option<Cow<'a, str>>,
    /// A list as JSON, since an attribute is no list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tags: Option<Cow<'a, str>>,
    data: Box<RawValue>,
}

/// A line that is no event of ours.
#[derive(Debug, thiserror::Error)]
pub(super) enum CloudError {
    #[error("it is no CloudEvent with our attributes")]
    Json(#[from] serde_json::Error),
    #[error("{attribute} is {found:?}")]
    Attribute { attribute: &'static str, found: String },
}

impl<'a> CloudEvent<'a> {
    pub(super) fn of(event: &'a RecordedEvent) -> Result<Self, serde_json::Error> {
        let at = &event.metadata;
        let tags = (!event.tags.is_empty()).then(|| serde_json::to_string(&event.tags)).transpose()?;
        Ok(Self {
            specversion: "1.0".into(),
            id: at.event_id,
            source: SOURCE.into(),
            r#type: Cow::Borrowed(&event.event_type),
            subject: at.stream.to_string().into(),
            time: at.recorded_at,
            datacontenttype: Some(JSON.into()),
            position: Some(at.position.to_string().into()),
            revision: at.revision.to_string().into(),
            schemaversion: event.schema_version,
            correlationid: at.correlation_id.text(),
            causationid: at.causation_id.text(),
            actor: at.actor.as_ref().map(|actor| Cow::Borrowed(&*actor.0)),
            tags: tags.map(Cow::Owned),
            data: serde_json::from_slice(&event.payload)?,
        })
    }

    /// The event with the revision it had. Its position is of the store it came from.
    pub(super) fn taken(self) -> Result<(Revision, NewEvent), CloudError> {
        let wrong = |attribute, found: &str| CloudError::Attribute { attribute, found: found.to_owned() };
        if self.specversion != "1.0" {
            return Err(wrong("specversion", &self.specversion));
        }
        let parsed = self.subject.split_once('/').map(|(category, id)| StreamId::parse(category, id));
        let Some(Ok(stream)) = parsed else { return Err(wrong("subject", &self.subject)) };
        let revision: u64 = self.revision.parse().map_err(|_| wrong("revision", &self.revision))?;
        let correlation_id = CorrelationId::new(&*self.correlationid)
            .map_err(|_| wrong("correlationid", &self.correlationid))?;
        let tags: Vec<String> =
            self.tags.as_deref().map(serde_json::from_str).transpose()?.unwrap_or_default();
        if let Some(bad) = tags.iter().find(|tag| !tag.contains(':')) {
            return Err(wrong("tags", bad));
        }
        let event = NewEvent {
            stream,
            event_type: self.r#type.into(),
            schema_version: self.schemaversion,
            payload: self.data.get().to_owned().into(),
            tags: tags.iter().map(|tag| Tag::stored(tag)).collect(),
            provenance: Provenance {
                event_id: self.id,
                correlation_id,
                causation_id: CausationId::new(&*self.causationid),
                recorded_at: self.time,
                actor: self.actor.map(|actor| Actor(actor.into())),
            },
        };
        Ok((Revision::new(revision), event))
    }
}
