//! Servers, whatever they are: started for a run of tests, or kept between runs by `cargo xtask services`.

use std::path::{Path, PathBuf};

use super::engine::{ENGINES, Engine};
use super::machine;
use super::postgres::Postgres;
use super::server::Server;
use super::{POSTGRES, Provided};
use crate::problem::Problem;

/// A server of ours, running or not.
pub(super) enum Kept {
    Postgres(Postgres),
    Engine { server: Server, engine: &'static Engine },
}

/// The names by which `services` knows them.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    std::iter::once("postgresql").chain(ENGINES.iter().map(|engine| engine.name))
}

/// All that there are, each in a folder of its own below this one.
///
/// # Errors
/// When PostgreSQL is not there and cannot be installed.
pub(super) fn all(folder: impl Fn(&str) -> PathBuf) -> Result<Vec<Kept>, Problem> {
    let postgres = Kept::Postgres(super::postgres(folder("postgres"))?);
    let engines =
        ENGINES.iter().map(|engine| Kept::Engine { server: Server::of(engine, folder(engine.name)), engine });
    Ok(std::iter::once(postgres).chain(engines).collect())
}

/// Where the servers of a run are kept: the run is named by its process.
pub(super) fn folder_of_run(process: u32, name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("{RUN}{process}-{name}"))
}

/// Stops the servers of runs that were killed, and so stopped none themselves.
///
/// # Errors
/// When one does not end.
pub(super) fn sweep() -> Result<(), Problem> {
    let folder = std::env::temp_dir();
    let read = |source| Problem::Read { path: folder.clone(), source };
    for entry in std::fs::read_dir(&folder).map_err(read)? {
        let name = entry.map_err(read)?.file_name();
        let Some(process) = name.to_str().and_then(run_of) else { continue };
        if machine::runs(process) {
            continue;
        }
        for server in all(|name| folder_of_run(process, name))? {
            if server.folder().exists() {
                eprintln!("=== stopping {} of a run that was killed", server.name());
                server.stop()?;
            }
        }
    }
    Ok(())
}

const RUN: &str = "diptych-test-";

fn run_of(folder: &str) -> Option<u32> {
    folder.strip_prefix(RUN)?.split_once('-')?.0.parse().ok()
}

impl Kept {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Postgres(_) => "postgresql",
            Self::Engine { engine, .. } => engine.name,
        }
    }

    /// What tests are told its URL by.
    pub(super) fn variable(&self) -> &'static str {
        match self {
            Self::Postgres(_) => POSTGRES.variable,
            Self::Engine { engine, .. } => engine.url,
        }
    }

    /// What tests are told beside its URL: how to start another one.
    ///
    /// # Errors
    /// When it is not there and cannot be made.
    pub(super) fn also_told(&self, root: &Path) -> Result<Option<Provided>, Problem> {
        let Self::Engine { engine, .. } = self else { return Ok(None) };
        let value = engine.launcher(root)?.display().to_string();
        Ok(Some(Provided { variable: engine.start, value }))
    }

    /// Starts it, and does not wait for it to serve.
    ///
    /// # Errors
    /// When it does not start, or is not there and cannot be made.
    pub(super) fn start(&self, root: &Path) -> Result<(), Problem> {
        match self {
            Self::Postgres(server) => server.start(),
            Self::Engine { server, engine } => server.start(&engine.launcher(root)?),
        }
    }

    /// Waits until it serves; answers its URL.
    ///
    /// # Errors
    /// When it ends first, or takes too long.
    pub(super) fn serving(&self) -> Result<String, Problem> {
        match self {
            Self::Postgres(server) => server.serving(),
            Self::Engine { server, .. } => server.serving(),
        }
    }

    fn folder(&self) -> &Path {
        match self {
            Self::Postgres(server) => server.folder(),
            Self::Engine { server, .. } => server.folder(),
        }
    }

    /// Its URL, if it runs.
    pub(super) fn running(&self) -> Option<String> {
        match self {
            Self::Postgres(server) => server.running(),
            Self::Engine { server, .. } => server.running(),
        }
    }

    /// Ends it and removes its folder.
    ///
    /// # Errors
    /// When it does not end.
    pub(super) fn stop(&self) -> Result<(), Problem> {
        match self {
            Self::Postgres(server) => server.stop(),
            Self::Engine { server, .. } => server.stop(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_server_names_the_run() {
        let folder = folder_of_run(77, "redis");
        assert_eq!(run_of(folder.file_name().unwrap().to_str().unwrap()), Some(77));
        assert_eq!(run_of("diptych-services-redis"), None);
        assert_eq!(run_of("diptych-test-x-redis"), None);
    }
}
