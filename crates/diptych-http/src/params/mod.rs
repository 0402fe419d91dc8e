//! Query parameters, read by name: one that nobody reads is unknown, and ignored.
//!
//! An empty filter is no filter. A parameter that is read may be given once: which of two should count is nobody's
//! guess, so a second one is 422. What cannot be decoded is 400, what is out of range is 422, both named.

mod paging;
#[cfg(test)]
mod tests;
mod waiting;

use std::{borrow::Cow, ops::RangeInclusive};

use http::Uri;
use jiff::civil::Date;
use percent_encoding::percent_decode_str;

use crate::{Money, MoneyError};

pub use paging::{DEFAULT_LIMIT, MAX_LIMIT, MAX_REACH, Paging, Start};
pub use waiting::{Correlation, MAX_TIMEOUT, Patience, Waiting};

/// A parameter that is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// It cannot be decoded (400).
    #[error("{name} {detail}")]
    Malformed {
        /// Its name.
        name: &'static str,
        /// What is wrong.
        detail: Cow<'static, str>,
    },
    /// It is out of range or of the wrong kind (422).
    #[error("{name} {detail}")]
    Invalid {
        /// Its name.
        name: &'static str,
        /// What it has to be.
        detail: Cow<'static, str>,
    },
}

impl ParameterError {
    /// 422 for a parameter.
    pub fn invalid(name: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::Invalid { name, detail: detail.into() }
    }
}

/// The parameters of a request.
///
/// # Example
/// ```
/// use diptych_http::params::Params;
///
/// let uri = "/api/orders?status=draft&customerId=&unknown=%FF".parse().unwrap();
/// let params = Params::of(&uri);
/// assert_eq!(params.choice("status", &[("draft", 1), ("paid", 2)]), Ok(Some(1)));
/// assert_eq!(params.text("customerId"), Ok(None));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Params<'q> {
    query: &'q str,
}

impl<'q> Params<'q> {
    /// The parameters in a URI.
    #[must_use]
    pub fn of(uri: &'q Uri) -> Self {
        Self { query: uri.query().unwrap_or_default() }
    }

    /// The pairs as they were written, names decoded; a name that cannot be decoded is nobody's.
    fn pairs(self) -> impl Iterator<Item = (Option<Cow<'q, str>>, &'q str, &'q str)> {
        self.query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name).ok(), value, pair)
        })
    }

    /// The value as it was sent, empty or not.
    ///
    /// # Errors
    /// [`ParameterError`] where it is given twice, cannot be decoded or contains U+0000.
    pub fn given(self, name: &'static str) -> Result<Option<Cow<'q, str>>, ParameterError> {
        let Some(value) = self.raw(name)? else { return Ok(None) };
        let text =
            decode(value).map_err(|detail| ParameterError::Malformed { name, detail: detail.into() })?;
        if text.contains('\0') {
            return Err(ParameterError::invalid(name, "must not contain U+0000"));
        }
        Ok(Some(text))
    }

    fn raw(self, name: &'static str) -> Result<Option<&'q str>, ParameterError> {
        let mut values =
            self.pairs().filter(|(given, ..)| given.as_deref() == Some(name)).map(|(_, value, _)| value);
        let first = values.next();
        match values.next() {
            Some(_) => Err(ParameterError::invalid(name, "must be given once")),
            None => Ok(first),
        }
    }

    /// A text that narrows; an empty one does not.
    ///
    /// # Errors
    /// As [`given`](Self::given).
    pub fn text(self, name: &'static str) -> Result<Option<Cow<'q, str>>, ParameterError> {
        Ok(self.given(name)?.filter(|text| !text.is_empty()))
    }

    /// Texts joined by commas; empty ones are passed over.
    ///
    /// # Errors
    /// As [`given`](Self::given).
    pub fn list(self, name: &'static str) -> Result<Vec<String>, ParameterError> {
        let joined = self.text(name)?.unwrap_or_default();
        Ok(joined.split(',').filter(|item| !item.is_empty()).map(str::to_owned).collect())
    }

    /// A whole number, written in digits alone.
    ///
    /// # Errors
    /// As [`given`](Self::given), and where it is no such number or outside the range.
    pub fn whole(
        self,
        name: &'static str,
        range: RangeInclusive<u64>,
    ) -> Result<Option<u64>, ParameterError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|number| digits && range.contains(number));
        let (least, most) = (range.start(), range.end());
        let error =
            || ParameterError::invalid(name, format!("must be a whole number from {least} to {most}"));
        number.map(Some).ok_or_else(error)
    }

    /// An amount of money, at most two fraction digits.
    ///
    /// # Errors
    /// As [`given`](Self::given), and where it is none.
    pub fn money(self, name: &'static str) -> Result<Option<Money>, ParameterError> {
        let error = |error: MoneyError| ParameterError::invalid(name, error.to_string());
        self.text(name)?.map(|text| text.parse().map_err(error)).transpose()
    }

    /// A day, `YYYY-MM-DD`.
    ///
    /// # Errors
    /// As [`given`](Self::given), and where there is no such day.
    pub fn date(self, name: &'static str) -> Result<Option<Date>, ParameterError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        // jiff also takes other spellings of a day, and times after it.
        let date = text.parse().ok().filter(|date: &Date| date.to_string() == text);
        date.map(Some).ok_or_else(|| ParameterError::invalid(name, "must be a day, as 2024-12-31"))
    }

    /// One of several words.
    ///
    /// # Errors
    /// As [`given`](Self::given), and where it is none of them.
    pub fn choice<T: Clone>(
        self,
        name: &'static str,
        words: &[(&str, T)],
    ) -> Result<Option<T>, ParameterError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| value.clone());
        let known = || words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        found.map(Some).ok_or_else(|| ParameterError::invalid(name, format!("must be one of {}", known())))
    }

    /// `true` or `false`; `false` where it is absent.
    ///
    /// # Errors
    /// As [`choice`](Self::choice).
    pub fn flag(self, name: &'static str) -> Result<bool, ParameterError> {
        Ok(self.choice(name, &[("true", true), ("false", false)])?.unwrap_or_default())
    }

    /// The same list from another place: the path and all parameters but `page`, with this `after`.
    #[must_use]
    pub fn link(self, path: &str, after: &str) -> String {
        let moved = |name: &Option<Cow<'_, str>>| matches!(name.as_deref(), Some("page" | "after"));
        let kept = self.pairs().filter(|(name, ..)| !moved(name)).map(|(_, _, pair)| format!("{pair}&"));
        format!("{path}?{}after={after}", kept.collect::<String>())
    }
}

/// Percent-decodes strictly; `+` is a blank, as forms and `URLSearchParams` write it.
fn decode(text: &str) -> Result<Cow<'_, str>, &'static str> {
    let escapes_are_whole = text.split('%').skip(1).all(|after| {
        after.as_bytes().get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    if !escapes_are_whole {
        return Err("has a % that two hexadecimal digits do not follow");
    }
    let not_utf8 = |_| "is not UTF-8";
    if text.contains('+') {
        let blanks = text.replace('+', " ");
        return percent_decode_str(&blanks)
            .decode_utf8()
            .map(|text| Cow::Owned(text.into_owned()))
            .map_err(not_utf8);
    }
    percent_decode_str(text).decode_utf8().map_err(not_utf8)
}
