//! `cargo xtask torture`: the proofs by trying, in their long form, and the report of what they have seen.
//!
//! A proof is a test that asks `diptych_testkit::Effort` how much to try and hands in its `Evidence`. The test command
//! runs every one of them in its short form; here [`PROOFS`] says where they are. A test that hands in evidence and that no
//! row leads to is found by a test of this file.

mod report;

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::cargo::Call;
use crate::problem::Problem;
use crate::services;
use report::{Report, Section};

/// Says how much to try; see `diptych_testkit::proof`.
const EFFORT: &str = "DIPTYCH_TORTURE";
/// Names the file that evidence goes to.
const EVIDENCE: &str = "DIPTYCH_TORTURE_REPORT";

/// Some proofs that are run together: the tests of one target whose path contains the filter.
struct Proof {
    /// What `--only` calls them, and what they are headed by in the report.
    name: &'static str,
    package: &'static str,
    /// The test target: the folder or file under `tests`.
    target: &'static str,
    filter: &'static str,
}

const fn proof(
    name: &'static str,
    package: &'static str,
    target: &'static str,
    filter: &'static str,
) -> Proof {
    Proof { name, package, target, filter }
}

/// Every proof there is. Rows of one name are one section of the report.
const PROOFS: &[Proof] = &[
    proof("faults", "diptych-sqlite", "faults", ""),
    proof("completeness", "diptych-testkit", "testkit", "subscribers::"),
    proof("completeness", "diptych-sqlite", "sqlite", "subscribers::"),
    proof("completeness", "diptych-postgres", "postgres", "subscribers::"),
    proof("completeness", "diptych-postgres", "postgres", "processes::"),
    proof("model", "diptych-testkit", "testkit", "::model::"),
    proof("model", "diptych-sqlite", "sqlite", "::model::"),
    proof("model", "diptych-postgres", "postgres", "::model::"),
    proof("projections", "diptych-testkit", "testkit", "::proof::"),
    proof("projections", "diptych-sqlite", "sqlite", "::proof::"),
    proof("projections", "diptych-postgres", "postgres", "::proof::"),
    proof("projections", "diptych-elasticsearch", "elasticsearch", "::proof::"),
    proof("projections", "diptych-tantivy", "tantivy", "::proof::"),
    proof("projections", "diptych-redis", "redis", "::proof::"),
    proof("projections", "diptych-mongodb", "mongodb", "::proof::"),
    proof("engines", "diptych-elasticsearch", "elasticsearch", "trouble::"),
    proof("engines", "diptych-elasticsearch", "elasticsearch", "speed::"),
    proof("boundaries", "diptych-postgres", "postgres", "flat::"),
    proof("nodes", "shop", "clients", "nodes::"),
    proof("crash", "shop", "http", "proof_crash::"),
    proof("leaks", "shop", "http", "proof_leaks::"),
    proof("http", "shop", "http", "proof_schema::"),
    proof("http", "shop", "http", "proof_connections::"),
];

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Run only the proofs of this name, and renew only their section of the report; may be given again
    #[arg(long, value_name = "NAME", value_parser = names())]
    only: Vec<String>,
    /// Try as little as the test command does
    #[arg(long, conflicts_with = "long")]
    short: bool,
    /// Try much, which is the default
    #[arg(long)]
    long: bool,
    /// The report to write
    #[arg(long, value_name = "FILE", default_value = "docs/torture.md")]
    report: PathBuf,
}

fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = PROOFS.iter().map(|proof| proof.name).collect();
    names.dedup();
    names
}

/// Runs the proofs one after the other, and writes the report after each, so that one that hangs takes nothing with it.
///
/// # Errors
/// The last that did not hold; those after it were run all the same.
pub(crate) fn run(root: &Path, options: &Options) -> Result<(), Problem> {
    let services = services::provide(root)?;
    let chosen =
        |proof: &&Proof| options.only.is_empty() || options.only.iter().any(|name| name == proof.name);
    let chosen: Vec<_> = PROOFS.iter().filter(chosen).collect();
    let mut report = Report::read(&root.join(&options.report))?;
    let mut outcome = Ok(());
    for (at, proof) in (1..).zip(&chosen) {
        eprintln!("=== {at} of {}: {}, {} of {}", chosen.len(), proof.name, proof.target, proof.package);
        let begun = Instant::now();
        let evidence = std::env::temp_dir().join(format!("diptych-torture-{}-{at}", std::process::id()));
        let call = call(root, proof, options.short).env(EVIDENCE, &evidence);
        let call = services.provided.iter().fold(call, |call, it| call.env(it.variable, &it.value));
        eprintln!("$ {}", call.text());
        let held = call.run();
        let part = Section::of(root, &evidence, options.short, &held, begun.elapsed())?;
        let is_new = !chosen.iter().take(at - 1).any(|before| before.name == proof.name);
        report.put(proof.name, part, is_new);
        report.write()?;
        outcome = held.and(outcome);
    }
    eprintln!("=== {} says what was seen", options.report.display());
    outcome
}

fn call(root: &Path, proof: &Proof, short: bool) -> Call {
    let mut arguments =
        vec!["test", "--release", "--all-features", "-p", proof.package, "--test", proof.target];
    arguments.extend(["--", "--nocapture"]);
    if !proof.filter.is_empty() {
        arguments.push(proof.filter);
    }
    Call::cargo(root, &arguments).env(EFFORT, if short { "short" } else { "long" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    #[test]
    fn every_row_leads_to_a_test_target() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for proof in PROOFS {
            let folder = targets(&root, proof);
            assert!(
                folder.join(proof.target).is_dir()
                    || folder.join(proof.target).with_extension("rs").is_file()
            );
        }
    }

    #[test]
    fn whatever_hands_in_evidence_is_in_the_list() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for file in workspace::tracked_files(&root).unwrap() {
            let path = root.join(&file);
            let is_test = path.components().any(|part| part.as_os_str() == "tests");
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            if is_test && text.contains("Evidence::of(") {
                let listed =
                    PROOFS.iter().any(|proof| path.starts_with(targets(&root, proof).join(proof.target)));
                assert!(listed, "{file:?} hands in evidence; give it a row in PROOFS");
            }
        }
    }

    fn targets(root: &Path, proof: &Proof) -> PathBuf {
        let package = root.join("crates").join(proof.package);
        if package.is_dir() { package.join("tests") } else { root.join(proof.package).join("tests") }
    }

    #[test]
    fn rows_of_one_name_stand_together() {
        let mut names = names();
        names.sort_unstable();
        let distinct = names.len();
        names.dedup();
        assert_eq!(names.len(), distinct);
    }
}
