//! Settings: by flag, by environment, by file, in that order; then the default.
//!
//! A file is TOML with the flags' names as keys. One that is named and cannot be read, or holds a key that is none of
//! ours, is an error: a setting that is silently ignored is worse than none.

use std::{
    ffi::OsStr,
    fs,
    net::SocketAddr,
    num::NonZeroU32,
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum, builder::TypedValueParser, error::ErrorKind};
use diptych::{
    EngineUrl, EngineUrlError, EngineUse, MasterKey, MasterKeyError, NewVersion, StoreUrl, UrlError,
};
use diptych_http::ServerOptions;
use serde::Deserialize;

/// The file that is read where none is named and it exists.
pub const DEFAULT_FILE: &str = "diptych.toml";

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Human,
    /// For programs: one JSON object a line.
    Json,
}

/// What happens at a start to projections whose schema version went up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum NewVersions {
    /// They are filled beside the live ones, and go live by themselves once they are not behind.
    Promote,
    /// They are filled beside the live ones, and wait for `projections promote`.
    Fill,
    /// Nothing, until `projections rebuild`.
    Leave,
}

impl From<NewVersions> for NewVersion {
    fn from(given: NewVersions) -> Self {
        match given {
            NewVersions::Promote => Self::Promote,
            NewVersions::Fill => Self::Fill,
            NewVersions::Leave => Self::Leave,
        }
    }
}

/// What may be set. Flags and environment fill it; the file fills what they left open.
#[derive(Clone, Debug, Default, Args, Deserialize)]
#[command(next_help_heading = "Settings")]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// Where things are kept
    #[arg(long, global = true, env = "DIPTYCH_STORE", value_name = "URL", hide_env_values = true, value_parser = StoreParser)]
    #[serde(deserialize_with = "store_url")]
    pub store: Option<StoreUrl>,

    /// Where read models are kept: memory:, sqlite:FOLDER, postgres://, mongodb://, redis:// [default: beside the store]
    #[arg(long, global = true, env = "DIPTYCH_READ_DB", value_name = "URL", hide_env_values = true, value_parser = EngineParser(EngineUse::ReadDb))]
    #[serde(deserialize_with = "read_db_url")]
    pub read_db: Option<EngineUrl>,

    /// What searches: tantivy:FOLDER, elasticsearch+http(s)://, opensearch+http(s)://, memory: [default: the folder `search` of an
    /// embedded store; beside a database a folder for as long as the process lives, filled again at each start]
    #[arg(long, global = true, env = "DIPTYCH_SEARCH", value_name = "URL", hide_env_values = true, value_parser = EngineParser(EngineUse::Search))]
    #[serde(deserialize_with = "search_url")]
    pub search: Option<EngineUrl>,

    /// What keeps answers that are asked for often: redis:// [default: none]
    #[arg(long, global = true, env = "DIPTYCH_CACHE", value_name = "URL", hide_env_values = true, value_parser = EngineParser(EngineUse::Cache))]
    #[serde(deserialize_with = "cache_url")]
    pub cache: Option<EngineUrl>,

    /// Where to listen, ADDRESS:PORT, as often as wanted [default: port 3000 on 127.0.0.1 and ::1]
    #[arg(long, global = true, env = "DIPTYCH_LISTEN", value_name = "ADDRESS", value_delimiter = ',')]
    pub listen: Vec<SocketAddr>,

    /// The operator's token for admin calls [default: none; admin calls are served to loopback only]
    #[arg(long, global = true, env = "DIPTYCH_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub token: Option<String>,

    /// A host name to answer to beside the loopback's, as often as wanted
    #[arg(
        long = "host-name",
        global = true,
        env = "DIPTYCH_HOST_NAME",
        value_name = "NAME",
        value_delimiter = ','
    )]
    pub host_name: Vec<String>,

    /// An origin whose pages may send commands, as often as wanted
    #[arg(long, global = true, env = "DIPTYCH_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    pub origin: Vec<String>,

    /// How many connections at once [default: 4096]
    #[arg(long, global = true, env = "DIPTYCH_CONNECTIONS", value_name = "NUMBER")]
    pub connections: Option<u32>,

    /// How many requests a second, all callers together; over it 429 [default: no limit]
    #[arg(long, global = true, env = "DIPTYCH_RATE", value_name = "NUMBER")]
    pub rate: Option<NonZeroU32>,

    /// A file with the master key of personal data, made if missing [default: master.key in the store's folder].
    /// DIPTYCH_MASTER_KEY gives the key itself, 32 bytes in base64. A database has no default: all its processes share the key
    #[arg(long, global = true, env = "DIPTYCH_MASTER_KEY_FILE", value_name = "FILE")]
    pub master_key_file: Option<PathBuf>,

    /// What happens at a start to projections whose schema version went up [default: promote]
    #[arg(long, global = true, env = "DIPTYCH_NEW_VERSIONS", value_name = "WHAT")]
    pub new_versions: Option<NewVersions>,

    /// What to log: a level, or target=level pairs [default: info]
    #[arg(long, global = true, env = "DIPTYCH_LOG", value_name = "FILTER")]
    pub log: Option<String>,

    /// How log lines look [default: human]
    #[arg(long, global = true, env = "DIPTYCH_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,

    /// A file with settings, TOML with these names as keys [default: diptych.toml here, if there is one]
    #[arg(long, global = true, env = "DIPTYCH_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
}

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("the settings file {path}")]
    Read {
        /// Where.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("the settings file {path}, line {line}: {problem}")]
    Form {
        /// Where.
        path: String,
        /// 1-based.
        line: usize,
        /// What is wrong. Not the line itself, which may hold a password.
        problem: String,
    },
    /// The master key cannot be had.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
}

/// Takes a store's URL. clap would show one that it refuses whole, with its password.
#[derive(Clone, Copy, Debug)]
struct StoreParser;

impl TypedValueParser for StoreParser {
    type Value = StoreUrl;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<StoreUrl, clap::Error> {
        parsed(command, argument, value, |text| text.parse().map_err(|error: UrlError| error.to_string()))
    }
}

/// As [`StoreParser`], of an engine that is for this.
#[derive(Clone, Copy, Debug)]
struct EngineParser(EngineUse);

impl TypedValueParser for EngineParser {
    type Value = EngineUrl;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<EngineUrl, clap::Error> {
        parsed(command, argument, value, |text| engine(self.0, text).map_err(|error| error.to_string()))
    }
}

fn engine(used: EngineUse, text: &str) -> Result<EngineUrl, EngineUrlError> {
    text.parse().and_then(|url| used.check(url))
}

fn parsed<T>(
    command: &clap::Command,
    argument: Option<&clap::Arg>,
    value: &OsStr,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, clap::Error> {
    let name = argument.map(ToString::to_string).unwrap_or_default();
    let refused = |problem: String| {
        let text = format!("invalid value for '{name}': {problem}\n");
        clap::Error::raw(ErrorKind::ValueValidation, text).with_cmd(command)
    };
    let text = value.to_str().ok_or_else(|| refused("it is not UTF-8".to_owned()))?;
    parse(text).map_err(refused)
}

fn read_db_url<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<EngineUrl>, D::Error> {
    engine_url(EngineUse::ReadDb, deserializer)
}

fn search_url<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<EngineUrl>, D::Error> {
    engine_url(EngineUse::Search, deserializer)
}

fn cache_url<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<EngineUrl>, D::Error> {
    engine_url(EngineUse::Cache, deserializer)
}

fn engine_url<'de, D: serde::Deserializer<'de>>(
    used: EngineUse,
    deserializer: D,
) -> Result<Option<EngineUrl>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| engine(used, &text).map_err(serde::de::Error::custom)).transpose()
}

fn store_url<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<StoreUrl>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| text.parse().map_err(serde::de::Error::custom)).transpose()
}

impl Settings {
    /// With what the file says of all that was left open.
    ///
    /// # Errors
    /// [`SettingsError`] where a named file cannot be read, or one holds what is no setting.
    pub fn with_file(self) -> Result<Self, SettingsError> {
        let path = self.config.clone().unwrap_or_else(|| DEFAULT_FILE.into());
        if self.config.is_none() && !path.exists() {
            return Ok(self);
        }
        let file = Self::read(&path)?;
        Ok(Self {
            store: self.store.or(file.store),
            read_db: self.read_db.or(file.read_db),
            search: self.search.or(file.search),
            cache: self.cache.or(file.cache),
            listen: either(self.listen, file.listen),
            token: self.token.or(file.token),
            host_name: either(self.host_name, file.host_name),
            origin: either(self.origin, file.origin),
            connections: self.connections.or(file.connections),
            rate: self.rate.or(file.rate),
            master_key_file: self.master_key_file.or(file.master_key_file),
            new_versions: self.new_versions.or(file.new_versions),
            log: self.log.or(file.log),
            log_format: self.log_format.or(file.log_format),
            config: self.config,
        })
    }

    fn read(path: &Path) -> Result<Self, SettingsError> {
        let shown = path.display().to_string();
        let text =
            fs::read_to_string(path).map_err(|source| SettingsError::Read { path: shown.clone(), source })?;
        toml::from_str(&text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            SettingsError::Form { path: shown, line, problem: error.message().to_owned() }
        })
    }

    /// The master key that was given; none means the one in the store's folder.
    ///
    /// # Errors
    /// [`SettingsError`] where it cannot be read or is none.
    pub fn master_key(&self) -> Result<Option<MasterKey>, SettingsError> {
        if let Ok(text) = std::env::var("DIPTYCH_MASTER_KEY") {
            return Ok(Some(MasterKey::parse(&text)?));
        }
        Ok(self.master_key_file.as_deref().map(MasterKey::from_file).transpose()?)
    }

    /// The engines of read models that were chosen, each with what it is for.
    pub fn engines(&self) -> impl Iterator<Item = (EngineUse, EngineUrl)> {
        let chosen = [
            (EngineUse::ReadDb, self.read_db.clone()),
            (EngineUse::Search, self.search.clone()),
            (EngineUse::Cache, self.cache.clone()),
        ];
        chosen.into_iter().filter_map(|(used, url)| url.map(|url| (used, url)))
    }

    /// For the server.
    #[must_use]
    pub fn server(&self) -> ServerOptions {
        let default = ServerOptions::default();
        ServerOptions {
            listen: self.listen.clone(),
            token: self.token.clone(),
            names: self.host_name.clone(),
            origins: self.origin.clone(),
            connections: self
                .connections
                .and_then(|number| usize::try_from(number).ok())
                .unwrap_or(default.connections),
            rate: self.rate,
            ..default
        }
    }
}

fn either<T>(first: Vec<T>, second: Vec<T>) -> Vec<T> {
    if first.is_empty() { second } else { first }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> (tempfile::TempDir, Settings) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("own.toml");
        fs::write(&path, text).unwrap();
        (folder, Settings { config: Some(path), ..Settings::default() })
    }

    #[test]
    fn a_flag_comes_before_the_file() {
        let (_folder, given) = file("store = \"sqlite:a\"\ntoken = \"t\"\nlisten = [\"127.0.0.1:1\"]");
        let given = Settings { store: Some(StoreUrl::Memory), ..given };
        let settings = given.with_file().unwrap();
        assert_eq!(settings.store, Some(StoreUrl::Memory));
        assert_eq!(settings.token.as_deref(), Some("t"));
        assert_eq!(settings.listen, ["127.0.0.1:1".parse().unwrap()]);
    }

    #[test]
    fn a_store_that_is_none_is_refused_without_its_password() {
        let bad = "postgre://shop:s3cret@h/db";
        let (_folder, given) = file(&format!("token = \"t\"\nstore = \"{bad}\""));
        let of_file = given.with_file().unwrap_err().to_string();
        let command = Settings::augment_args(clap::Command::new("bank"));
        let of_flag = command.try_get_matches_from(["bank", "--store", bad]).unwrap_err().to_string();
        for error in [&of_file, &of_flag] {
            assert!(error.contains("postgre://shop:***@h/db"), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
        assert!(of_file.contains("line 2"), "{of_file}");
    }

    #[test]
    fn an_unknown_key_is_named() {
        let (_folder, given) = file("stroe = \"memory:\"");
        let error = given.with_file().unwrap_err().to_string();
        assert!(error.contains("stroe") && error.contains("own.toml"), "{error}");
    }
}
