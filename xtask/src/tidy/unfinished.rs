//! What is left for later: ignored tests and holes in the code.

use super::finding::Finding;
use super::source::Rust;
use super::tokens;

const HOLES: [&str; 2] = ["todo", "unimplemented"];

pub(crate) fn check(source: &Rust) -> Vec<Finding> {
    let mut findings = Vec::new();
    for level in &source.levels {
        for (at, token) in level.iter().enumerate() {
            let line = tokens::first_line(token);
            if tokens::attribute(level, at).is_some_and(|attribute| tokens::is_word(&attribute, 0, "ignore"))
            {
                let text = "an ignored test proves nothing; make it run, or remove it";
                findings.push(Finding::refused(&source.path, line, text));
            }
            let hole = HOLES.iter().find(|hole| tokens::is_word(level, at, hole));
            if let Some(hole) = hole.filter(|_| tokens::is_mark(level, at + 1, '!')) {
                let text =
                    format!("`{hole}!` is a hole; write what belongs here, or return an error that says so");
                findings.push(Finding::refused(&source.path, line, text));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<usize> {
        check(&Rust::parse("a.rs", text).unwrap()).iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn an_ignored_test_is_found_with_and_without_a_reason() {
        assert_eq!(lines("#[test]\n#[ignore]\nfn f() {}\n#[test]\n#[ignore = \"slow\"]\nfn g() {}"), [2, 5]);
    }

    #[test]
    fn holes_are_found_and_words_about_them_are_not() {
        assert_eq!(lines("fn f() {\n    todo!()\n}\nfn g() {\n    unimplemented!(\"later\")\n}"), [2, 5]);
        assert_eq!(lines("// todo!()\nfn f() -> &'static str {\n    \"todo!()\"\n}\nfn todo() {}"), []);
    }
}
