//! The command line: what every application has, and what it adds.

use std::process::ExitCode;

use async_trait::async_trait;
use clap::{ArgMatches, Args, Command, FromArgMatches, Subcommand as _};
use diptych::{App, BoxError, Failure};
use diptych_http::Routes;

use crate::{
    Settings,
    backup::{self, BackupCommand},
    commands::{self, OperatorCommand},
    logging, migrate, serve,
    serve::ServingError,
    settings::SettingsError,
    shell::{self, ShellCommand},
};

/// The help of `--store`.
const STORES: &str = if cfg!(feature = "postgres") {
    "Where things are kept: memory:, sqlite:FOLDER or postgres://USER:PASSWORD@HOST:PORT/DATABASE"
} else {
    "Where things are kept: memory: or sqlite:FOLDER"
};

/// Why a command line did not do what it was told.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// A setting cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// An engine will not do for what it is chosen for.
    #[error(transparent)]
    Engine(#[from] diptych::EngineUrlError),
    /// The log filter is none.
    #[error(transparent)]
    Log(Box<dyn std::error::Error + Send + Sync>),
    /// It is not served.
    #[error(transparent)]
    Serving(#[from] ServingError),
    /// What `--url` names is no server.
    #[error("--url {url:?}: {reason}")]
    Url {
        /// What was given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The machinery broke.
    #[error(transparent)]
    Failure(#[from] Failure),
    /// The system takes no signal handlers.
    #[error("listening for signals")]
    Signals(#[source] std::io::Error),
    /// A subcommand of the application failed.
    #[error(transparent)]
    Subcommand(BoxError),
}

/// A subcommand that an application adds.
#[async_trait]
pub trait Subcommand: Send + Sync {
    /// Its name, help and arguments.
    fn define(&self) -> Command;

    /// Does it, and answers the exit code. The application has not been started; its store is the one that the settings
    /// name.
    ///
    /// # Errors
    /// Any error; it is printed with its causes, and the exit code is 1.
    async fn run(
        &self,
        arguments: &ArgMatches,
        app: App,
        routes: Routes,
        settings: &Settings,
    ) -> Result<ExitCode, BoxError>;
}

/// The command line of an application.
pub struct Cli {
    name: &'static str,
    about: &'static str,
    app: App,
    routes: Routes,
    subcommands: Vec<Box<dyn Subcommand>>,
}

impl std::fmt::Debug for Cli {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cli").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Cli {
    /// The command line of an application of this name.
    #[must_use]
    pub fn new(name: &'static str, about: &'static str, app: App) -> Self {
        Self { name, about, app, routes: Routes::new(), subcommands: Vec::new() }
    }

    /// What it answers over HTTP beside what every application does.
    #[must_use]
    pub fn routes(mut self, routes: Routes) -> Self {
        self.routes = routes;
        self
    }

    /// Adds a subcommand.
    #[must_use]
    pub fn subcommand(mut self, subcommand: impl Subcommand + 'static) -> Self {
        self.subcommands.push(Box::new(subcommand));
        self
    }

    fn command(&self) -> Command {
        let serve = Command::new("serve").about("Serve over HTTP until told to stop (the default)");
        let own = self.subcommands.iter().map(|subcommand| subcommand.define());
        let store = self.app.store_url().map(|url| format!(" [default: {url}]")).unwrap_or_default();
        let store = format!("{STORES}{store}");
        let command = Settings::augment_args(Command::new(self.name))
            .mut_arg("store", |argument| argument.help(store))
            .about(self.about)
            .version(env!("CARGO_PKG_VERSION"))
            .subcommand(serve)
            .subcommand(migrate::define())
            .subcommands(own)
            .after_help(format!(
                "Settings come from flags, the environment and the settings file, in that order.\n{}",
                commands::EXIT_CODES
            ));
        ShellCommand::augment_subcommands(BackupCommand::augment_subcommands(
            OperatorCommand::augment_subcommands(command),
        ))
    }

    /// Does what the process's arguments say; answers the exit code.
    pub async fn run(self) -> ExitCode {
        let arguments = self.command().get_matches();
        match self.act(&arguments).await {
            Ok(code) => code,
            Err(error) => {
                eprintln!("error: {}", with_causes(&error));
                ExitCode::FAILURE
            }
        }
    }

    async fn act(self, arguments: &ArgMatches) -> Result<ExitCode, CliError> {
        let settings = match Settings::from_arg_matches(arguments) {
            Ok(settings) => settings.with_file()?,
            Err(error) => error.exit(),
        };
        let (name, own) = arguments.subcommand().unwrap_or(("serve", arguments));
        let name = name.to_owned();
        let operates =
            [OperatorCommand::has_subcommand, BackupCommand::has_subcommand].iter().any(|has| has(&name));
        let level = if operates { "warn" } else { "info" };
        logging::start(&settings, level).map_err(|error| CliError::Log(error.into()))?;
        if ShellCommand::has_subcommand(&name) {
            let what = ShellCommand::from_arg_matches(arguments).unwrap_or_else(|error| error.exit());
            return shell::run(&what, self.command());
        }
        let mut app = self.app;
        if let Some(url) = &settings.store {
            app = app.store(url.clone());
        }
        if let Some(what) = settings.new_versions {
            app = app.new_version(what.into());
        }
        if let Some(key) = settings.master_key()? {
            app = app.master_key(key);
        }
        for (used, url) in settings.engines() {
            app = app.engine(used, url)?;
        }
        if OperatorCommand::has_subcommand(&name) {
            let command = OperatorCommand::from_arg_matches(arguments).unwrap_or_else(|error| error.exit());
            return commands::run(command, app, &settings).await;
        }
        if BackupCommand::has_subcommand(&name) {
            let command = BackupCommand::from_arg_matches(arguments).unwrap_or_else(|error| error.exit());
            return backup::run(command, &app).await;
        }
        if name == migrate::NAME {
            return migrate::run(own, &app).await;
        }
        match self.subcommands.iter().find(|subcommand| subcommand.define().get_name() == name) {
            Some(subcommand) => {
                subcommand.run(own, app, self.routes, &settings).await.map_err(CliError::Subcommand)
            }
            None => {
                serve::serve_until_told(app, self.routes, &settings).await?;
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

/// An error and its causes in one line; a cause that its effect has already told is not told twice.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let told = cause.to_string();
        if !text.ends_with(&told) {
            text.push_str(": ");
            text.push_str(&told);
        }
        next = cause.source();
    }
    text
}

/// Runs an application with the command line, HTTP and the operator's pages that every one has.
#[async_trait]
pub trait RunApp {
    /// Does what the process's arguments say; serves if they say nothing.
    async fn run(self) -> ExitCode;
}

#[async_trait]
impl RunApp for App {
    async fn run(self) -> ExitCode {
        Cli::new("app", "An application built on Diptych", self).run().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_names_the_default_of_the_store() {
        let app = App::open("sqlite:somewhere").unwrap();
        let help = Cli::new("bank", "A bank", app).command().render_long_help().to_string();
        assert!(help.contains("[default: sqlite:somewhere]"), "{help}");
    }
}
