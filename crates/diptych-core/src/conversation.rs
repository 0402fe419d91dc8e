//! What leads from message to message: the conversation's id, and the id of what led directly to an event.
//!
//! Every event has both, and both mostly end in a UUID. That is kept as its sixteen bytes and written out only where somebody
//! looks, so reading an event neither writes them out nor allocates. A text has one form only: where it can be kept as a UUID it
//! is, so equal texts are equal values.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use smol_str::SmolStr;
use uuid::{Uuid, fmt::Hyphenated};

use crate::id::{Id, InvalidId, check_id};

/// The first message of the conversation: all that one request led to carries the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CorrelationId(Kept);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Kept {
    Uuid(Uuid),
    Text(SmolStr),
}

impl CorrelationId {
    /// One that was given from outside; the characters are those of ids.
    ///
    /// # Errors
    /// [`InvalidId`] where the text breaks the rules of ids.
    pub fn new(text: impl AsRef<str>) -> Result<Self, InvalidId> {
        check_id(text.as_ref())?;
        Ok(Self::stored(text.as_ref()))
    }

    /// One that was checked when it was stored. For adapters, which read one with every event.
    #[must_use]
    pub fn stored(text: &str) -> Self {
        Self(canonical(text).map_or_else(|| Kept::Text(text.into()), Kept::Uuid))
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        match self.parts() {
            (text, None) => Cow::Borrowed(text),
            (_, Some(id)) => Cow::Owned(id.to_string()),
        }
    }

    /// A text, or nothing and the UUID that is the whole of it: for adapters, which keep that as its bytes.
    #[must_use]
    pub fn parts(&self) -> (&str, Option<Uuid>) {
        match &self.0 {
            Kept::Uuid(id) => ("", Some(*id)),
            Kept::Text(text) => (text, None),
        }
    }
}

impl From<Uuid> for CorrelationId {
    fn from(id: Uuid) -> Self {
        Self(Kept::Uuid(id))
    }
}

impl From<Uuid> for Id {
    /// A UUID has only characters of ids.
    fn from(id: Uuid) -> Self {
        Self::stored(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
    }
}

impl FromStr for CorrelationId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Self::new(text)
    }
}

impl fmt::Display for CorrelationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, self.parts())
    }
}

/// As their texts.
impl Ord for CorrelationId {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        match (&self.0, &other.0) {
            (Kept::Uuid(one), Kept::Uuid(other)) => one.cmp(other),
            (Kept::Uuid(_) | Kept::Text(_), Kept::Uuid(_) | Kept::Text(_)) => self.text().cmp(&other.text()),
        }
    }
}

impl PartialOrd for CorrelationId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Serialize for CorrelationId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CorrelationId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// The message that led directly here: a command's name and id, or the event that a handler reacted to. Any text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CausationId {
    before: SmolStr,
    id: Option<Uuid>,
}

impl CausationId {
    /// One of this text.
    #[must_use]
    pub fn new(text: impl AsRef<str>) -> Self {
        let (before, id) = id_at_end(text.as_ref());
        Self { before: before.into(), id }
    }

    /// One whose text ends in a UUID, before which this stands.
    #[must_use]
    pub fn ending_in(before: impl Into<SmolStr>, id: Uuid) -> Self {
        Self { before: before.into(), id: Some(id) }
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        match self.id {
            Some(_) => Cow::Owned(self.to_string()),
            None => Cow::Borrowed(&self.before),
        }
    }

    /// What stands before the UUID in which the text ends, and that UUID; the whole text where it ends in none.
    #[must_use]
    pub fn parts(&self) -> (&str, Option<Uuid>) {
        (&self.before, self.id)
    }
}

impl fmt::Display for CausationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, self.parts())
    }
}

impl Serialize for CausationId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CausationId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// The UUID in which a text ends, and what stands before it; the whole text where it ends in none. One to one: the UUID is in
/// its usual writing.
#[must_use]
pub fn id_at_end(text: &str) -> (&str, Option<Uuid>) {
    let start = text.len().checked_sub(Hyphenated::LENGTH);
    let split = start.and_then(|start| text.split_at_checked(start));
    let found = split.and_then(|(before, id)| Some((before, canonical(id)?)));
    found.map_or((text, None), |(before, id)| (before, Some(id)))
}

/// The UUID that this text is the usual writing of.
fn canonical(text: &str) -> Option<Uuid> {
    if text.len() != Hyphenated::LENGTH {
        return None;
    }
    let id = Uuid::try_parse_ascii(text.as_bytes()).ok()?;
    (id.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == text).then_some(id)
}

fn write(f: &mut fmt::Formatter<'_>, (before, id): (&str, Option<Uuid>)) -> fmt::Result {
    f.write_str(before)?;
    match id {
        Some(id) => f.write_str(id.hyphenated().encode_lower(&mut Uuid::encode_buffer())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0192f0c1-2345-7abc-8def-0123456789ab";

    #[test]
    fn a_text_comes_back_whether_or_not_it_ends_in_a_uuid() {
        for text in [ID, "req-1", &format!("Deposit:{ID}"), &ID.to_uppercase(), &format!("{ID}x"), "ä"] {
            assert_eq!(CausationId::new(text).to_string(), text);
            assert_eq!(CausationId::new(text).text(), text);
            assert_eq!(CorrelationId::stored(text).to_string(), text);
            assert_eq!(CorrelationId::stored(text).text(), text);
        }
        assert_eq!(CausationId::new(format!("Deposit:{ID}")).parts(), ("Deposit:", ID.parse().ok()));
        assert_eq!(CorrelationId::stored(&format!("a-{ID}")).parts().1, None);
    }

    #[test]
    fn equal_texts_are_equal_however_they_were_made() {
        let id: Uuid = ID.parse().unwrap();
        assert_eq!(CorrelationId::from(id), CorrelationId::new(ID).unwrap());
        assert_eq!(CausationId::ending_in("Deposit:", id), CausationId::new(format!("Deposit:{ID}")));
    }

    #[test]
    fn correlation_ids_are_in_the_order_of_their_texts() {
        let mut texts = [ID, "0", "1", "z", "0192f0c1-2345-7abc-8def-0123456789aa"];
        let mut ids = texts.map(CorrelationId::stored);
        ids.sort();
        texts.sort_unstable();
        assert_eq!(ids.map(|id| id.to_string()), texts.map(str::to_owned));
    }

    #[test]
    fn both_are_plain_texts_in_json() {
        let (text, json) = (format!("Deposit:{ID}"), format!("\"Deposit:{ID}\""));
        assert_eq!(serde_json::to_string(&CausationId::new(&text)).unwrap(), json);
        assert_eq!(serde_json::from_str::<CausationId>(&json).unwrap(), CausationId::new(&text));
        let json = format!("\"{ID}\"");
        assert_eq!(serde_json::to_string(&CorrelationId::stored(ID)).unwrap(), json);
        assert_eq!(serde_json::from_str::<CorrelationId>(&json).unwrap(), CorrelationId::stored(ID));
        assert!(serde_json::from_str::<CorrelationId>("\"a b\"").is_err());
    }
}
