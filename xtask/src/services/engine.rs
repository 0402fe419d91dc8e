//! The engines of read models: how each is made, below the target folder, into a launcher `start PORT FOLDER` that becomes the
//! server, on that loopback port with its data in that folder. Tests are given the launcher too, for servers of their own that
//! they kill.
//!
//! Sources and versions are those of [`ENGINES`]; what is built of ours is in `xtask/servers`.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::machine;
use crate::cargo::Call;
use crate::problem::Problem;

/// One engine.
pub(super) struct Engine {
    pub(super) name: &'static str,
    /// The version, and with it the folder it is made in.
    pub(super) version: &'static str,
    /// What is not tested without it.
    pub(super) needed_by: &'static str,
    /// Names a server that runs.
    pub(super) url: &'static str,
    /// Names the launcher.
    pub(super) start: &'static str,
    /// The scheme of its URL.
    pub(super) scheme: &'static str,
    /// What is asked of it to see that it is there, and what the answer holds.
    pub(super) ready: (&'static [u8], &'static str),
    /// The programs that making and running it take.
    programs: &'static [&'static str],
    /// The packages that bring them on Debian.
    debian: &'static [&'static str],
    make: fn(&Making<'_>) -> Result<String, Problem>,
}

const HEALTH: &[u8] = b"GET /_cluster/health?wait_for_status=yellow&timeout=1s HTTP/1.0\r\n\r\n";

/// Those that there are.
pub(super) const ENGINES: &[Engine] = &[
    Engine {
        name: "redis",
        version: "debian",
        needed_by: "the tests of diptych-redis",
        url: "DIPTYCH_TEST_REDIS_URL",
        start: "DIPTYCH_TEST_REDIS_START",
        scheme: "redis",
        ready: (b"PING\r\n", "+PONG"),
        programs: &["redis-server"],
        debian: &["redis-server"],
        make: redis,
    },
    Engine {
        name: "ferretdb",
        version: "1.24.2",
        needed_by: "the tests of diptych-mongodb",
        url: "DIPTYCH_TEST_MONGODB_URL",
        start: "DIPTYCH_TEST_MONGODB_START",
        scheme: "mongodb",
        ready: (b"", ""),
        programs: &["go"],
        debian: &["golang-go"],
        make: ferretdb,
    },
    Engine {
        name: "opensearch",
        version: "2.18.0",
        needed_by: "the tests of diptych-elasticsearch",
        url: "DIPTYCH_TEST_OPENSEARCH_URL",
        start: "DIPTYCH_TEST_OPENSEARCH_START",
        scheme: "opensearch+http",
        ready: (HEALTH, " 200 "),
        programs: &["mvn", "javac"],
        debian: &["maven", "openjdk-17-jdk-headless"],
        make: maven,
    },
    Engine {
        name: "elasticsearch",
        version: "7.10.2",
        needed_by: "the tests of diptych-elasticsearch",
        url: "DIPTYCH_TEST_ELASTICSEARCH_URL",
        start: "DIPTYCH_TEST_ELASTICSEARCH_START",
        scheme: "elasticsearch+http",
        ready: (HEALTH, " 200 "),
        programs: &["mvn", "javac"],
        debian: &["maven", "openjdk-17-jdk-headless"],
        make: maven,
    },
];

/// Where one is made, and of what.
struct Making<'a> {
    /// Sources of ours.
    sources: PathBuf,
    /// What is made.
    folder: &'a Path,
}

impl Engine {
    /// Its launcher, made now where it was not made before.
    ///
    /// # Errors
    /// What it takes is missing, or cannot be built or got.
    pub(super) fn launcher(&self, root: &Path) -> Result<PathBuf, Problem> {
        let folder = made(root).join(format!("{}-{}", self.name, self.version));
        let launcher = folder.join("start");
        if launcher.exists() && self.missing().is_none() {
            return Ok(launcher);
        }
        self.see_to_programs()?;
        eprintln!("=== making {} {} in {}", self.name, self.version, folder.display());
        let write = |path: &Path, source| Problem::Write { path: path.to_owned(), source };
        std::fs::create_dir_all(&folder).map_err(|source| write(&folder, source))?;
        let sources = root.join("xtask/servers").join(self.name);
        let script = (self.make)(&Making { sources, folder: &folder })?;
        // Last, so that what was interrupted is made again.
        let unfinished = folder.join("start.unfinished");
        std::fs::write(&unfinished, script).map_err(|source| write(&unfinished, source))?;
        let mut executable = Command::new("chmod");
        executable.arg("+x").arg(&unfinished);
        Call::new(executable).output()?;
        std::fs::rename(&unfinished, &launcher).map_err(|source| write(&launcher, source))?;
        Ok(launcher)
    }

    fn missing(&self) -> Option<&'static str> {
        self.programs.iter().copied().find(|program| machine::starts(program).is_err())
    }

    fn see_to_programs(&self) -> Result<(), Problem> {
        if self.missing().is_some() && machine::takes_packages()? {
            machine::install(self.debian)?;
        }
        let Some(program) = self.missing() else { return Ok(()) };
        let advice = format!(
            "install it (Debian: {}) so that `{program}` is on the search path, or set {} and {}, or leave such tests out with --embedded",
            self.debian.join(", "),
            self.url,
            self.start
        );
        Err(Problem::Missing { name: program, by: self.needed_by, advice })
    }
}

/// Below the target folder, where the next run finds it again.
pub(super) fn made(root: &Path) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    root.join(target).join("services")
}

fn redis(_: &Making<'_>) -> Result<String, Problem> {
    Ok(script(
        "mkdir -p \"$2\"\nexec redis-server --port \"$1\" --bind 127.0.0.1 --dir \"$2\" --appendonly yes --set-proc-title no",
    ))
}

fn ferretdb(making: &Making<'_>) -> Result<String, Problem> {
    let program = making.folder.join("ferretdb");
    let mut build = Command::new("go");
    build.current_dir(&making.sources).args(["build", "-mod=readonly", "-o"]).arg(&program).arg(".");
    Call::new(build).output()?;
    Ok(script(&format!("mkdir -p \"$2\"\nexec \"{}\" \"127.0.0.1:$1\" \"$2\"", program.display())))
}

/// A Java server of a `pom.xml` that names it, and a `Server.java` that runs it.
fn maven(making: &Making<'_>) -> Result<String, Problem> {
    let (libraries, classes) = (making.folder.join("lib"), making.folder.join("classes"));
    let mut get = Command::new("mvn");
    get.args(["-q", "-B", "-f"]).arg(making.sources.join("pom.xml"));
    get.args(["dependency:copy-dependencies", "-DincludeScope=runtime"]);
    get.arg(format!("-DoutputDirectory={}", libraries.display()));
    Call::new(get).output()?;
    let mut compile = Command::new("javac");
    compile
        .arg("-cp")
        .arg(libraries.join("*"))
        .arg("-d")
        .arg(&classes)
        .arg(making.sources.join("Server.java"));
    Call::new(compile).output()?;
    let path = format!("{}:{}", classes.display(), libraries.join("*").display());
    Ok(script(&format!("exec java -Xmx768m -cp \"{path}\" Server \"$1\" \"$2\"")))
}

fn script(body: &str) -> String {
    format!("#!/bin/sh\n# PORT FOLDER: becomes the server\n{body}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_of_sources_has_them() {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("servers");
        let made = ENGINES.iter().filter(|engine| engine.name != "redis");
        assert!(made.map(|engine| sources.join(engine.name)).all(|folder| folder.is_dir()));
    }

    #[test]
    fn the_sources_name_the_version_that_the_table_does() {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("servers");
        for engine in ENGINES.iter().filter(|engine| engine.name != "redis") {
            let folder = sources.join(engine.name);
            let file =
                ["go.mod", "pom.xml"].map(|name| folder.join(name)).into_iter().find(|file| file.exists());
            let text = std::fs::read_to_string(file.unwrap()).unwrap();
            assert!(text.contains(engine.version), "{}", engine.name);
        }
    }
}
