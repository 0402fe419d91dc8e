//! The one thing that a client may say: `{ "subscribe": { "types": […], "correlationId": "…" } }`.

use diptych::CorrelationId;
use serde::Deserialize;

use crate::{Thing, body};

/// The longest message, in bytes.
pub(super) const LONGEST: usize = 64 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    subscribe: Narrowing,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Narrowing {
    types: Option<Vec<String>>,
    correlation_id: Option<String>,
}

/// What a client wants to be told of.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) things: Vec<Thing>,
    pub(super) correlation_id: Option<CorrelationId>,
}

impl Wish {
    /// Reads a message; `had` is what this socket can tell of. No types, or an empty list of them, narrows nothing.
    ///
    /// # Errors
    /// What is wrong with it, for the frame that closes the socket.
    pub(super) fn parse(text: &str, had: &[Thing]) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("a message has at most {LONGEST} bytes"));
        }
        let Said { subscribe } =
            body::from_json(text.as_bytes()).map_err(|error| format!("only subscribe is taken: {error}"))?;
        let types = subscribe.types.unwrap_or_default();
        if types.iter().any(|name| !had.iter().any(|thing| thing.updated() == name)) {
            let known: Vec<_> = had.iter().map(Thing::updated).collect();
            return Err(format!("types here are: {}", known.join(", ")));
        }
        let is_wanted = |thing: &&Thing| types.is_empty() || types.iter().any(|name| thing.updated() == name);
        let correlation_id = subscribe.correlation_id.map(CorrelationId::new).transpose();
        Ok(Self {
            things: had.iter().filter(is_wanted).cloned().collect(),
            correlation_id: correlation_id.map_err(|error| format!("correlationId {error}"))?,
        })
    }
}
