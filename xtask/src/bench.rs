//! The benchmarks: builds them and the shop as they are released, starts the server that some rows need, and runs them.

use std::path::Path;

use crate::cargo::Call;
use crate::problem::Problem;
use crate::services;

/// Where the page and its charts are kept.
const PAGES: &str = "docs";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only the rows of these names, separated by commas
    #[arg(long, value_name = "ROW")]
    only: Option<String>,
    /// How many pairs a row is measured with [default: 15, with --quick 3]
    #[arg(long, value_name = "NUMBER")]
    pairs: Option<u16>,
    /// Small logs and few pairs: shows in a minute that everything runs; the figures mean little
    #[arg(long)]
    quick: bool,
    /// Leave out the rows that need a server
    #[arg(long)]
    embedded: bool,
    /// Print every number as JSON on standard output
    #[arg(long)]
    json: bool,
    /// Write benchmarks.md and benchmarks/ into this folder [default: docs, where neither --only nor --quick is given]
    #[arg(long, value_name = "DIR")]
    out: Option<String>,
}

/// Builds and runs.
///
/// # Errors
/// What does not build; a run in which a target is missed ends with an error too.
pub(crate) fn run(root: &Path, options: &Options) -> Result<(), Problem> {
    let build = ["build", "--release", "--package", "shop", "--package", "diptych-benches"];
    shown(Call::cargo(root, &build))?;
    // Stopped when this is dropped, also after a run that fails.
    let (_servers, postgres) =
        if options.embedded { Default::default() } else { services::provide_postgres(root)? };
    let arguments = arguments(options, postgres);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    shown(Call::cargo(root, &arguments))
}

fn arguments(options: &Options, postgres: Option<String>) -> Vec<String> {
    let mut all: Vec<String> =
        ["run", "--quiet", "--release", "--package", "diptych-benches", "--"].map(str::to_owned).into();
    let kept = (options.only.is_none() && !options.quick).then(|| PAGES.to_owned());
    let pairs = options.pairs.map(|pairs| pairs.to_string());
    for (flag, value) in [
        ("--only", options.only.clone()),
        ("--pairs", pairs),
        ("--postgres", postgres),
        ("--out", options.out.clone().or(kept)),
    ] {
        all.extend(value.into_iter().flat_map(|value| [flag.to_owned(), value]));
    }
    for (flag, given) in [("--quick", options.quick), ("--json", options.json)] {
        all.extend(given.then(|| flag.to_owned()));
    }
    all
}

fn shown(call: Call) -> Result<(), Problem> {
    eprintln!("$ {}", call.text());
    call.run()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(only: Option<&str>, quick: bool) -> String {
        let only = only.map(str::to_owned);
        let options = Options { only, pairs: Some(9), quick, embedded: false, json: false, out: None };
        arguments(&options, Some("URL".to_owned())).join(" ")
    }

    #[test]
    fn only_a_whole_run_is_kept() {
        assert!(asked(None, false).ends_with("-- --pairs 9 --postgres URL --out docs"));
        assert!(asked(Some("append"), false).ends_with("-- --only append --pairs 9 --postgres URL"));
        assert!(asked(None, true).ends_with("-- --pairs 9 --postgres URL --quick"));
    }
}
