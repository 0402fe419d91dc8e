//! Errors that vanish: `let _ = …;`, and `….ok();` as a statement of its own. In tests both may stand.

use proc_macro2::{Delimiter, TokenTree};

use super::finding::Finding;
use super::source::Rust;
use super::tokens;

pub(crate) fn check(source: &Rust) -> Vec<Finding> {
    let mut findings = Vec::new();
    for level in &source.levels {
        for (at, token) in
            level.iter().enumerate().filter(|(_, token)| !source.is_test(tokens::first_line(token)))
        {
            let text = if is_let_nothing(level, at) {
                "`let _ =` drops an outcome unseen; handle it, or match it and say why it may be dropped"
            } else if is_ok_dropped(level, at) {
                "`.ok();` drops an error unseen; handle it, or match it and say why it may be dropped"
            } else {
                continue;
            };
            findings.push(Finding::refused(&source.path, tokens::first_line(token), text));
        }
    }
    findings
}

fn is_let_nothing(level: &[TokenTree], at: usize) -> bool {
    tokens::is_word(level, at, "let")
        && tokens::is_word(level, at + 1, "_")
        && tokens::is_mark(level, at + 2, '=')
}

/// `.ok();` whose value goes nowhere; `let port = text.parse().ok();` is a use.
fn is_ok_dropped(level: &[TokenTree], at: usize) -> bool {
    let is_call = tokens::is_mark(level, at, '.')
        && tokens::is_word(level, at + 1, "ok")
        && tokens::group(level, at + 2, Delimiter::Parenthesis)
            .is_some_and(|group| group.stream().is_empty())
        && tokens::is_mark(level, at + 3, ';');
    is_call && !(start_of_statement(level, at)..at).any(|before| is_use(level, before))
}

/// Just after the `;` or the braces before this place, unless those braces are themselves followed by a call.
fn start_of_statement(level: &[TokenTree], at: usize) -> usize {
    let ends = |before: usize| {
        tokens::is_mark(level, before, ';')
            || (tokens::group(level, before, Delimiter::Brace).is_some()
                && !tokens::is_mark(level, before + 1, '.')
                && !tokens::is_mark(level, before + 1, '?'))
    };
    (0..at).rev().find(|before| ends(*before)).map_or(0, |end| end + 1)
}

fn is_use(level: &[TokenTree], at: usize) -> bool {
    ["let", "return", "break"].iter().any(|word| tokens::is_word(level, at, word))
        || tokens::is_mark(level, at, '=')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(body: &str) -> Vec<usize> {
        let text = format!("fn f() {{\n{body}\n}}");
        check(&Rust::parse("a/src/b.rs", &text).unwrap()).iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn an_outcome_bound_to_nothing_is_found() {
        assert_eq!(lines("let a = 1;\nlet _ = send();"), [3]);
        assert_eq!(lines("let _guard = lock();\nlet (_, b) = pair();"), []);
    }

    #[test]
    fn an_error_turned_into_nothing_is_found() {
        assert_eq!(lines("send().ok();"), [2]);
        assert_eq!(lines("if a { b(); }\nsend(c)\n    .await\n    .ok();"), [5]);
        assert_eq!(lines("match a { _ => b }.ok();"), [2]);
    }

    #[test]
    fn a_value_that_is_used_may_come_from_ok() {
        assert_eq!(lines("let port = text.parse().ok();\nself.a = b.ok();\nreturn c.ok();"), []);
        assert_eq!(lines("let a = match b { _ => c }.ok();\nlet A { d } = e.ok();\na.ok()"), []);
    }

    #[test]
    fn in_tests_both_may_stand() {
        let text = "#[cfg(test)]\nmod tests {\n    fn f() { let _ = send(); }\n}";
        assert_eq!(check(&Rust::parse("a/src/b.rs", text).unwrap()), []);
        assert_eq!(check(&Rust::parse("a/tests/b.rs", "fn f() { send().ok(); }").unwrap()), []);
    }
}
