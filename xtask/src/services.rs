//! What tests need from the machine beyond Rust and a C compiler: one row of [`SERVICES`] each.
//!
//! A service is found in this order: what its variable says, what is already installed, what Debian installs when
//! this runs there as root. Otherwise it is said what to do, before anything is built.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cargo::Call;
use crate::postgres::Postgres;
use crate::problem::Problem;
use crate::schemathesis::{self, Environment};

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

const SERVICES: &[Service] = &[
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
];

/// A service as tests are told of it.
pub(crate) struct Provided {
    pub(crate) variable: &'static str,
    pub(crate) value: String,
}

/// The variables by which tests are told of services.
pub(crate) fn variables() -> impl Iterator<Item = &'static str> {
    SERVICES.iter().map(|service| service.variable).chain([POSTGRES.variable, SCHEMATHESIS.variable])
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
    started: Vec<Postgres>,
}

impl Run {
    /// Stops what was started.
    ///
    /// # Errors
    /// The first server that does not end.
    pub(crate) fn stop(&mut self) -> Result<(), Problem> {
        self.started.drain(..).try_for_each(|server| server.stop())
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        if let Err(problem) = self.stop() {
            eprintln!("xtask: a server that was started for the tests is left: {problem}");
        }
    }
}

/// Finds or installs every service, and starts the servers among them.
///
/// # Errors
/// The first that cannot be had, with what to do about it.
pub(crate) fn provide(root: &Path) -> Result<Run, Problem> {
    let mut provided: Vec<_> = SERVICES.iter().map(provide_one).collect::<Result<_, _>>()?;
    provided.push(provide_schemathesis(root)?);
    let mut run = Run { provided, started: Vec::new() };
    let url = match std::env::var(POSTGRES.variable) {
        Ok(url) => url,
        Err(_) => {
            let server = postgres(std::env::temp_dir().join(format!("diptych-test-{}", std::process::id())))?;
            let url = server.start()?;
            run.started.push(server);
            url
        }
    };
    eprintln!("=== PostgreSQL at {url}");
    run.provided.push(Provided { variable: POSTGRES.variable, value: url });
    Ok(run)
}

fn postgres(folder: PathBuf) -> Result<Postgres, Problem> {
    let root = is_root()?;
    if let Some(server) = Postgres::of(folder.clone(), root) {
        return Ok(server);
    }
    if on_debian() && root {
        install(POSTGRES.debian)?;
    }
    Postgres::of(folder, root).ok_or_else(|| missing(&POSTGRES))
}

/// What is to be done with servers that stay up between runs.
#[derive(clap::Subcommand)]
pub(crate) enum Order {
    /// Install and start what is missing, and say which variables name it
    Up,
    /// Stop what `up` has started, and remove what it kept
    Down,
    /// Say what runs
    Status,
}

/// Carries it out.
///
/// # Errors
/// What a server's programs said.
pub(crate) fn carry_out(order: Order) -> Result<(), Problem> {
    let server = postgres(std::env::temp_dir().join("diptych-services-postgres"))?;
    let running = server.running();
    match (order, running) {
        (Order::Up, None) => println!("export {}={}", POSTGRES.variable, server.start()?),
        (Order::Up | Order::Status, Some(url)) => println!("export {}={url}", POSTGRES.variable),
        (Order::Down, Some(_)) => server.stop()?,
        (Order::Down | Order::Status, None) => {
            println!("PostgreSQL does not run; `cargo xtask services up` starts it")
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
        if !schemathesis::has_python() && on_debian() && is_root()? {
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
    if on_debian() && is_root()? {
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

/// Whether a program of that name or path can be started at all; what it answers is left to the tests.
fn starts(program: &str) -> std::io::Result<()> {
    Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map(drop)
}

fn advice(service: &Service, debian: bool) -> String {
    let install = if debian {
        format!("as root run `apt-get install {}`", service.debian.join(" "))
    } else {
        service.elsewhere.to_owned()
    };
    format!("{install}, or set {} to where it is, or leave such tests out with --embedded", service.variable)
}

fn on_debian() -> bool {
    std::fs::read_to_string(Path::new("/etc/os-release")).is_ok_and(|release| is_debian(&release))
}

fn is_debian(release: &str) -> bool {
    let mut names = release.lines().filter_map(|line| {
        let (key, value) = line.split_once('=')?;
        matches!(key, "ID" | "ID_LIKE").then(|| value.trim_matches('"'))
    });
    names.any(|value| value.split(' ').any(|name| name == "debian"))
}

fn is_root() -> Result<bool, Problem> {
    let mut id = Command::new("id");
    id.arg("-u");
    Ok(Call::new(id).output()?.trim() == "0")
}

fn install(packages: &[&str]) -> Result<(), Problem> {
    eprintln!("=== installing {}", packages.join(", "));
    apt_get(&["-q", "update"])?;
    let mut arguments = vec!["-q", "install", "-y", "--no-install-recommends"];
    arguments.extend(packages);
    apt_get(&arguments)
}

fn apt_get(arguments: &[&str]) -> Result<(), Problem> {
    let mut command = Command::new("apt-get");
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    Call::new(command).run()
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
    fn debian_and_what_descends_from_it_are_known() {
        assert!(is_debian("NAME=x\nID=debian\n"));
        assert!(is_debian("ID=ubuntu\nID_LIKE=\"foo debian\"\n"));
        assert!(!is_debian("ID=fedora\nVARIANT=debian\n"));
    }

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
