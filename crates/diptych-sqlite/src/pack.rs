//! Packed texts: one that ends in a UUID is kept as a blob of its 16 bytes followed by what stands before it.
//!
//! Ids, tags and causations mostly end in a UUIDv7, so this halves them, and since the bytes that tell the time come
//! first, an index over them grows at its end. Packing is one to one: a text that can be packed always is.

use diptych_core::metadata::{CausationId, CorrelationId, id_at_end};
use rusqlite::{
    ToSql,
    types::{FromSqlError, ToSqlOutput, ValueRef},
};
use uuid::{Uuid, fmt::Hyphenated};

/// The bytes of a UUID.
const ID: usize = 16;
/// The most bytes before a UUID that are packed with it.
const PREFIX: usize = 64;

/// A text as it is stored.
pub(crate) enum Packed<'a> {
    Text(&'a str),
    /// A text that is kept in parts elsewhere.
    Whole(String),
    Blob {
        bytes: [u8; ID + PREFIX],
        len: usize,
    },
}

/// Packs a text.
pub(crate) fn pack(text: &str) -> Packed<'_> {
    let (prefix, id) = id_at_end(text);
    id.and_then(|id| together(prefix, id)).unwrap_or(Packed::Text(text))
}

/// A correlation id as it is stored.
pub(crate) fn pack_correlation(id: &CorrelationId) -> Packed<'_> {
    match id.parts() {
        (prefix, Some(id)) => together(prefix, id).unwrap_or_else(|| Packed::Whole(id.to_string())),
        (text, None) => pack(text),
    }
}

/// A causation id as it is stored.
pub(crate) fn pack_causation(id: &CausationId) -> Packed<'_> {
    match id.parts() {
        (prefix, Some(uuid)) => together(prefix, uuid).unwrap_or_else(|| Packed::Whole(id.to_string())),
        (text, None) => Packed::Text(text),
    }
}

/// None where too much stands before the UUID.
fn together(prefix: &str, id: Uuid) -> Option<Packed<'static>> {
    let (mut bytes, len) = ([0; ID + PREFIX], ID + prefix.len());
    bytes[..ID].copy_from_slice(id.as_bytes());
    bytes.get_mut(ID..len)?.copy_from_slice(prefix.as_bytes());
    Some(Packed::Blob { bytes, len })
}

/// What stands before a UUID, and that UUID, of a text that was packed with one.
pub(crate) fn parts(blob: &[u8]) -> Result<(&str, Uuid), FromSqlError> {
    let (id, prefix) = blob.split_at_checked(ID).ok_or(FromSqlError::InvalidType)?;
    let prefix = std::str::from_utf8(prefix).map_err(FromSqlError::other)?;
    Ok((prefix, Uuid::from_slice(id).map_err(FromSqlError::other)?))
}

/// Calls `take` with the text that was packed.
pub(crate) fn unpack<T>(value: ValueRef<'_>, take: impl FnOnce(&str) -> T) -> Result<T, FromSqlError> {
    match value {
        ValueRef::Text(text) => Ok(take(std::str::from_utf8(text).map_err(FromSqlError::other)?)),
        ValueRef::Blob(bytes) => {
            let (id, prefix) = bytes.split_at_checked(ID).ok_or(FromSqlError::InvalidType)?;
            let id = Uuid::from_slice(id).map_err(FromSqlError::other)?;
            let mut text = [0; PREFIX + Hyphenated::LENGTH];
            let end = prefix.len() + Hyphenated::LENGTH;
            let (before, written) =
                text.get_mut(..end).ok_or(FromSqlError::InvalidType)?.split_at_mut(prefix.len());
            before.copy_from_slice(prefix);
            id.hyphenated().encode_lower(written);
            Ok(take(std::str::from_utf8(&text[..end]).map_err(FromSqlError::other)?))
        }
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => Err(FromSqlError::InvalidType),
    }
}

impl ToSql for Packed<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Whole(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob { bytes, len } => ValueRef::Blob(&bytes[..*len]),
        }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stored<'a>(packed: &'a Packed<'_>) -> ValueRef<'a> {
        match packed {
            Packed::Text(text) => ValueRef::Text(text.as_bytes()),
            Packed::Whole(text) => ValueRef::Text(text.as_bytes()),
            Packed::Blob { bytes, len } => ValueRef::Blob(&bytes[..*len]),
        }
    }

    #[test]
    fn a_uuid_takes_its_bytes_and_what_stands_before_it() {
        let id = "0192f0c1-2345-7abc-8def-0123456789ab";
        for (text, len) in
            [(id.to_owned(), Some(16)), (format!("order:{id}"), Some(22)), (format!("{id}x"), None)]
        {
            let packed = pack(&text);
            let found = if let Packed::Blob { len, .. } = packed { Some(len) } else { None };
            assert_eq!(found, len, "{text}");
        }
        assert!(matches!(pack(&id.to_uppercase()), Packed::Text(_)));
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_back(prefix in ".{0,80}", id in any::<Option<[u8; 16]>>()) {
            let id = id.map(|id| Uuid::from_bytes(id).to_string()).unwrap_or_default();
            let text = format!("{prefix}{id}");
            let packed = pack(&text);
            let back = unpack(stored(&packed), str::to_owned).unwrap();
            prop_assert_eq!(&back, &text);
            let (correlation, causation) = (CorrelationId::stored(&text), CausationId::new(&text));
            let (correlation, causation) = (pack_correlation(&correlation), pack_causation(&causation));
            prop_assert_eq!(stored(&correlation), stored(&packed));
            prop_assert_eq!(stored(&causation), stored(&packed));
        }
    }
}
