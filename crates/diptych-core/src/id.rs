//! Ids: what may name a thing, and the newtypes that carry it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use smol_str::SmolStr;
use uuid::Uuid;

/// The most characters an id may have.
pub const MAX_ID: usize = 128;

/// An id that breaks the rules; says which.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id is 1 to 128 characters of A-Z a-z 0-9 . _ : -, and neither \".\" nor \"..\"; {problem}")]
pub struct InvalidId {
    problem: String,
}

/// Checks the rules of ids: 1–128 characters of `A-Z a-z 0-9 . _ : -`, neither `.` nor `..`.
///
/// # Errors
/// [`InvalidId`] names the character or the length that is at fault.
pub fn check_id(text: &str) -> Result<(), InvalidId> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b':' | b'-');
    // Byte by byte: ids are checked with every event, and a character outside ASCII has no byte that fits.
    if !text.is_empty() && text.len() <= MAX_ID && text.bytes().all(fits) && text != "." && text != ".." {
        return Ok(());
    }
    Err(InvalidId { problem: problem_of(text) })
}

fn problem_of(text: &str) -> String {
    let bad = text.chars().find(|c| !c.is_ascii_alphanumeric() && !"._:-".contains(*c));
    match bad {
        Some(bad) => format!("{bad:?} is none of them"),
        None if text.is_empty() => "it is empty".to_owned(),
        None if text.len() > MAX_ID => format!("it has {}", text.len()),
        None => format!("it is {text:?}"),
    }
}

/// An id of any kind of thing. Most code wants a newtype of its own instead: `#[derive(Id)] struct OrderId(String);`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(SmolStr);

impl Id {
    /// Takes a text as an id.
    ///
    /// # Errors
    /// [`InvalidId`] where the text breaks the rules of [`check_id`].
    pub fn new(text: impl AsRef<str>) -> Result<Self, InvalidId> {
        check_id(text.as_ref())?;
        Ok(Self(text.as_ref().into()))
    }

    /// The text of an id that was checked when it was stored. For adapters, which read ids with every event.
    #[must_use]
    pub fn stored(text: &str) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Id {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Self::new(text)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl schemars::JsonSchema for Id {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Id".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_ID,
            "pattern": "^[A-Za-z0-9._:-]+$",
            "not": { "enum": [".", ".."] },
        })
    }
}

/// A type whose values name things of one kind. Derive it: `#[derive(Id)] struct AccountId(String);`
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot name a thing",
    label = "not an id type",
    note = "make it a newtype of its own: `#[derive(Id)] struct {Self}(String);`, or use `diptych::Id`"
)]
pub trait Identifier:
    Clone + fmt::Debug + fmt::Display + Ord + FromStr<Err = InvalidId> + Send + Sync + 'static
{
    /// The text, which always keeps the rules of [`check_id`].
    fn id(&self) -> Id;
}

impl Identifier for Id {
    fn id(&self) -> Id {
        self.clone()
    }
}

/// Draws fresh ids. The one place where they are drawn; tests put their own source in.
pub trait IdSource: Send + Sync + fmt::Debug {
    /// A fresh id, larger than those drawn before it within this process as far as the clock allows.
    fn draw(&self) -> Uuid;
}

/// UUIDs of version 7: they start with the time, so that indexes over them grow at their end.
#[derive(Clone, Copy, Debug, Default)]
pub struct TimeOrderedIds;

impl IdSource for TimeOrderedIds {
    #[allow(clippy::disallowed_methods, reason = "the one place where ids are drawn")]
    fn draw(&self) -> Uuid {
        Uuid::now_v7()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_keep_to_their_characters_and_length() {
        for good in ["a", "ORD-001", "a.b_c:d-e", &"x".repeat(128), "..."] {
            assert_eq!(check_id(good), Ok(()), "{good}");
        }
        for bad in ["", ".", "..", "a/b", "ä", "a b", &"x".repeat(129), "a\0"] {
            assert!(check_id(bad).is_err(), "{bad:?}");
        }
    }
}
