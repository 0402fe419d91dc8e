//! The rules of ids: what may name a thing in a path or a body.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// The most characters an id may have.
pub const MAX_LENGTH: usize = 128;

/// Whether ids, correlation ids and idempotency keys may have this character.
#[must_use]
pub const fn is_id_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | ':' | '-')
}

/// An id: 1 to 128 characters of `A-Z a-z 0-9 . _ : -`, neither `.` nor `..`.
///
/// In a body one that breaks the rules is 422 at its pointer; in a path it is 404, since nothing can have it.
///
/// # Example
/// ```
/// use diptych_http::ids::{Id, IdError};
///
/// let id: Id = "ORD-001".parse().unwrap();
/// assert_eq!(id.as_str(), "ORD-001");
/// assert_eq!("..".parse::<Id>(), Err(IdError::Dots));
/// assert_eq!("search".parse::<Id>().unwrap().beside(&["search"]), Err(IdError::Reserved));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Id(String);

/// Which rule an id breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Empty, or longer than [`MAX_LENGTH`].
    #[error("must have 1 to {MAX_LENGTH} characters")]
    Length,
    /// It has a character that ids do not have.
    #[error("must have no characters but A-Z a-z 0-9 . _ : -")]
    Character,
    /// It is `.` or `..`, which paths take for something else.
    #[error("must not be . or ..")]
    Dots,
    /// It is a word that is a route beside it.
    #[error("must not be a word that is a route beside it")]
    Reserved,
}

/// Checks the rules.
///
/// # Errors
/// [`IdError`] says which rule is broken.
pub fn check(text: &str) -> Result<(), IdError> {
    if !text.chars().all(is_id_character) {
        Err(IdError::Character)
    } else if !(1..=MAX_LENGTH).contains(&text.len()) {
        Err(IdError::Length)
    } else if text == "." || text == ".." {
        Err(IdError::Dots)
    } else {
        Ok(())
    }
}

impl Id {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same id, where it is none of the words that are routes beside it.
    ///
    /// # Errors
    /// [`IdError::Reserved`] where it is one.
    pub fn beside(self, words: &[&str]) -> Result<Self, IdError> {
        if words.contains(&self.as_str()) { Err(IdError::Reserved) } else { Ok(self) }
    }
}

impl TryFrom<String> for Id {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        check(&text).map(|()| Self(text))
    }
}

impl FromStr for Id {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        text.to_owned().try_into()
    }
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        id.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl JsonSchema for Id {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Id".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_LENGTH,
            "pattern": "^[A-Za-z0-9._:-]+$",
            "not": { "enum": [".", ".."] },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_keep_to_their_characters_and_length() {
        for good in ["a", "ORD-001", "a.b_c:d-e", "...", "Search", &"x".repeat(128)] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for (bad, rule) in [
            ("", IdError::Length),
            (&"x".repeat(129), IdError::Length),
            (".", IdError::Dots),
            ("..", IdError::Dots),
            ("a/b", IdError::Character),
            ("a b", IdError::Character),
            ("ä", IdError::Character),
            ("a\0", IdError::Character),
            ("a'\"", IdError::Character),
            ("%2e", IdError::Character),
        ] {
            assert_eq!(check(bad), Err(rule), "{bad:?}");
        }
    }

    #[test]
    fn an_id_in_a_body_is_pointed_at_with_its_rule() {
        #[derive(Debug, Deserialize)]
        struct Command {
            id: Id,
        }
        let good: Command = crate::body::from_json(br#"{"id":"A"}"#).unwrap();
        assert_eq!(good.id.as_str(), "A");
        let error = crate::body::from_json::<Command>(br#"{"id":"a/b"}"#).unwrap_err();
        assert_eq!(error.to_string(), "/id must have no characters but A-Z a-z 0-9 . _ : -");
    }
}
