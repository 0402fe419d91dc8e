//! Personal data: stored only sealed, under a key of the person it is about.
//!
//! A [`Personal`] value is plain only between the caller and the moment its event is recorded. What comes back from a
//! store is [`Sealed`]: folds, projections and read models carry it as it is, and only a query opens it, at the rim.
//! So forgetting one key forgets the person everywhere at once, and a rebuilt row equals the live one.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, de::DeserializeOwned, ser};

use crate::{failure::Failure, id::check_id};

/// A ciphertext with the name of the person whose key opens it. Written `v1:<subject>:<base64url>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sealed(Arc<str>);

/// A text that is not a sealed value.
#[derive(Debug, thiserror::Error)]
#[error("a sealed value reads \"v1:<subject>:<base64url>\"")]
pub struct NotSealed;

impl Sealed {
    /// Joins the parts: whose key, and the nonce and ciphertext in base64url.
    #[must_use]
    pub fn new(subject: &str, ciphertext: &str) -> Self {
        Self(format!("v1:{subject}:{ciphertext}").into())
    }

    /// Reads the written form.
    ///
    /// # Errors
    /// [`NotSealed`] where the text has another form.
    pub fn parse(text: &str) -> Result<Self, NotSealed> {
        let (subject, ciphertext) =
            text.strip_prefix("v1:").and_then(|rest| rest.rsplit_once(':')).ok_or(NotSealed)?;
        if check_id(subject).is_err() || ciphertext.is_empty() {
            return Err(NotSealed);
        }
        Ok(Self(text.into()))
    }

    /// Whose key opens it.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.0.strip_prefix("v1:").and_then(|rest| rest.rsplit_once(':')).map_or("", |(subject, _)| subject)
    }

    /// Nonce and ciphertext, in base64url.
    #[must_use]
    pub fn ciphertext(&self) -> &str {
        self.0.rsplit_once(':').map_or("", |(_, ciphertext)| ciphertext)
    }

    /// The written form, as it may stand in a column of a read model.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A value about a person: a name, an e-mail.
///
/// Mark the field with whom it is about: `#[personal(subject = user_id)] email: Personal<String>`. It has no plain
/// `Debug`, and storing it unsealed is an error, so that it cannot leak by accident.
#[derive(Clone)]
pub struct Personal<T>(State<T>);

#[derive(Clone)]
enum State<T> {
    Plain(T),
    Sealed(Sealed),
}

impl<T> Personal<T> {
    /// A value that was just given by a caller.
    pub const fn plain(value: T) -> Self {
        Self(State::Plain(value))
    }

    /// A value that was stored.
    #[must_use]
    pub const fn sealed(token: Sealed) -> Self {
        Self(State::Sealed(token))
    }

    /// The stored form; none while the value has not been recorded.
    #[must_use]
    pub const fn token(&self) -> Option<&Sealed> {
        match &self.0 {
            State::Plain(_) => None,
            State::Sealed(token) => Some(token),
        }
    }

    /// The value; none once it is sealed.
    pub const fn as_plain(&self) -> Option<&T> {
        match &self.0 {
            State::Plain(value) => Some(value),
            State::Sealed(_) => None,
        }
    }
}

impl<T> From<T> for Personal<T> {
    fn from(value: T) -> Self {
        Self::plain(value)
    }
}

impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            State::Plain(_) => f.write_str("Personal(..)"),
            State::Sealed(token) => write!(f, "Personal(sealed for {})", token.subject()),
        }
    }
}

impl<T: PartialEq> PartialEq for Personal<T> {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (State::Plain(a), State::Plain(b)) => a == b,
            (State::Sealed(a), State::Sealed(b)) => a == b,
            (State::Plain(_), State::Sealed(_)) | (State::Sealed(_), State::Plain(_)) => false,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    sealed: std::borrow::Cow<'a, str>,
}

impl<T> Serialize for Personal<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            State::Sealed(token) => Stored { sealed: token.as_str().into() }.serialize(serializer),
            State::Plain(_) => Err(ser::Error::custom(
                "a personal value was about to be stored unsealed; mark its field #[personal(subject = …)]",
            )),
        }
    }
}

impl<'de, T> Deserialize<'de> for Personal<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = Stored::deserialize(deserializer)?;
        Sealed::parse(&stored.sealed).map(Self::sealed).map_err(de::Error::custom)
    }
}

/// A keyed hash of a personal value, by which it can be found without being read. Made by
/// [`Context::blind`](crate::Context::blind).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Blind(pub Arc<str>);

impl fmt::Display for Blind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Makes keyed hashes. The key is the installation's, so a stolen log cannot be searched for a known e-mail.
pub trait Blinder: Send + Sync + fmt::Debug {
    /// The hash of a value for one purpose (`email`); the same value under another purpose has another hash.
    fn blind(&self, purpose: &str, value: &str) -> Blind;
}

/// Seals bytes under the key of a person. Keys have been fetched before, so sealing does no I/O.
pub trait Sealer {
    /// The sealed form of `plain`.
    ///
    /// # Errors
    /// [`Failure`] where the person's key is not at hand or was destroyed.
    fn seal(&self, subject: &str, plain: &[u8]) -> Result<Sealed, Failure>;
}

/// A personal field, whatever its type: what the codec needs of it.
pub trait PersonalField {
    /// Whether it still has to be sealed.
    fn is_plain(&self) -> bool;

    /// Replaces the plain value by its sealed form; does nothing where that has happened.
    ///
    /// # Errors
    /// [`Failure`] where the sealer has no key for the person.
    fn seal(&mut self, subject: &str, sealer: &dyn Sealer) -> Result<(), Failure>;
}

impl<T: Serialize + DeserializeOwned> PersonalField for Personal<T> {
    fn is_plain(&self) -> bool {
        matches!(self.0, State::Plain(_))
    }

    fn seal(&mut self, subject: &str, sealer: &dyn Sealer) -> Result<(), Failure> {
        if let State::Plain(value) = &self.0 {
            let plain = serde_json::to_vec(value).map_err(|error| {
                Failure::new(crate::FailureKind::Internal, "writing a personal value", error)
            })?;
            self.0 = State::Sealed(sealer.seal(subject, &plain)?);
        }
        Ok(())
    }
}

impl<T: PersonalField> PersonalField for Option<T> {
    fn is_plain(&self) -> bool {
        self.as_ref().is_some_and(T::is_plain)
    }

    fn seal(&mut self, subject: &str, sealer: &dyn Sealer) -> Result<(), Failure> {
        self.as_mut().map_or(Ok(()), |field| field.seal(subject, sealer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_personal_value_shows_itself_nowhere() {
        let name = Personal::plain("Ann".to_owned());
        assert_eq!(format!("{name:?}"), "Personal(..)");
        assert!(serde_json::to_string(&name).is_err());
    }

    #[test]
    fn a_sealed_value_is_written_and_read_back() {
        let token = Sealed::new("USR:1", "AAAA");
        let name: Personal<String> = Personal::sealed(token.clone());
        let json = serde_json::to_string(&name).unwrap();
        assert_eq!(json, r#"{"sealed":"v1:USR:1:AAAA"}"#);
        let back: Personal<String> = serde_json::from_str(&json).unwrap();
        assert_eq!(back.token(), Some(&token));
        assert_eq!((token.subject(), token.ciphertext()), ("USR:1", "AAAA"));
    }
}
