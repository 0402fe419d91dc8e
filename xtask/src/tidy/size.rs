//! How long files and functions are, tests not counted: the tail is forbidden, not the median.

use proc_macro2::TokenTree;

use super::exceptions::{Exceptions, Subject};
use super::finding::Finding;
use super::source::Rust;
use super::tokens;

struct Limit {
    questioned: usize,
    refused: usize,
}

const FILE: Limit = Limit { questioned: 400, refused: 600 };
const FUNCTION: Limit = Limit { questioned: 40, refused: 60 };

/// Lines are counted as they stand, comments and empty ones included: a reader scrolls past all of them.
pub(crate) fn check(source: &Rust, exceptions: &mut Exceptions<'_>) -> Vec<Finding> {
    let lines = source.text.lines().count();
    let lines = (1..=lines).filter(|line| !source.is_test(*line)).count();
    let mut findings = Vec::new();
    if lines > FILE.questioned && !exceptions.excuse(Subject::File { path: &source.path }) {
        let text =
            format!("the file has {lines} lines without tests; split it by its nouns ({})", aim(&FILE));
        findings.push(weighed(&source.path, 1, lines, &FILE, text));
    }
    for function in source.levels.iter().flat_map(|level| functions(level)) {
        let subject = Subject::Function { path: &source.path, name: &function.name };
        let lines = function.lines;
        if lines > FUNCTION.questioned && !source.is_test(function.line) && !exceptions.excuse(subject) {
            let name = &function.name;
            let text =
                format!("`{name}` has {lines} lines; name its parts as functions ({})", aim(&FUNCTION));
            findings.push(weighed(&source.path, function.line, lines, &FUNCTION, text));
        }
    }
    findings
}

fn aim(limit: &Limit) -> String {
    format!("questioned over {}, refused over {}", limit.questioned, limit.refused)
}

fn weighed(path: &str, line: usize, lines: usize, limit: &Limit, text: String) -> Finding {
    if lines > limit.refused {
        Finding::refused(path, line, text)
    } else {
        Finding::questioned(path, line, text)
    }
}

struct Function {
    name: String,
    line: usize,
    lines: usize,
}

/// The functions with a body that begin on this level, each from its `fn` to its closing brace.
fn functions(level: &[TokenTree]) -> Vec<Function> {
    let places = (0..level.len()).filter(|at| tokens::is_word(level, *at, "fn"));
    let functions = places.filter_map(|at| {
        let name = tokens::word(level, at + 1)?;
        let end = tokens::end_of_item(level, at)?;
        let line = tokens::first_line(level.get(at)?);
        Some(Function { name, line, lines: tokens::last_line(level.get(end)?) - line + 1 })
    });
    functions.collect()
}

#[cfg(test)]
mod tests {
    use super::super::finding::Weight;
    use super::*;

    fn function(lines: usize) -> String {
        format!("fn f() {{\n{}}}\n", "    x();\n".repeat(lines - 2))
    }

    fn found(text: &str, exceptions: &str) -> Vec<(usize, Weight)> {
        let source = Rust::parse("a/src/b.rs", text).unwrap();
        let (mut exceptions, _) = Exceptions::parse(exceptions);
        check(&source, &mut exceptions).iter().map(|finding| (finding.line, finding.weight)).collect()
    }

    #[test]
    fn a_function_of_forty_lines_passes_one_more_is_questioned_and_sixty_one_refused() {
        assert_eq!(found(&function(40), ""), []);
        assert_eq!(found(&function(41), ""), [(1, Weight::Questioned)]);
        assert_eq!(found(&function(60), ""), [(1, Weight::Questioned)]);
        assert_eq!(found(&function(61), ""), [(1, Weight::Refused)]);
    }

    #[test]
    fn a_method_is_a_function_and_a_signature_is_not() {
        let method = format!("impl A {{\n{}}}\n", function(61));
        assert_eq!(found(&method, ""), [(2, Weight::Refused)]);
        assert_eq!(found("trait A {\n    fn f(g: fn(u8) -> u8);\n}\n", ""), []);
    }

    #[test]
    fn tests_may_be_long() {
        assert_eq!(found(&format!("#[cfg(test)]\nmod tests {{\n{}}}\n", function(700)), ""), []);
        assert_eq!(found(&format!("#[test]\n{}", function(61)), ""), []);
    }

    #[test]
    fn a_file_is_questioned_over_400_lines_and_refused_over_600() {
        assert_eq!(found(&"const A: u8 = 1;\n".repeat(400), ""), []);
        assert_eq!(found(&"const A: u8 = 1;\n".repeat(401), ""), [(1, Weight::Questioned)]);
        assert_eq!(found(&"const A: u8 = 1;\n".repeat(601), ""), [(1, Weight::Refused)]);
    }

    #[test]
    fn what_is_listed_may_be_long() {
        assert_eq!(found(&"const A: u8 = 1;\n".repeat(601), "file a/src/b.rs: a catalogue"), []);
        assert_eq!(found(&function(61), "function a/src/b.rs f: one match"), []);
    }
}
