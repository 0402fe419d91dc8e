//! One connection that many share, made when it is first needed and again whenever it was lost; and the URL that says where.

use std::{fmt, str::FromStr, time::Duration};

use redis::{
    Client,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use url::Url;

/// How long an answer may take, unless the URL says otherwise.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a connection may take.
const CONNECTING: Duration = Duration::from_secs(2);
/// What keys begin with, unless the URL says otherwise.
const PREFIX: &str = "diptych";

/// Where a Redis is: `redis://USER:PASSWORD@HOST:PORT/NUMBER?prefix=diptych&patience=5`, or `rediss://` for TLS.
///
/// `prefix` is what its keys begin with (1 to 64 of `A-Z a-z 0-9 . _ : -`), `patience` after how many seconds a server that does not answer is
/// given up. It is shown without its password.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisUrl {
    /// Without the parameters that are ours.
    server: Url,
    prefix: String,
    patience: Duration,
}

/// A text that is no URL of a Redis.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedisUrlError {
    /// It is none at all. The text is not repeated, since it may hold a password.
    #[error("that is no URL; write redis://HOST:PORT")]
    NoUrl,
    /// It is one of another scheme.
    #[error("{0}:// is not Redis; write redis://HOST:PORT, or rediss:// for TLS")]
    Scheme(String),
    /// The client cannot use it.
    #[error("not a Redis: {0}; write redis://USER:PASSWORD@HOST:PORT/NUMBER")]
    Unusable(String),
    /// A parameter is wrong.
    #[error("`{name}` is {wanted}")]
    Parameter {
        /// Which.
        name: &'static str,
        /// What it should be.
        wanted: &'static str,
    },
    /// A parameter is unknown.
    #[error("`{0}` is no parameter of a Redis; there are `prefix` and `patience`")]
    Unknown(String),
}

impl FromStr for RedisUrl {
    type Err = RedisUrlError;

    fn from_str(text: &str) -> Result<Self, RedisUrlError> {
        let mut server: Url = text.parse().map_err(|_| RedisUrlError::NoUrl)?;
        if !["redis", "rediss"].contains(&server.scheme()) {
            return Err(RedisUrlError::Scheme(server.scheme().to_owned()));
        }
        let (mut prefix, mut patience) = (PREFIX.to_owned(), PATIENCE);
        for (name, value) in server.query_pairs() {
            match &*name {
                "prefix" => prefix = checked_prefix(&value)?,
                "patience" => patience = checked_patience(&value)?,
                other => return Err(RedisUrlError::Unknown(other.to_owned())),
            }
        }
        server.set_query(None);
        let url = Self { server, prefix, patience };
        url.client()?;
        Ok(url)
    }
}

fn checked_prefix(text: &str) -> Result<String, RedisUrlError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._:-".contains(c);
    if (1..=64).contains(&text.len()) && text.chars().all(fits) {
        return Ok(text.to_owned());
    }
    Err(RedisUrlError::Parameter { name: "prefix", wanted: "1 to 64 of A-Z a-z 0-9 . _ : -" })
}

fn checked_patience(text: &str) -> Result<Duration, RedisUrlError> {
    let seconds = text.parse().ok().filter(|seconds| (1..=600).contains(seconds));
    let wanted = "a number of seconds from 1 to 600";
    seconds.map(Duration::from_secs).ok_or(RedisUrlError::Parameter { name: "patience", wanted })
}

impl RedisUrl {
    fn client(&self) -> Result<Client, RedisUrlError> {
        Client::open(self.server.clone()).map_err(|error| RedisUrlError::Unusable(error.to_string()))
    }

    /// What keys begin with.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// A connection that has not been made yet, and is when it is used. Must be called within a runtime.
    pub(crate) fn connect(&self) -> Result<ConnectionManager, RedisUrlError> {
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(CONNECTING))
            .set_response_timeout(Some(self.patience))
            // Who asks tries again, and is told how often and why.
            .set_number_of_retries(1)
            .set_max_delay(Duration::from_millis(200));
        let made = ConnectionManager::new_lazy_with_config(self.client()?, config);
        made.map_err(|error| RedisUrlError::Unusable(error.to_string()))
    }
}

impl fmt::Display for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, host) = (self.server.scheme(), self.server.host_str().unwrap_or("localhost"));
        write!(f, "{scheme}://{host}:{}{}", self.server.port().unwrap_or(6379), self.server.path())
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_its_password() {
        let url: RedisUrl = "redis://ann:secret@example.org:7000/2?prefix=shop".parse().unwrap();
        assert_eq!(url.to_string(), "redis://example.org:7000/2");
        assert_eq!(url.prefix(), "shop");
        assert!(!format!("{url:?}").contains("secret"));
    }

    #[test]
    fn what_is_wrong_with_a_url_is_told() {
        let said = |text: &str| text.parse::<RedisUrl>().unwrap_err().to_string();
        assert!(said("nonsense").starts_with("that is no URL"));
        assert!(said("mongodb://x").contains("mongodb:// is not Redis"));
        assert!(said("redis://x/not-a-number").contains("not a Redis"));
        assert!(said("redis://x?prefix=a b").contains("`prefix` is 1 to 64"));
        assert!(said("redis://x?patience=0").contains("`patience` is a number of seconds"));
        assert!(said("redis://x?pool=3").contains("`pool` is no parameter"));
    }
}
