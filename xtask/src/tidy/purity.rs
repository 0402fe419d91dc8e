//! The core knows no runtime, no database and no HTTP: held against everything it pulls in, however far down.

use std::path::Path;

use super::finding::Finding;
use crate::cargo::Call;
use crate::problem::Problem;

const CORE: &str = "diptych-core";
const MANIFEST: &str = "crates/diptych-core/Cargo.toml";
const FORBIDDEN: [&str; 6] = ["tokio", "axum", "hyper", "rusqlite", "reqwest", "tower-http"];

/// What cargo says the core depends on, with all of its features, one `name version` a line.
///
/// # Errors
/// When cargo cannot tell.
pub(crate) fn tree(root: &Path) -> Result<String, Problem> {
    let arguments = [
        "tree",
        "--quiet",
        "-p",
        CORE,
        "-e",
        "normal",
        "--all-features",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ];
    Call::cargo(root, &arguments).output()
}

pub(crate) fn check(tree: &str) -> Vec<Finding> {
    let is_there = |name: &&str| tree.lines().any(|line| line.split(' ').next() == Some(*name));
    let found = FORBIDDEN.iter().copied().filter(is_there);
    found
        .map(|name| {
            let text = format!(
                "{CORE} depends on {name}, directly or not; it knows no runtime, no database and no HTTP \
                 (`cargo tree -p {CORE} -e normal -i {name}` says by which way)"
            );
            Finding::refused(MANIFEST, 1, text)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_anywhere_below_the_core_is_found() {
        assert_eq!(check("diptych-core v0.1.0 (here)\nserde v1.0.0\ntokio v1.0.0 (*)\n").len(), 1);
        assert_eq!(check("diptych-core v0.1.0 (here)\nserde v1.0.0\ntokio-macros v1.0.0\n"), []);
    }
}
