//! What tests need from the machine beyond Rust and a C compiler: programs, one row of [`PROGRAMS`] each, and servers:
//! PostgreSQL and the [`engine`]s of read models.
//!
//! A thing is found in this order: what its variable says, what is already there, what Debian installs when
//! this runs there as root. Otherwise it is said what to do, before anything is built.

mod axe;
mod engine;
mod kept;
mod machine;
mod postgres;
mod schemathesis;
mod server;

use std::path::{Path, PathBuf};

use self::engine::ENGINES;
use self::kept::Kept;
use self::machine::{install, is_root, on_debian, starts, takes_packages};
use self::postgres::Postgres;
use self::schemathesis::Environment;
use crate::problem::Problem;

/// Something outside the workspace that tests speak to.
struct Service {
    name: &'static str,
    /// What is not tested without it.
    needed_by: &'static str,
    /// Says where it is; tests are given it filled.
    variable: &'static str,
    /// What it is called on the search path, the preferred name first.
    programs: &'static [&'static str],
    /// The packages that bring it on Debian.
    debian: &'static [&'static str],
    /// What to do on other systems.
    elsewhere: &'static str,
}

const PROGRAMS: &[Service] = &[
    Service {
        name: "Node",
        needed_by: "the tests of /client.js",
        variable: "DIPTYCH_TEST_NODE",
        programs: &["node", "nodejs"],
        debian: &["nodejs"],
        elsewhere: "install Node 18 or newer so that `node` is on the search path",
    },
    Service {
        name: "PgBouncer",
        needed_by: "the tests of PostgreSQL behind a pooler",
        variable: "DIPTYCH_TEST_PGBOUNCER",
        programs: &["pgbouncer", "/usr/sbin/pgbouncer"],
        debian: &["pgbouncer"],
        elsewhere: "install PgBouncer 1.18 or newer so that `pgbouncer` is on the search path",
    },
    Service {
        name: "ChromeDriver",
        needed_by: "the tests of the console in a browser",
        variable: "DIPTYCH_TEST_CHROMEDRIVER",
        programs: &["chromedriver"],
        debian: &["chromium", "chromium-driver"],
        elsewhere: "install Chromium and its ChromeDriver so that `chromedriver` is on the search path",
    },
];

/// A service as tests are told of it.
pub(crate) struct Provided {
    pub(crate) variable: &'static str,
    pub(crate) value: String,
}

/// The variables by which tests are told of services.
pub(crate) fn variables() -> impl Iterator<Item = &'static str> {
    let engines = ENGINES.iter().flat_map(|engine| [engine.url, engine.start]);
    PROGRAMS.iter().map(|service| service.variable).chain(engines).chain([
        POSTGRES.variable,
        SCHEMATHESIS.variable,
        axe::AXE.variable,
    ])
}

/// A server: installed as a service is, then started for a run, unless its variable names one that runs already.
const POSTGRES: Service = Service {
    name: "PostgreSQL",
    needed_by: "the tests of diptych-postgres",
    variable: "DIPTYCH_TEST_POSTGRES_URL",
    programs: &[],
    debian: &["postgresql"],
    elsewhere: "install PostgreSQL 15 or newer so that `pg_ctl` is on the search path",
};

/// Not a package: it is got into an environment of its own.
const SCHEMATHESIS: Service = Service {
    name: "schemathesis",
    needed_by: "the requests made from the OpenAPI document",
    variable: "DIPTYCH_TEST_SCHEMATHESIS",
    programs: &[],
    debian: &["python3", "python3-venv"],
    elsewhere: "install Python 3.11 or newer with `venv` so that `python3` is on the search path",
};

/// What tests are told, and the servers that were started for them.
#[derive(Default)]
pub(crate) struct Run {
    pub(crate) provided: Vec<Provided>,
    started: Vec<Kept>,
}

impl Run {
    /// Stops what was started.
    ///
    /// # Errors
    /// The first server that does not end.
    pub(crate) fn stop(&mut self) -> Result<(), Problem> {
        self.started.drain(..).try_for_each(|server| server.stop())
    }

    /// Starts those of the wanted servers that no variable names: all at once, and then waits for each.
    fn start(&mut self, root: &Path, wanted: impl Fn(&str) -> bool) -> Result<(), Problem> {
        kept::sweep()?;
        let mut servers = kept::all(|name| kept::folder_of_run(std::process::id(), name))?;
        servers.retain(|server| wanted(server.variable()));
        for server in servers {
            let variable = server.variable();
            if let Ok(value) = std::env::var(variable) {
                self.provided.push(Provided { variable, value });
                continue;
            }
            server.start(root)?;
            self.started.push(server);
        }
        for server in &self.started {
            let value = server.serving()?;
            eprintln!("=== {} at {value}", server.name());
            self.provided.push(Provided { variable: server.variable(), value });
        }
        Ok(())
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        if let Err(problem) = self.stop() {
            eprintln!("xtask: a server that was started for the tests is left: {problem}");
        }
    }
}

/// Finds, makes or installs every service, and starts the servers among them.
///
/// # Errors
/// The first that cannot be had, with what to do about it.
pub(crate) fn provide(root: &Path) -> Result<Run, Problem> {
    let mut provided: Vec<_> = PROGRAMS.iter().map(provide_one).collect::<Result<_, _>>()?;
    provided.push(provide_schemathesis(root)?);
    provided.push(axe::provide(root)?);
    for engine in ENGINES {
        let value = match std::env::var(engine.start) {
            Ok(value) => value,
            Err(_) => engine.launcher(root)?.display().to_string(),
        };
        provided.push(Provided { variable: engine.start, value });
    }
    let mut run = Run { provided, started: Vec::new() };
    run.start(root, |_| true)?;
    Ok(run)
}

/// Only PostgreSQL, and its URL.
///
/// # Errors
/// When it cannot be had, with what to do about it.
pub(crate) fn provide_postgres(root: &Path) -> Result<(Run, Option<String>), Problem> {
    let mut run = Run::default();
    run.start(root, |variable| variable == POSTGRES.variable)?;
    let url = run.provided.first().map(|provided| provided.value.clone());
    Ok((run, url))
}

fn postgres(folder: PathBuf) -> Result<Postgres, Problem> {
    let root = is_root()?;
    if let Some(server) = Postgres::of(folder.clone(), root) {
        return Ok(server);
    }
    if takes_packages()? {
        install(POSTGRES.debian)?;
    }
    Postgres::of(folder, root).ok_or_else(|| missing(&POSTGRES))
}

/// What is to be done with servers that stay up between runs.
#[derive(clap::Subcommand)]
pub(crate) enum Order {
    /// Get and start what does not run, and say which variables name it
    Up(Names),
    /// Stop what `up` has started, and remove what it kept
    Down(Names),
    /// Say what runs
    Status(Names),
}

/// Which servers.
#[derive(clap::Args)]
pub(crate) struct Names {
    /// Only these [default: all]
    #[arg(value_name = "SERVER", value_parser = clap::builder::PossibleValuesParser::new(kept::names()))]
    only: Vec<String>,
}

impl Names {
    /// The servers of these names that stay up between runs.
    fn servers(&self) -> Result<Vec<Kept>, Problem> {
        let folder = |name: &str| std::env::temp_dir().join(format!("diptych-services-{name}"));
        let mut servers = kept::all(folder)?;
        servers.retain(|server| self.only.is_empty() || self.only.iter().any(|name| name == server.name()));
        Ok(servers)
    }
}

/// The URLs of these servers, in this order. Those that do not run are started, and stay up.
///
/// # Errors
/// What a server's programs said.
pub(crate) fn urls<const N: usize>(root: &Path, names: [&'static str; N]) -> Result<[String; N], Problem> {
    let servers = Names { only: names.map(str::to_owned).into() }.servers()?;
    start_missing(root, &servers)?;
    let mut urls = names.map(|_| String::new());
    for (name, url) in names.into_iter().zip(&mut urls) {
        if let Some(server) = servers.iter().find(|server| server.name() == name) {
            *url = server.serving()?;
        }
    }
    Ok(urls)
}

/// Where what goes with these servers is kept between runs.
pub(crate) fn folder(root: &Path) -> PathBuf {
    engine::made(root)
}

fn start_missing(root: &Path, servers: &[Kept]) -> Result<(), Problem> {
    servers.iter().filter(|server| server.running().is_none()).try_for_each(|server| server.start(root))
}

/// Carries it out.
///
/// # Errors
/// What a server's programs said.
pub(crate) fn carry_out(root: &Path, order: &Order) -> Result<(), Problem> {
    match order {
        Order::Up(names) => {
            let servers = names.servers()?;
            start_missing(root, &servers)?;
            for server in &servers {
                println!("export {}={}", server.variable(), server.serving()?);
                server.also_told(root)?.iter().for_each(|it| println!("export {}={}", it.variable, it.value));
            }
        }
        Order::Down(names) => {
            let servers = names.servers()?;
            servers.iter().filter(|server| server.running().is_some()).try_for_each(Kept::stop)?;
        }
        Order::Status(names) => {
            for server in names.servers()? {
                match server.running() {
                    Some(url) => println!("export {}={url}", server.variable()),
                    None => {
                        println!("# {0} does not run; `cargo xtask services up {0}` starts it", server.name())
                    }
                }
            }
        }
    }
    Ok(())
}

/// What a service's variable says, which must start.
fn named(service: &Service) -> Result<Option<Provided>, Problem> {
    let variable = service.variable;
    let Ok(value) = std::env::var(variable) else { return Ok(None) };
    match starts(&value) {
        Ok(()) => Ok(Some(Provided { variable, value })),
        Err(source) => Err(Problem::Unusable { variable, value, source }),
    }
}

fn provide_schemathesis(root: &Path) -> Result<Provided, Problem> {
    if let Some(named) = named(&SCHEMATHESIS)? {
        return Ok(named);
    }
    let environment = Environment::of(root);
    if !environment.is_made() {
        if !schemathesis::has_python() && takes_packages()? {
            install(SCHEMATHESIS.debian)?;
        }
        if !schemathesis::has_python() {
            return Err(missing(&SCHEMATHESIS));
        }
        environment.make()?;
    }
    Ok(Provided { variable: SCHEMATHESIS.variable, value: environment.program().display().to_string() })
}

fn provide_one(service: &Service) -> Result<Provided, Problem> {
    if let Some(named) = named(service)? {
        return Ok(named);
    }
    let provided = |value| Provided { variable: service.variable, value };
    if let Some(program) = installed(service) {
        return Ok(provided(program.to_owned()));
    }
    if takes_packages()? {
        install(service.debian)?;
        if let Some(program) = installed(service) {
            return Ok(provided(program.to_owned()));
        }
    }
    Err(missing(service))
}

fn missing(service: &Service) -> Problem {
    Problem::Missing { name: service.name, by: service.needed_by, advice: advice(service, on_debian()) }
}

fn installed(service: &Service) -> Option<&'static str> {
    service.programs.iter().copied().find(|program| starts(program).is_ok())
}

fn advice(service: &Service, debian: bool) -> String {
    let install = if debian {
        format!("as root run `apt-get install {}`", service.debian.join(" "))
    } else {
        service.elsewhere.to_owned()
    };
    format!("{install}, or set {} to where it is, or leave such tests out with --embedded", service.variable)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MADE_UP: Service = Service {
        name: "Made-up",
        needed_by: "nothing",
        variable: "DIPTYCH_TEST_MADE_UP",
        programs: &["a-program-that-nobody-has"],
        debian: &["made-up"],
        elsewhere: "build it",
    };

    #[test]
    fn a_program_that_is_not_there_is_not_found() {
        assert_eq!(installed(&MADE_UP), None);
    }

    #[test]
    fn advice_names_the_package_on_debian_and_the_variable_everywhere() {
        assert!(advice(&MADE_UP, true).starts_with("as root run `apt-get install made-up`"));
        assert!(advice(&MADE_UP, false).starts_with("build it"));
        assert!(advice(&MADE_UP, false).contains("DIPTYCH_TEST_MADE_UP"));
    }

    #[test]
    fn every_variable_of_a_service_is_one_of_the_tests() {
        assert!(variables().all(|variable| variable.starts_with("DIPTYCH_TEST_")));
    }
}
