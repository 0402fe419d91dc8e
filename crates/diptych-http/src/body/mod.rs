//! Bodies: bytes to a command, in three steps that each have their own refusals.
//!
//! 1. [`read`]: no `Content-Encoding` (415), at most [`LIMIT`] bytes (413).
//! 2. [`check`]: the bytes are one strict JSON text (400).
//! 3. [`from_json`]: the text has the shape of the command (422, with the JSON pointer of what is wrong).
//!
//! Step 2 comes before step 3 for the whole body, so that what is not JSON is 400 also where an earlier member is of
//! the wrong type. Both steps walk the text with `hifijson`, which keeps numbers as they were written and answers lone
//! surrogates with an error; `serde_json` does the first only with a feature that changes it for everyone.
//!
//! Rules for the types that a command is made of: members that may be left out are `Option`s (`null` means absent),
//! structs are `#[serde(rename_all = "camelCase", deny_unknown_fields)]`, texts are [`Text`], whole numbers are
//! [`Integer`], decimal ones [`Money`](crate::Money) or made from a [`Literal`]. A newtype with a rule of its own says
//! `#[serde(try_from = "…")]`: the message of its error becomes the `detail` at its pointer. `flatten`, `untagged` and
//! `tag` are to be kept out of commands: serde reads through a buffer there, which loses literals and pointers.

mod fault;
mod integer;
mod literal;
mod pointer;
mod read;
mod strict;
mod text;
mod typed;

use serde::de::DeserializeOwned;

pub use integer::Integer;
pub use literal::{Literal, LiteralError};
pub use pointer::{Pointer, Segment};
pub use read::{LIMIT, read};
pub use strict::check;
pub use text::{Text, TextError};

/// Why a body is refused; each case has a status of its own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// There is a `Content-Encoding` header (415).
    #[error("a Content-Encoding is not taken")]
    Encoded,
    /// The body is larger than [`LIMIT`] (413).
    #[error("the body is larger than {LIMIT} bytes")]
    TooLarge,
    /// The body ended before its time (400); nobody is likely to read the answer.
    #[error("the body did not arrive whole")]
    Interrupted,
    /// The bytes are not strict JSON (400).
    #[error("line {line}, column {column}: {detail}")]
    Malformed {
        /// What is wrong.
        detail: String,
        /// The line, from 1.
        line: usize,
        /// The character in the line, from 1.
        column: usize,
    },
    /// The JSON is not what the command takes (422).
    #[error("{pointer} {detail}")]
    Invalid {
        /// The member that is at fault, or that is missing.
        pointer: Pointer,
        /// What it has to be, and what it is.
        detail: String,
    },
}

/// Reads a command out of a body.
///
/// An empty body is taken for `{}` where the command needs no member. Any text with U+0000 is refused.
///
/// # Errors
/// [`BodyError::Malformed`] where the bytes are not strict JSON; [`BodyError::Invalid`] where the shape is wrong.
///
/// # Example
/// ```
/// use diptych_http::body::{BodyError, Integer, Text, from_json};
///
/// #[derive(serde::Deserialize, Debug)]
/// #[serde(rename_all = "camelCase", deny_unknown_fields)]
/// struct AddItem {
///     name: Text<1, 200>,
///     quantity: Integer<1, 10_000>,
/// }
///
/// let error = from_json::<AddItem>(br#"{"name": "Keyboard", "quantity": 1.0}"#).unwrap_err();
/// let BodyError::Invalid { pointer, .. } = error else { panic!() };
/// assert_eq!(pointer.to_string(), "/quantity");
/// ```
pub fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, BodyError> {
    if bytes.is_empty()
        && let Ok(command) = typed::parse(b"{}")
    {
        return Ok(command);
    }
    let facts = check(bytes)?;
    if let Some(pointer) = facts.nul {
        return Err(BodyError::Invalid { pointer, detail: "must not contain U+0000".to_owned() });
    }
    typed::parse(bytes)
}

#[cfg(test)]
mod tests;
