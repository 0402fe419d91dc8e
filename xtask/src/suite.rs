//! The test command: one list of steps, the cheapest first, the first failure ends it.
//!
//! All steps share one target folder. Clippy's and the documentation's builds stop at metadata and share that of the
//! dependencies; only then are tests built and run, last, so that their own lines close the output.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::cargo::Call;
use crate::problem::Problem;
use crate::services::{self, Provided, Run};
use crate::tidy;

/// Told to tests that are to do without servers, without Node and without schemathesis.
const EMBEDDED: &str = "DIPTYCH_TEST_EMBEDDED";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Install nothing, and run only what needs neither a server nor Node nor schemathesis
    #[arg(long)]
    embedded: bool,
    /// Run only the tests whose name contains this, and no other step
    #[arg(long, value_name = "NAME")]
    filter: Option<String>,
}

struct Step<'a> {
    name: &'static str,
    work: Box<dyn Fn() -> Result<(), Problem> + 'a>,
}

/// Runs every step, or with a filter only the tests.
///
/// # Errors
/// The first step that failed, and which were not run for it.
pub(crate) fn run(root: &Path, options: &Options) -> Result<(), Problem> {
    let mut services = if options.embedded { Run::default() } else { services::provide(root)? };
    let mut steps = steps(root, options, &services.provided);
    if options.filter.is_some() {
        steps.retain(|step| step.name == "test");
    }
    let outcome = in_order(&steps);
    drop(steps);
    let stopped = services.stop();
    outcome.and(stopped)
}

fn steps<'a>(root: &'a Path, options: &'a Options, provided: &'a [Provided]) -> Vec<Step<'a>> {
    let step = |name, work: Box<dyn Fn() -> Result<(), Problem> + 'a>| Step { name, work };
    vec![
        step("format", Box::new(|| shown(Call::cargo(root, &["fmt", "--all", "--check"])))),
        step("tidy", Box::new(|| tidy::run(root))),
        step("clippy", Box::new(|| shown(clippy(root)))),
        step("doc", Box::new(|| shown(doc(root)))),
        step("test", Box::new(|| shown(test(root, options, provided)))),
    ]
}

fn clippy(root: &Path) -> Call {
    let arguments = ["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"];
    Call::cargo(root, &arguments)
}

fn doc(root: &Path) -> Call {
    let arguments = ["doc", "--workspace", "--no-deps", "--all-features"];
    Call::cargo(root, &arguments).env("RUSTDOCFLAGS", "-D warnings")
}

/// The tests of every crate and its documentation; one failing test binary does not hide the next.
fn test(root: &Path, options: &Options, provided: &[Provided]) -> Call {
    let mut arguments = vec!["test", "--workspace", "--all-features", "--no-fail-fast"];
    arguments.extend(options.filter.as_deref());
    let call = Call::cargo(root, &arguments);
    if options.embedded {
        let hidden = services::variables();
        return hidden.fold(call.env(EMBEDDED, "1"), |call, variable| call.without_env(variable));
    }
    provided.iter().fold(call.without_env(EMBEDDED), |call, it| call.env(it.variable, &it.value))
}

fn shown(call: Call) -> Result<(), Problem> {
    eprintln!("$ {}", call.text());
    call.run()
}

fn in_order(steps: &[Step<'_>]) -> Result<(), Problem> {
    let mut passed = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        eprintln!("=== {}", step.name);
        let started = Instant::now();
        let outcome = (step.work)();
        let took = seconds(started.elapsed());
        if let Err(problem) = outcome {
            summarise(&passed);
            let rest = steps.iter().skip(at + 1).map(|step| step.name).collect();
            return Err(Problem::Step { step: step.name, after: took, rest, source: Box::new(problem) });
        }
        eprintln!("=== {} passed in {took}", step.name);
        passed.push((step.name, took));
    }
    summarise(&passed);
    Ok(())
}

fn summarise(passed: &[(&str, String)]) {
    let list: Vec<_> = passed.iter().map(|(name, took)| format!("{name} {took}")).collect();
    if !list.is_empty() {
        eprintln!("=== passed: {}", list.join(", "));
    }
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn the_first_failure_ends_the_run_and_names_what_was_not_run() {
        let ran = RefCell::new(Vec::new());
        let step = |name, outcome: fn() -> Result<(), Problem>| Step {
            name,
            work: Box::new({
                let ran = &ran;
                move || {
                    ran.borrow_mut().push(name);
                    outcome()
                }
            }),
        };
        let steps = [
            step("one", || Ok(())),
            step("two", || Err(Problem::Untidy { refused: 2 })),
            step("three", || Ok(())),
            step("four", || Ok(())),
        ];
        let said = in_order(&steps).unwrap_err().to_string();
        assert_eq!(*ran.borrow(), ["one", "two"]);
        assert!(said.starts_with("`two` failed after"), "{said}");
        assert!(said.ends_with("tidy refused 2 things (printed above); not run: three, four"), "{said}");
    }

    #[test]
    fn a_filter_is_handed_to_the_tests() {
        let options = Options { embedded: false, filter: Some("receipt".to_owned()) };
        let text = test(Path::new("."), &options, &[]).text();
        assert!(text.ends_with("test --workspace --all-features --no-fail-fast receipt"), "{text}");
    }
}
