//! E-mail addresses, and how one is found again without being read.

use std::{borrow::Cow, fmt, str::FromStr};

use diptych::{Context, Personal, personal::Blind};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

/// An address: at most 254 characters, with one `@` that something stands before and after, without blanks or controls.
///
/// Kept as it was written, compared without regard to case. It does not show itself in logs.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Email(String);

/// Why a text is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoEmail {
    /// It is too long.
    #[error("must have at most {} characters", Email::MAX)]
    TooLong,
    /// It has no `@`, or several, or nothing beside it.
    #[error("must have one @, with something before and after it")]
    NoAt,
    /// It has a blank or a control character.
    #[error("must not contain blanks or control characters")]
    Blank,
}

impl Email {
    /// The most characters.
    pub const MAX: usize = 254;

    /// What stands before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.0.split_once('@').map_or("", |(local, _)| local)
    }

    /// The keyed hash by which this address is found, however its letters are written.
    #[must_use]
    pub fn key(&self, cx: &Context) -> Blind {
        cx.blind("email", &self.0.to_lowercase())
    }

    /// As it is put into an event, to be sealed there.
    #[must_use]
    pub fn personal(&self) -> Personal<String> {
        Personal::plain(self.0.clone())
    }
}

impl FromStr for Email {
    type Err = NoEmail;

    fn from_str(text: &str) -> Result<Self, NoEmail> {
        text.to_owned().try_into()
    }
}

impl TryFrom<String> for Email {
    type Error = NoEmail;

    fn try_from(text: String) -> Result<Self, NoEmail> {
        if text.chars().count() > Self::MAX {
            return Err(NoEmail::TooLong);
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(NoEmail::Blank);
        }
        match text.split_once('@') {
            Some((local, domain)) if !local.is_empty() && !domain.is_empty() && !domain.contains('@') => {
                Ok(Self(text))
            }
            _ => Err(NoEmail::NoAt),
        }
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(..)")
    }
}

impl JsonSchema for Email {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Email".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "maxLength": Self::MAX, "pattern": "^[^@\\s\\u0000-\\u001f\\u007f-\\u009f]+@[^@\\s\\u0000-\\u001f\\u007f-\\u009f]+$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_at_and_no_blanks() {
        for good in ["a@b", "Ann.B+x@Example.org", "ä@ö", &format!("{}@b", "a".repeat(252))] {
            assert!(good.parse::<Email>().is_ok(), "{good}");
        }
        for (bad, why) in [
            ("", NoEmail::NoAt),
            ("ann", NoEmail::NoAt),
            ("@b", NoEmail::NoAt),
            ("a@", NoEmail::NoAt),
            ("a@b@c", NoEmail::NoAt),
            ("a b@c", NoEmail::Blank),
            ("a@b\u{a0}c", NoEmail::Blank),
            ("a@b\0", NoEmail::Blank),
            (&format!("{}@b", "a".repeat(253)), NoEmail::TooLong),
        ] {
            assert_eq!(bad.parse::<Email>(), Err(why), "{bad:?}");
        }
    }

    #[test]
    fn an_address_does_not_show_itself() {
        let email: Email = "ann@example.org".parse().unwrap();
        assert_eq!((email.local_part(), format!("{email:?}").as_str()), ("ann", "Email(..)"));
    }
}
