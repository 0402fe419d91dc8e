//! The URL that chooses an engine of read models, which never shows its password.

use std::{fmt, path::PathBuf, str::FromStr};

use super::url::{StoreUrl, without_password};

/// What an engine is for, which decides which engines will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineUse {
    /// What queries read.
    ReadDb,
    /// What searches by words.
    Search,
    /// What is kept of answers that are asked for often.
    Cache,
}

/// The URL of an engine of read models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EngineUrl {
    /// `memory:`, `sqlite:FOLDER` or `postgres://…`: as of a store, but only for read models.
    Sql(StoreUrl),
    /// `mongodb://…`
    Mongodb(ServerUrl),
    /// `elasticsearch+http://…` or `elasticsearch+https://…`
    Elasticsearch(ServerUrl),
    /// `opensearch+http://…` or `opensearch+https://…`
    Opensearch(ServerUrl),
    /// `tantivy:FOLDER`: embedded search.
    Tantivy(PathBuf),
    /// `redis://…`
    Redis(ServerUrl),
}

/// The URL of a server. It is shown without its password.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerUrl(String);

impl ServerUrl {
    /// As it was given, for whoever connects.
    #[must_use]
    pub fn with_password(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_password(&self.0))
    }
}

impl fmt::Debug for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerUrl({self})")
    }
}

/// A text that is no engine's URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineUrlError {
    /// No engine has such a one.
    #[error(
        "{url:?} names no engine; use memory:, sqlite:FOLDER, postgres://, mongodb://, elasticsearch+http(s)://, \
         opensearch+http(s)://, tantivy:FOLDER or redis://"
    )]
    Unknown {
        /// What was given, without a password.
        url: String,
    },
    /// The engine is of no use for this.
    #[error("{url} is not for {setting}, which takes {takes}")]
    Unfit {
        /// What was given, without a password.
        url: String,
        /// What it was given for.
        setting: &'static str,
        /// What would do.
        takes: &'static str,
    },
}

impl EngineUse {
    /// The name of its setting.
    #[must_use]
    pub const fn setting(self) -> &'static str {
        match self {
            Self::ReadDb => "--read-db",
            Self::Search => "--search",
            Self::Cache => "--cache",
        }
    }

    const fn takes(self) -> &'static str {
        match self {
            Self::ReadDb => "memory:, sqlite:FOLDER, postgres://, mongodb:// or redis://",
            Self::Search => "memory:, tantivy:FOLDER, elasticsearch+http(s):// or opensearch+http(s)://",
            Self::Cache => "redis://",
        }
    }

    /// Holds that an engine will do for this.
    ///
    /// # Errors
    /// [`EngineUrlError::Unfit`] names those that will.
    pub fn check(self, url: EngineUrl) -> Result<EngineUrl, EngineUrlError> {
        let fits = match &url {
            EngineUrl::Sql(StoreUrl::Memory) => self != Self::Cache,
            EngineUrl::Sql(_) | EngineUrl::Mongodb(_) => self == Self::ReadDb,
            EngineUrl::Redis(_) => self != Self::Search,
            EngineUrl::Elasticsearch(_) | EngineUrl::Opensearch(_) | EngineUrl::Tantivy(_) => {
                self == Self::Search
            }
        };
        let unfit =
            || EngineUrlError::Unfit { url: url.to_string(), setting: self.setting(), takes: self.takes() };
        if fits { Ok(url) } else { Err(unfit()) }
    }
}

impl FromStr for EngineUrl {
    type Err = EngineUrlError;

    fn from_str(url: &str) -> Result<Self, EngineUrlError> {
        let unknown = || EngineUrlError::Unknown { url: without_password(url) };
        let (scheme, rest) = url.split_once(':').ok_or_else(unknown)?;
        let server = || {
            let names_a_host = rest.strip_prefix("//").is_some_and(|host| !host.is_empty());
            if names_a_host { Ok(ServerUrl(url.to_owned())) } else { Err(unknown()) }
        };
        Ok(match scheme {
            "mongodb" | "mongodb+srv" => Self::Mongodb(server()?),
            "elasticsearch+http" | "elasticsearch+https" => Self::Elasticsearch(server()?),
            "opensearch+http" | "opensearch+https" => Self::Opensearch(server()?),
            "redis" | "rediss" => Self::Redis(server()?),
            "tantivy" if !rest.is_empty() => Self::Tantivy(rest.into()),
            _ => Self::Sql(url.parse().map_err(|_| unknown())?),
        })
    }
}

impl fmt::Display for EngineUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sql(url) => url.fmt(f),
            Self::Tantivy(folder) => write!(f, "tantivy:{}", folder.display()),
            Self::Mongodb(url) | Self::Elasticsearch(url) | Self::Opensearch(url) | Self::Redis(url) => {
                url.fmt(f)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_are_chosen_by_url_and_by_what_they_are_for() {
        for (good, fit) in [
            ("mongodb://h/shop", EngineUse::ReadDb),
            ("sqlite:rows", EngineUse::ReadDb),
            ("postgres://h/rows", EngineUse::ReadDb),
            ("memory:", EngineUse::ReadDb),
            ("redis://h", EngineUse::ReadDb),
            ("redis://h:1/2", EngineUse::Cache),
            ("tantivy:words", EngineUse::Search),
            ("memory:", EngineUse::Search),
            ("elasticsearch+http://h:9200", EngineUse::Search),
            ("opensearch+https://h", EngineUse::Search),
        ] {
            let url: EngineUrl = good.parse().unwrap();
            assert_eq!(url.to_string(), good);
            assert!(fit.check(url).is_ok(), "{good} for {fit:?}");
        }
        for bad in
            ["", "mongodb", "mongodb:", "mongodb://", "tantivy:", "elasticsearch://h", "http://h", "redis:h"]
        {
            let error = bad.parse::<EngineUrl>().unwrap_err().to_string();
            assert!(error.contains("names no engine; use memory:"), "{bad}: {error}");
        }
    }

    #[test]
    fn an_engine_that_will_not_do_is_told_with_those_that_will() {
        for (url, unfit, takes) in [
            ("mongodb://h", EngineUse::Search, "--search, which takes memory:, tantivy:FOLDER"),
            ("tantivy:f", EngineUse::ReadDb, "--read-db, which takes memory:, sqlite:FOLDER"),
            ("memory:", EngineUse::Cache, "--cache, which takes redis://"),
        ] {
            let error = unfit.check(url.parse().unwrap()).unwrap_err().to_string();
            assert!(error.contains(takes), "{error}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        for url in [
            "mongodb://shop:s3cret@h,i/db?x=y",
            "redis://:s3cret@h",
            "opensearch+https://a:s3cret@h",
            "mongo://a:s3cret@h",
        ] {
            let shown = match url.parse::<EngineUrl>() {
                Ok(parsed) => match EngineUse::Cache.check(parsed.clone()) {
                    Ok(_) => format!("{parsed} {parsed:?}"),
                    Err(error) => format!("{parsed} {parsed:?} {error} {error:?}"),
                },
                Err(error) => format!("{error} {error:?}"),
            };
            assert!(!shown.contains("s3cret") && shown.contains('h'), "{url} is shown as {shown}");
        }
    }
}
