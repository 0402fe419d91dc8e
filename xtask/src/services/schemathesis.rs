//! schemathesis, which asks the shop what its OpenAPI document promises: a Python program in a virtual environment of
//! its own, below the target folder, where the next run finds it again.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo::Call;
use crate::problem::Problem;

/// The version that the proof is written for: what it tries, and so what it finds, changes from one to the next.
const PIN: &str = "4.32.5";

/// Where it is, or will be.
pub(super) struct Environment(PathBuf);

impl Environment {
    /// Below the target folder of a workspace. A version has a folder of its own, so that a new pin is a new one.
    pub(super) fn of(root: &Path) -> Self {
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        Self(root.join(target).join("schemathesis").join(PIN))
    }

    pub(super) fn program(&self) -> PathBuf {
        self.0.join("bin").join("schemathesis")
    }

    /// Whether it is all there: what was interrupted is not.
    pub(super) fn is_made(&self) -> bool {
        self.done().exists()
    }

    fn done(&self) -> PathBuf {
        self.0.join("installed")
    }

    /// Makes the environment, and gets the program into it.
    ///
    /// # Errors
    /// What Python said.
    pub(super) fn make(&self) -> Result<(), Problem> {
        eprintln!("=== installing schemathesis {PIN} into {}", self.0.display());
        let mut make = Command::new("python3");
        make.args(["-m", "venv", "--clear"]).arg(&self.0);
        Call::new(make).output()?;
        let mut get = Command::new(self.0.join("bin").join("python"));
        get.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        get.arg(format!("schemathesis=={PIN}"));
        Call::new(get).output()?;
        std::fs::write(self.done(), "").map_err(|source| Problem::Read { path: self.done(), source })
    }
}

/// Whether there is a Python that can make environments: 3.11 or newer, with what Debian keeps in `python3-venv`.
pub(super) fn has_python() -> bool {
    let mut ask = Command::new("python3");
    ask.args(["-c", "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))"]);
    Call::new(ask).output().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_kept_in_a_folder_of_its_own() {
        let program = Environment::of(Path::new("/workspace")).program();
        assert!(program.ends_with(Path::new("schemathesis").join(PIN).join("bin/schemathesis")));
    }

    #[test]
    fn an_environment_that_was_not_finished_is_none() {
        assert!(!Environment(PathBuf::from("/nowhere")).is_made());
    }
}
