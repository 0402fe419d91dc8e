//! What may be chosen when an engine is opened, and what its URL says.

use std::{fmt, path::PathBuf, time::Duration};

use percent_encoding::percent_decode_str;
use url::Url;

use crate::open_error::OpenError;

/// What may be chosen. What the URL says (`?prefix=…&patience=…&cacert=…`) goes before it.
#[derive(Clone, Debug)]
pub struct ElasticsearchOptions {
    /// What the names of all indexes and aliases begin with, so that several may share a cluster: a lower-case letter, then lower-case letters,
    /// digits, `_` and `-`, at most 30 in all.
    pub prefix: String,
    /// After so long without an answer a request is given up, and is tried again by whoever made it.
    pub patience: Duration,
    /// A file of certificates (PEM) that the server's must descend from; the system's where there is none.
    pub root_certificates: Option<PathBuf>,
}

impl Default for ElasticsearchOptions {
    fn default() -> Self {
        Self { prefix: "diptych".to_owned(), patience: Duration::from_secs(15), root_certificates: None }
    }
}

/// Which of the two it is; both are spoken to alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Elasticsearch,
    Opensearch,
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Elasticsearch => "Elasticsearch",
            Self::Opensearch => "OpenSearch",
        }
    }
}

/// Where the server is, as its URL says.
pub(crate) struct Address {
    pub(crate) kind: Kind,
    /// Without user and password, and without a slash at the end; a path is that of a proxy before the server.
    pub(crate) base: String,
    pub(crate) user: Option<(String, String)>,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.kind.name(), self.base)
    }
}

const SCHEMES: [(&str, Kind); 2] =
    [("elasticsearch+", Kind::Elasticsearch), ("opensearch+", Kind::Opensearch)];

impl Address {
    /// Reads a URL, and takes from it what is said to us.
    pub(crate) fn of(url: &str, options: &mut ElasticsearchOptions) -> Result<Self, OpenError> {
        let stripped = SCHEMES.iter().find_map(|(scheme, kind)| Some((*kind, url.strip_prefix(scheme)?)));
        let Some((kind, rest)) = stripped.filter(|(_, rest)| rest.starts_with("http")) else {
            return Err(OpenError::url("it begins with elasticsearch+http(s):// or opensearch+http(s)://"));
        };
        let mut url: Url =
            rest.parse().map_err(|_| OpenError::url("it is scheme://user:password@host:port"))?;
        if !["http", "https"].contains(&url.scheme()) || !url.has_host() {
            return Err(OpenError::url("it is scheme://user:password@host:port"));
        }
        for (name, value) in url.query_pairs() {
            options.take(&name, &value)?;
        }
        check_prefix(&options.prefix)?;
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let user = (!url.username().is_empty())
            .then(|| (decoded(url.username()), decoded(url.password().unwrap_or_default())));
        let unnamed = |()| OpenError::url("it names no host");
        url.set_username("").and_then(|()| url.set_password(None)).map_err(unnamed)?;
        url.set_query(None);
        url.set_fragment(None);
        Ok(Self { kind, base: url.as_str().trim_end_matches('/').to_owned(), user })
    }
}

impl ElasticsearchOptions {
    fn take(&mut self, name: &str, value: &str) -> Result<(), OpenError> {
        match name {
            "prefix" => value.clone_into(&mut self.prefix),
            "patience" => {
                let seconds = value.parse().ok().filter(|seconds| *seconds > 0);
                let seconds = seconds.ok_or_else(|| OpenError::url("patience is no number of seconds"))?;
                self.patience = Duration::from_secs(seconds);
            }
            "cacert" => self.root_certificates = Some(value.into()),
            other => {
                return Err(OpenError::url(format!("it knows prefix, patience and cacert, not {other:?}")));
            }
        }
        Ok(())
    }
}

fn check_prefix(prefix: &str) -> Result<(), OpenError> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c);
    let begins = prefix.starts_with(|c: char| c.is_ascii_lowercase());
    if begins && prefix.len() <= 30 && prefix.chars().all(fits) {
        return Ok(());
    }
    let text = "a prefix is a lower-case letter, then lower-case letters, digits, _ and -, at most 30 in all";
    Err(OpenError::url(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> (Address, ElasticsearchOptions) {
        let mut options = ElasticsearchOptions::default();
        (Address::of(url, &mut options).unwrap(), options)
    }

    #[test]
    fn a_url_says_where_who_and_what_is_chosen() {
        let (address, options) = read(
            "elasticsearch+https://me:p%40ss%3Aword@search.example:9243/es/?prefix=a-b&patience=3&cacert=%2Fca.pem",
        );
        assert_eq!(
            (address.kind, address.base.as_str()),
            (Kind::Elasticsearch, "https://search.example:9243/es")
        );
        assert_eq!(address.user, Some(("me".to_owned(), "p@ss:word".to_owned())));
        assert_eq!((options.prefix.as_str(), options.patience.as_secs()), ("a-b", 3));
        assert_eq!(options.root_certificates, Some("/ca.pem".into()));
        let (address, _) = read("opensearch+http://127.0.0.1:9200");
        assert_eq!((address.kind, address.base.as_str()), (Kind::Opensearch, "http://127.0.0.1:9200"));
        assert_eq!(address.user, None);
    }

    #[test]
    fn what_is_not_understood_is_told_without_the_password() {
        for url in [
            "http://me:secret@h:9200",
            "elasticsearch://me:secret@h:9200",
            "elasticsearch+ftp://me:secret@h",
            "elasticsearch+http://me:secret@",
            "elasticsearch+http://me:secret@h:port",
            "opensearch+http://me:secret@h?prefix=Upper",
            "opensearch+http://me:secret@h?prefix=",
            "opensearch+http://me:secret@h?patience=0",
            "opensearch+http://me:secret@h?prefx=a",
        ] {
            let error = Address::of(url, &mut ElasticsearchOptions::default()).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("secret"), "{url}: {error:?}");
        }
        let (address, _) = read("opensearch+http://me:secret@h");
        assert!(!format!("{address:?}").contains("secret"));
    }
}
