//! `cargo xtask tidy`: what the compiler does not hold but readers rely on.
//!
//! Each check is a file here, named after what it looks at, and turns text into [`Finding`]s; nothing else in it
//! reads the disk. Checks of Rust sources look at tokens ([`tokens`]), so comments and strings never trip them, and
//! what stands inside a macro call is seen like the rest. Only files that git tracks are looked at.

mod arrows;
mod exceptions;
mod finding;
mod header;
mod links;
mod names;
mod places;
mod purity;
mod size;
mod sleep;
mod source;
mod swallowed;
mod tokens;
mod unfinished;

use std::path::Path;

use self::exceptions::Exceptions;
use self::finding::{Finding, Weight};
use self::source::{Rust, Sources};
use crate::problem::Problem;
use crate::workspace;

/// Prints what every check finds, one line each.
///
/// # Errors
/// When anything is refused (what is only questioned is printed and let through), or a file cannot be read.
pub(crate) fn run(root: &Path) -> Result<(), Problem> {
    let sources = Sources::read(root, &workspace::tracked_files(root)?)?;
    let mut findings = check(&sources);
    findings.extend(purity::check(&purity::tree(root)?));
    findings.sort();
    for finding in &findings {
        println!("{finding}");
    }
    match findings.iter().filter(|finding| finding.weight == Weight::Refused).count() {
        0 => Ok(()),
        refused => Err(Problem::Untidy { refused }),
    }
}

fn check(sources: &Sources) -> Vec<Finding> {
    let listed = sources.text(exceptions::FILE).unwrap_or_default();
    let (mut exceptions, mut findings) = Exceptions::parse(listed);
    findings.extend(sources.unreadable.iter().cloned());
    for source in &sources.rust {
        findings.extend(size::check(source, &mut exceptions));
        findings.extend(checks_of_rust(source));
    }
    for file in &sources.files {
        findings.extend(places::check(&file.path, &file.text));
    }
    findings.extend(names::check_paths(sources.files.iter().map(|file| file.path.as_str())));
    findings.extend(links::check(sources));
    findings.extend(arrows::check(sources));
    findings.extend(exceptions.unneeded());
    findings
}

fn checks_of_rust(source: &Rust) -> Vec<Finding> {
    let checks = [
        header::check,
        names::check_modules,
        names::check_tests,
        unfinished::check,
        swallowed::check,
        sleep::check,
    ];
    checks.iter().flat_map(|check| check(source)).collect()
}
