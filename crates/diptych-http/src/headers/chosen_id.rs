//! `X-Correlation-ID` and `Idempotency-Key`: names that a caller chooses.

use std::{fmt, str::FromStr, sync::Arc};

use http::HeaderMap;

use super::{HeaderError, single};
use crate::ids::is_id_character;

/// Breaks the rules of the characters or the length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to {max} characters of A-Z a-z 0-9 . _ : -")]
pub struct ChosenIdError {
    max: usize,
}

fn keep(text: &str, max: usize) -> Result<Arc<str>, ChosenIdError> {
    let good = (1..=max).contains(&text.len()) && text.chars().all(is_id_character);
    if good { Ok(text.into()) } else { Err(ChosenIdError { max }) }
}

macro_rules! chosen_id {
    ($(#[$doc:meta])* $name:ident, $header:literal, $max:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The header that carries it.
            pub const HEADER: &'static str = $header;

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Out of the headers of a request.
            ///
            /// # Errors
            /// [`HeaderError`] where it is given twice, is too long, or has other characters than an id.
            pub fn of(headers: &HeaderMap) -> Result<Option<Self>, HeaderError> {
                let parse = |text: &str| {
                    text.parse().map_err(|error: ChosenIdError| HeaderError::new($header, error.to_string()))
                };
                single(headers, $header)?.map(parse).transpose()
            }
        }

        impl FromStr for $name {
            type Err = ChosenIdError;

            fn from_str(text: &str) -> Result<Self, ChosenIdError> {
                keep(text, $max).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

chosen_id! {
    /// Names a conversation: at most 128 characters of those that ids have.
    CorrelationId, "X-Correlation-ID", 128
}

chosen_id! {
    /// Makes the repetition of a command harmless: at most 255 characters of those that ids have.
    IdempotencyKey, "Idempotency-Key", 255
}
