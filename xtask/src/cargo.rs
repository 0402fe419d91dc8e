//! How other programs are called: with no stdin, in an environment of a terminal's, and never with a lost error.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::problem::Problem;

/// A program about to be run.
pub(crate) struct Call(Command);

impl Call {
    pub(crate) fn new(command: Command) -> Self {
        Self(command)
    }

    /// The cargo that started this, to be run at `root`.
    ///
    /// `cargo run` tells its child about this very package; what it tells is taken away again, since build scripts
    /// that watch these variables would otherwise run anew each time cargo is called from here or from a terminal.
    pub(crate) fn cargo(root: &Path, arguments: &[&str]) -> Self {
        let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(program);
        command.current_dir(root).args(arguments).env("CARGO_INCREMENTAL", "0");
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(is_about_this_package) {
                command.env_remove(name);
            }
        }
        Self(command)
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.0.env_remove(name);
        self
    }

    /// Runs to the end, with its output going where ours goes.
    ///
    /// # Errors
    /// When it does not start or does not succeed.
    pub(crate) fn run(mut self) -> Result<(), Problem> {
        let command = self.text();
        let status = self
            .0
            .stdin(Stdio::null())
            .status()
            .map_err(|source| Problem::Start { command: command.clone(), source })?;
        if status.success() { Ok(()) } else { Err(Problem::Ended { command, status, output: String::new() }) }
    }

    /// Runs to the end and returns what it printed; what it said on stderr goes into the error.
    ///
    /// # Errors
    /// When it does not start, does not succeed, or prints something that is not text.
    pub(crate) fn output(mut self) -> Result<String, Problem> {
        let command = self.text();
        let done = self
            .0
            .stdin(Stdio::null())
            .output()
            .map_err(|source| Problem::Start { command: command.clone(), source })?;
        if !done.status.success() {
            let output = String::from_utf8_lossy(&done.stderr).into_owned();
            return Err(Problem::Ended { command, status: done.status, output });
        }
        String::from_utf8(done.stdout).map_err(|_| Problem::NotText { command })
    }

    /// The command as one would type it.
    pub(crate) fn text(&self) -> String {
        let program = Path::new(self.0.get_program());
        let program = program.file_stem().unwrap_or(program.as_os_str());
        let words = std::iter::once(program).chain(self.0.get_args());
        words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
    }
}

fn is_about_this_package(name: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
        || name == "CARGO_PRIMARY_PACKAGE"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_says_about_this_package_is_not_handed_on() {
        assert!(is_about_this_package("CARGO_PKG_NAME"));
        assert!(is_about_this_package("CARGO_MANIFEST_DIR"));
        assert!(!is_about_this_package("CARGO_TARGET_DIR"));
        assert!(!is_about_this_package("CARGO_HOME"));
    }

    #[test]
    fn a_call_reads_as_one_would_type_it() {
        let mut command = Command::new("/usr/bin/cargo");
        command.args(["fmt", "--check"]);
        assert_eq!(Call::new(command).text(), "cargo fmt --check");
    }

    #[test]
    fn a_program_that_fails_says_why() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo reason >&2; exit 3"]);
        let problem = Call::new(command).output().unwrap_err().to_string();
        assert!(problem.contains("exit status: 3") && problem.contains("reason"), "{problem}");
    }
}
