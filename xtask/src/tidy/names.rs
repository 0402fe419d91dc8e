//! Names that say nothing: of folders, files and modules, and of tests.

use std::collections::BTreeSet;

use super::finding::Finding;
use super::source::Rust;
use super::tokens;

/// Words under which anything could be filed.
const HOLLOW: [&str; 7] = ["utils", "util", "common", "helpers", "helper", "manager", "managers"];
/// What every test could begin with.
const PREFIXES: [&str; 3] = ["test_", "it_", "should_"];

/// Looks at every folder and file name once.
pub(crate) fn check_paths<'a>(paths: impl Iterator<Item = &'a str>) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    for path in paths {
        let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
        for part in ends.filter_map(|end| path.get(..end)) {
            let name = part.rsplit('/').next().unwrap_or(part);
            let stem = name.split('.').next().unwrap_or(name);
            if is_hollow(stem) && seen.insert(part) {
                findings.push(Finding::refused(path, 1, hollow(stem)));
            }
        }
    }
    findings
}

/// Modules with a body; those with a file are found by its path.
pub(crate) fn check_modules(source: &Rust) -> Vec<Finding> {
    let mut findings = Vec::new();
    for level in &source.levels {
        for at in (0..level.len()).filter(|at| tokens::is_word(level, *at, "mod")) {
            let name = tokens::word(level, at + 1).filter(|name| is_hollow(name));
            let has_body = !tokens::is_mark(level, at + 2, ';');
            if let (Some(name), Some(token), true) = (name, level.get(at), has_body) {
                findings.push(Finding::refused(&source.path, tokens::first_line(token), hollow(&name)));
            }
        }
    }
    findings
}

/// Test functions, those in macro calls included.
pub(crate) fn check_tests(source: &Rust) -> Vec<Finding> {
    let mut findings = Vec::new();
    for level in &source.levels {
        let tests = (0..level.len()).filter(|at| {
            tokens::attribute(level, *at).is_some_and(|attribute| tokens::marks_a_test(&attribute))
        });
        for from in tests {
            let end = tokens::end_of_item(level, from).unwrap_or(level.len());
            let Some(at) = (from..end).find(|at| tokens::is_word(level, *at, "fn")) else { continue };
            let name = tokens::word(level, at + 1);
            let name = name.filter(|name| PREFIXES.iter().any(|prefix| name.starts_with(prefix)));
            if let (Some(name), Some(token)) = (name, level.get(at)) {
                let text =
                    format!("the test `{name}` is not named as a fact; say what holds, without the prefix");
                findings.push(Finding::refused(&source.path, tokens::first_line(token), text));
            }
        }
    }
    findings
}

fn is_hollow(name: &str) -> bool {
    HOLLOW.contains(&name)
}

fn hollow(name: &str) -> String {
    format!("`{name}` says nothing about what is in it; name it after its noun")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(findings: &[Finding]) -> Vec<usize> {
        findings.iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn a_hollow_folder_is_found_once_and_a_hollow_file_each_time() {
        let paths = ["a/utils/b.rs", "a/utils/c.rs", "a/common.rs", "a/manager.js", "a/uncommon.rs"];
        let found: Vec<_> = check_paths(paths.into_iter()).into_iter().map(|finding| finding.path).collect();
        assert_eq!(found, ["a/utils/b.rs", "a/common.rs", "a/manager.js"]);
    }

    #[test]
    fn a_hollow_module_with_a_body_is_found() {
        let source =
            Rust::parse("a.rs", "mod append;\nmod helpers {}\nmod inner {\n    pub mod utils {}\n}").unwrap();
        assert_eq!(lines(&check_modules(&source)), [2, 4]);
    }

    #[test]
    fn a_test_is_named_as_a_fact() {
        let text = "#[test]\nfn test_it() {}\n#[tokio::test(start_paused = true)]\nasync fn should_work() {}\n\
                    #[test]\nfn an_order_is_paid_once() {}\nfn it_is_no_test() {}\n\
                    proptest! {\n    #[test]\n    fn it_holds(n in 0..3) {}\n}";
        let source = Rust::parse("a.rs", text).unwrap();
        assert_eq!(lines(&check_tests(&source)), [2, 4, 10]);
    }
}
