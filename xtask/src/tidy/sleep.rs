//! Tests wait on the thing itself, with a deadline. One that must sleep says why: `// tidy: ` and the reason, on the
//! same line or the one before.

use proc_macro2::{Delimiter, TokenTree};

use super::finding::Finding;
use super::source::Rust;
use super::tokens;

const EXCUSE: &str = "// tidy: ";

pub(crate) fn check(source: &Rust) -> Vec<Finding> {
    let text: Vec<&str> = source.text.lines().collect();
    let mut findings = Vec::new();
    for level in &source.levels {
        for (at, token) in level.iter().enumerate() {
            let line = tokens::first_line(token);
            if is_sleep(level, at) && source.is_test(line) && !is_excused(&text, line) {
                let text = "a test sleeps; wait on the thing itself, or give the reason in `// tidy: …`";
                findings.push(Finding::refused(&source.path, line, text));
            }
        }
    }
    findings
}

fn is_sleep(level: &[TokenTree], at: usize) -> bool {
    let is_declared = at.checked_sub(1).is_some_and(|before| tokens::is_word(level, before, "fn"));
    !is_declared
        && (tokens::is_word(level, at, "sleep") || tokens::is_word(level, at, "sleep_until"))
        && tokens::group(level, at + 1, Delimiter::Parenthesis).is_some()
}

/// Whether a reason stands on this line or the one before (1-based).
fn is_excused(text: &[&str], line: usize) -> bool {
    let lines = text.iter().take(line).skip(line.saturating_sub(2));
    lines.filter_map(|line| line.split_once(EXCUSE)).any(|(_, reason)| !reason.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(&Rust::parse(path, text).unwrap()).iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn a_test_that_sleeps_is_found() {
        assert_eq!(lines("a/tests/b.rs", "fn f() {\n    thread::sleep(second);\n}"), [2]);
        assert_eq!(
            lines("a/src/b.rs", "#[test]\nfn f() {\n    tokio::time::sleep_until(then).await;\n}"),
            [3]
        );
    }

    #[test]
    fn a_reason_on_the_same_or_the_previous_line_excuses_it() {
        assert_eq!(lines("a/tests/b.rs", "fn f() {\n    sleep(s); // tidy: paused time\n}"), []);
        assert_eq!(lines("a/tests/b.rs", "fn f() {\n    // tidy: paused time\n    sleep(s);\n}"), []);
        assert_eq!(lines("a/tests/b.rs", "fn f() {\n    // tidy: \n\n    sleep(s);\n}"), [4]);
        assert_eq!(lines("a/tests/b.rs", "fn f() {\n    // tidy: too far\n\n    sleep(s);\n}"), [4]);
    }

    #[test]
    fn other_code_may_sleep() {
        assert_eq!(lines("a/src/b.rs", "fn f() {\n    sleep(s);\n}"), []);
        assert_eq!(lines("a/tests/b.rs", "fn sleep(s: u8) {}"), []);
    }
}
