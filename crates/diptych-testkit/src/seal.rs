//! Sealing and blinding without secrets, so that tests can name what comes out.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use diptych_core::{
    Failure, FailureKind, Personal, Sealed,
    personal::{Blind, Blinder, PersonalField, Sealer},
};
use serde::{Serialize, de::DeserializeOwned};

/// Seals and blinds so that the same value gives the same text, and a failing test can be read: the "ciphertext" is the
/// value in base64url. For tests alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct TestSealer;

impl Sealer for TestSealer {
    fn seal(&self, subject: &str, plain: &[u8]) -> Result<Sealed, Failure> {
        let token = Sealed::new(subject, &URL_SAFE_NO_PAD.encode(plain));
        Sealed::parse(token.as_str())
            .map_err(|error| Failure::new(FailureKind::Invalid, format!("sealing for {subject:?}"), error))
    }
}

impl Blinder for TestSealer {
    fn blind(&self, purpose: &str, value: &str) -> Blind {
        Blind(format!("{purpose}.{}", URL_SAFE_NO_PAD.encode(value)).into())
    }
}

/// The personal value as it comes back from a store in given/when/then.
///
/// # Panics
/// Where `subject` is no id, or the value cannot be written as JSON.
#[must_use]
pub fn sealed<T: Serialize + DeserializeOwned>(subject: &str, value: T) -> Personal<T> {
    let mut field = Personal::plain(value);
    field.seal(subject, &TestSealer).unwrap_or_else(|failure| panic!("{}", failure.chain()));
    field
}

/// The blind value that a decision gets in given/when/then.
///
/// ```
/// assert_eq!(diptych_testkit::blind("email", "ann@example.org"), diptych_testkit::blind("email", "ann@example.org"));
/// assert_ne!(diptych_testkit::blind("email", "ann@example.org"), diptych_testkit::blind("name", "ann@example.org"));
/// ```
#[must_use]
pub fn blind(purpose: &str, value: &str) -> Blind {
    TestSealer.blind(purpose, value)
}
