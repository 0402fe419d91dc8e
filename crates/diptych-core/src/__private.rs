//! What the derives and attributes of `diptych-macros` name in the code they write. Not for use by hand.

pub use async_trait;
pub use schemars;
pub use serde;
pub use serde_json;

use crate::codec::{self, DecodeError, EventSchema};

/// Reads the payload of one event.
///
/// # Errors
/// [`DecodeError::Payload`] where it does not fit.
pub fn read<T: serde::de::DeserializeOwned>(name: &str, payload: &[u8]) -> Result<T, DecodeError> {
    serde_json::from_slice(payload).map_err(|source| DecodeError::Payload { name: name.to_owned(), source })
}

/// Says that none of these schemas has this name.
#[must_use]
pub fn unknown(schemas: &[EventSchema], name: &str) -> DecodeError {
    let known = schemas.iter().map(|schema| schema.name).collect::<Vec<_>>().join(", ");
    DecodeError::UnknownName { name: name.to_owned(), known }
}

/// The schemas of an event enum and of those nested in it.
///
/// # Panics
/// Two of them share a stored name, so that a stored event could not be told apart.
#[must_use]
pub fn join(owner: &str, parts: &[&[EventSchema]]) -> Vec<EventSchema> {
    let all = parts.concat();
    let mut names: Vec<_> = codec::stored_names(&all).collect();
    names.sort();
    if let Some([twice, _]) = names.array_windows().find(|[a, b]| a == b) {
        panic!(
            "two of the events of {owner} are stored as {twice:?}; give one of them a name of its own: #[event(name = \"…\")]"
        );
    }
    all
}
