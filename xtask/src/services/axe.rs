//! axe-core, which looks at the console's pages for what keeps people out: one file out of a package of npm, below the
//! target folder, where the next run finds it again. It is run in the tests only.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::machine::{install, starts, takes_packages};
use super::{Provided, Service, missing};
use crate::cargo::Call;
use crate::problem::Problem;

/// The version that the pages are held to: which rules there are changes from one to the next.
const PIN: &str = "4.14.1";

pub(super) const AXE: Service = Service {
    name: "axe-core",
    needed_by: "the tests of the console in a browser",
    variable: "DIPTYCH_TEST_AXE",
    programs: &[],
    debian: &["npm"],
    elsewhere: "install npm so that `npm` is on the search path",
};

/// Finds it, or gets it.
///
/// # Errors
/// Where there is no npm, or what npm said.
pub(super) fn provide(root: &Path) -> Result<Provided, Problem> {
    let variable = AXE.variable;
    if let Ok(value) = std::env::var(variable) {
        return Ok(Provided { variable, value });
    }
    let folder = folder(root);
    let file = folder.join("node_modules").join("axe-core").join("axe.min.js");
    if !file.exists() {
        get(&folder)?;
    }
    Ok(Provided { variable, value: file.display().to_string() })
}

/// A version has a folder of its own, so that a new pin is a new one.
fn folder(root: &Path) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    root.join(target).join("axe-core").join(PIN)
}

fn get(folder: &Path) -> Result<(), Problem> {
    if starts("npm").is_err() && takes_packages()? {
        install(AXE.debian)?;
    }
    if starts("npm").is_err() {
        return Err(missing(&AXE));
    }
    eprintln!("=== installing axe-core {PIN} into {}", folder.display());
    std::fs::create_dir_all(folder).map_err(|source| Problem::Read { path: folder.to_owned(), source })?;
    let mut get = Command::new("npm");
    get.args(["install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]).arg(folder);
    get.arg(format!("axe-core@{PIN}"));
    Call::new(get).output().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_kept_in_a_folder_of_its_own() {
        assert!(folder(Path::new("/workspace")).ends_with(Path::new("axe-core").join(PIN)));
    }
}
