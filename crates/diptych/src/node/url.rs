//! The URL that chooses a store, which never shows its password.
//!
//! What holds: no `Debug`, `Display` or error of this page shows what stands between a user's name and the `@`, nor a
//! parameter called `password`. That goes for texts that are no URL of ours too, since a slip of the pen has a password as well.

use std::{fmt, path::PathBuf, str::FromStr};

/// A store's URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreUrl {
    /// `memory:`: everything is gone with the process.
    Memory,
    /// `sqlite:FOLDER`: the embedded store.
    Sqlite(PathBuf),
    /// `postgres://USER:PASSWORD@HOST:PORT/DATABASE`: a database, for any number of processes.
    Postgres(PostgresUrl),
}

/// The URL of a database. It is shown without its password.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl(String);

impl PostgresUrl {
    /// As it was given, for whoever connects.
    #[must_use]
    pub fn with_password(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_password(&self.0))
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresUrl({self})")
    }
}

/// A text that is no store's URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{url:?} names no store; use memory:, sqlite:FOLDER or postgres://USER@HOST/DATABASE")]
pub struct UrlError {
    url: String,
}

impl FromStr for StoreUrl {
    type Err = UrlError;

    fn from_str(url: &str) -> Result<Self, UrlError> {
        match url.split_once(':') {
            Some(("memory", "")) => Ok(Self::Memory),
            Some(("sqlite", folder)) if !folder.is_empty() => {
                Ok(Self::Sqlite(folder.strip_prefix("//").filter(|f| !f.is_empty()).unwrap_or(folder).into()))
            }
            Some(("postgres" | "postgresql", rest)) if rest.len() > 2 && rest.starts_with("//") => {
                Ok(Self::Postgres(PostgresUrl(url.to_owned())))
            }
            _ => Err(UrlError { url: without_password(url) }),
        }
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory:"),
            Self::Sqlite(folder) => write!(f, "sqlite:{}", folder.display()),
            Self::Postgres(url) => url.fmt(f),
        }
    }
}

/// The same text with `***` for passwords. Where an `@` or a `/` stands in one unescaped, rather too much is hidden.
pub(super) fn without_password(url: &str) -> String {
    let after_scheme = url.find("//").map_or(0, |at| at + 2);
    let (scheme, rest) = url.split_at(after_scheme);
    let hidden = match rest.rsplit_once('@') {
        Some((user, place)) => match user.split_once(':') {
            Some((name, _)) => format!("{scheme}{name}:***@{place}"),
            None => format!("{scheme}{user}@{place}"),
        },
        None => url.to_owned(),
    };
    let Some((place, query)) = hidden.split_once('?') else { return hidden };
    let shown = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) if name.eq_ignore_ascii_case("password") => format!("{name}=***"),
        // A whole URL, with a password of its own.
        Some(("listen", _)) => "listen=***".to_owned(),
        Some(_) | None => pair.to_owned(),
    });
    format!("{place}?{}", shown.collect::<Vec<_>>().join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_are_chosen_by_url() {
        assert_eq!("memory:".parse(), Ok(StoreUrl::Memory));
        assert_eq!("sqlite:a/b".parse(), Ok(StoreUrl::Sqlite("a/b".into())));
        assert_eq!("sqlite:///var/x".parse(), Ok(StoreUrl::Sqlite("/var/x".into())));
        for url in ["postgres://h/db", "postgresql://u@h:1/db?schema=s"] {
            assert_eq!(url.parse::<StoreUrl>().unwrap().to_string(), url);
        }
        for bad in
            ["", "sqlite", "sqlite:", "memory:x", "mysql://h", "postgres:", "postgres://", "postgres:h"]
        {
            let error = bad.parse::<StoreUrl>().unwrap_err().to_string();
            assert!(error.contains("memory:, sqlite:FOLDER or postgres://"), "{error}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        for url in [
            "postgres://shop:s3cret@h/db",
            "postgres://shop:s3cret@h:5432,i/db?schema=s",
            "postgres://shop:s3cret/x@y@h/db",
            "postgres://shop@h/db?password=s3cret&schema=s",
            "postgres://shop@h/db?schema=s&listen=postgres%3A%2F%2Fshop%3As3cret%40h",
            "postgres:////shop:s3cret@h/db",
            "postgre://shop:s3cret@h/db",
            "shop:s3cret@h/db",
        ] {
            let shown = match url.parse::<StoreUrl>() {
                Ok(parsed) => format!("{parsed} {parsed:?}"),
                Err(error) => format!("{error} {error:?}"),
            };
            assert!(!shown.contains("s3cret") && shown.contains("h"), "{url} is shown as {shown}");
        }
    }
}
