//! What the machine has, and how it is given what it lacks: Debian's packages, where this runs there as root.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::cargo::Call;
use crate::problem::Problem;

/// Whether a program of that name or path can be started at all; what it answers is left to who uses it.
///
/// # Errors
/// What the system says.
pub(super) fn starts(program: &str) -> std::io::Result<()> {
    Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map(drop)
}

/// Whether packages can be installed.
///
/// # Errors
/// When the system does not say who runs this.
pub(super) fn takes_packages() -> Result<bool, Problem> {
    Ok(on_debian() && is_root()?)
}

pub(super) fn on_debian() -> bool {
    std::fs::read_to_string(Path::new("/etc/os-release")).is_ok_and(|release| is_debian(&release))
}

fn is_debian(release: &str) -> bool {
    let mut names = release.lines().filter_map(|line| {
        let (key, value) = line.split_once('=')?;
        matches!(key, "ID" | "ID_LIKE").then(|| value.trim_matches('"'))
    });
    names.any(|value| value.split(' ').any(|name| name == "debian"))
}

/// # Errors
/// When the system does not say.
pub(super) fn is_root() -> Result<bool, Problem> {
    let mut id = Command::new("id");
    id.arg("-u");
    Ok(Call::new(id).output()?.trim() == "0")
}

/// Whether a process of this id is there.
pub(super) fn runs(process: u32) -> bool {
    let mut look = Command::new("ps");
    look.args(["-o", "pid=", "-p", &process.to_string()]);
    Call::new(look).output().is_ok()
}

/// Installs Debian's packages of these names.
///
/// # Errors
/// What `apt-get` said.
pub(super) fn install(packages: &[&str]) -> Result<(), Problem> {
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

    #[test]
    fn debian_and_what_descends_from_it_are_known() {
        assert!(is_debian("NAME=x\nID=debian\n"));
        assert!(is_debian("ID=ubuntu\nID_LIKE=\"foo debian\"\n"));
        assert!(!is_debian("ID=fedora\nVARIANT=debian\n"));
    }

    #[test]
    fn a_program_that_is_not_there_does_not_start() {
        assert!(starts("a-program-that-nobody-has").is_err());
    }
}
