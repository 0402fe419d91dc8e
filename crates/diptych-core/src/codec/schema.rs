//! The schema of one event: its stored name, its version, what it was called before, and how old ones are read.

use super::{DecodeError, Upcast};

/// How one fact is stored.
#[derive(Clone, Copy, Debug)]
pub struct EventSchema {
    /// The stored name. It outlives the code: renaming the variant must not change it.
    pub name: &'static str,
    /// The version written now, 1-based.
    pub version: u32,
    /// Names under which it was stored before.
    pub former_names: &'static [&'static str],
    /// The steps from older versions, one each.
    pub upcasts: &'static [Upcast],
}

/// The schema that a stored name, current or former, belongs to.
#[must_use]
pub fn find<'a>(schemas: &'a [EventSchema], stored: &str) -> Option<&'a EventSchema> {
    schemas.iter().find(|schema| schema.name == stored || schema.former_names.contains(&stored))
}

pub(super) fn known<'a>(schemas: &'a [EventSchema], stored: &str) -> Result<&'a EventSchema, DecodeError> {
    find(schemas, stored).ok_or_else(|| DecodeError::UnknownName {
        name: stored.to_owned(),
        known: schemas.iter().map(|schema| schema.name).collect::<Vec<_>>().join(", "),
    })
}
