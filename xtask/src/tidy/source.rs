//! The files that are looked at, read once.
//!
//! A Rust source knows which of its lines are tests: those of items under `#[cfg(test)]`, of test functions, and all
//! of a file in a `tests` folder, named `tests.rs`, or declared by `#[cfg(test)] mod name;`.

use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::finding::Finding;
use super::tokens;
use crate::problem::Problem;

/// Everything tracked that is text.
#[derive(Default)]
pub(crate) struct Sources {
    pub(crate) files: Vec<File>,
    /// The Rust among them, without what trybuild is meant to refuse.
    pub(crate) rust: Vec<Rust>,
    /// Rust that has no tokens, one finding each.
    pub(crate) unreadable: Vec<Finding>,
}

/// A text file; its path is relative to the root.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// A Rust source.
pub(crate) struct Rust {
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) levels: Vec<Vec<TokenTree>>,
    tests: Tests,
}

enum Tests {
    /// The whole file.
    All,
    /// First and last line of each part.
    Parts(Vec<(usize, usize)>),
}

impl Sources {
    /// Reads these files; one that is not UTF-8 is not text and is passed over.
    ///
    /// # Errors
    /// When one cannot be read.
    pub(crate) fn read(root: &Path, paths: &[String]) -> Result<Self, Problem> {
        let mut files = Vec::new();
        for path in paths {
            let bytes = std::fs::read(root.join(path))
                .map_err(|source| Problem::Read { path: path.into(), source })?;
            if let Ok(text) = String::from_utf8(bytes) {
                files.push(File { path: path.clone(), text });
            }
        }
        Ok(Self::of(files))
    }

    pub(crate) fn of(files: Vec<File>) -> Self {
        let mut sources = Self { files, ..Self::default() };
        for file in sources.files.iter().filter(|file| is_our_rust(&file.path)) {
            match Rust::parse(&file.path, &file.text) {
                Ok(rust) => sources.rust.push(rust),
                Err(finding) => sources.unreadable.push(finding),
            }
        }
        let tests: Vec<String> = sources.rust.iter().flat_map(Rust::test_modules).collect();
        for rust in &mut sources.rust {
            if tests.iter().any(|stem| belongs_to(&rust.path, stem)) {
                rust.tests = Tests::All;
            }
        }
        sources
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|file| file.path == path).map(|file| file.text.as_str())
    }
}

impl Rust {
    /// # Errors
    /// A finding that says where the text is not Rust.
    pub(crate) fn parse(path: &str, text: &str) -> Result<Self, Finding> {
        let stream: TokenStream = text.parse().map_err(|error: proc_macro2::LexError| {
            Finding::refused(path, error.span().start().line, format!("this is not Rust: {error}"))
        })?;
        let levels = tokens::levels(stream);
        let tests = if is_a_test_file(path) {
            Tests::All
        } else {
            Tests::Parts(levels.iter().flat_map(|level| test_parts(level)).collect())
        };
        Ok(Self { path: path.to_owned(), text: text.to_owned(), levels, tests })
    }

    pub(crate) fn is_test(&self, line: usize) -> bool {
        match &self.tests {
            Tests::All => true,
            Tests::Parts(parts) => parts.iter().any(|(first, last)| (*first..=*last).contains(&line)),
        }
    }

    /// Where the modules that this file declares for tests only are, without the `.rs`.
    fn test_modules(&self) -> Vec<String> {
        let folder = module_folder(&self.path);
        let declared = self.levels.iter().flat_map(|level| {
            (0..level.len())
                .filter(|at| is_for_tests(level, *at))
                .filter_map(|at| declared_module(level, at + 2))
        });
        declared.map(|name| format!("{folder}{name}")).collect()
    }
}

fn is_our_rust(path: &str) -> bool {
    path.ends_with(".rs") && !path.contains("/ui/")
}

fn is_a_test_file(path: &str) -> bool {
    path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("/tests.rs")
}

/// The folder of the modules that a file declares, with a `/` at its end.
fn module_folder(path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    match name {
        "mod.rs" | "lib.rs" | "main.rs" => format!("{folder}/"),
        name => format!("{folder}/{}/", name.trim_end_matches(".rs")),
    }
}

fn belongs_to(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

/// The name in `mod name;`, which may have `pub` and the like before it.
fn declared_module(level: &[TokenTree], from: usize) -> Option<String> {
    let end = tokens::end_of_item(level, from).filter(|end| tokens::is_mark(level, *end, ';'))?;
    let at = (from..end).find(|at| tokens::is_word(level, *at, "mod"))?;
    tokens::word(level, at + 1)
}

/// First and last line of what is marked as a test on this level.
fn test_parts(level: &[TokenTree]) -> Vec<(usize, usize)> {
    let marked = (0..level.len()).filter(|at| {
        is_for_tests(level, *at) || tokens::attribute(level, *at).is_some_and(|it| tokens::marks_a_test(&it))
    });
    let lines = marked.filter_map(|at| {
        let end = tokens::end_of_item(level, at + 2)?;
        Some((tokens::first_line(level.get(at)?), tokens::last_line(level.get(end)?)))
    });
    lines.collect()
}

/// Whether the attribute that begins here is `#[cfg(test)]`, or one that holds in no other case.
fn is_for_tests(level: &[TokenTree], at: usize) -> bool {
    let Some(attribute) = tokens::attribute(level, at) else { return false };
    let condition = tokens::group(&attribute, 1, Delimiter::Parenthesis);
    tokens::is_word(&attribute, 0, "cfg")
        && condition.is_some_and(|it| implies_test(&it.stream().into_iter().collect::<Vec<_>>()))
}

fn implies_test(condition: &[TokenTree]) -> bool {
    let all_of =
        tokens::group(condition, 1, Delimiter::Parenthesis).filter(|_| tokens::is_word(condition, 0, "all"));
    if let Some(parts) = all_of {
        let parts: Vec<_> = parts.stream().into_iter().collect();
        let parts = parts.split(|token| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ','));
        return parts.into_iter().any(implies_test);
    }
    condition.len() == 1 && tokens::is_word(condition, 0, "test")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Rust {
        Rust::parse("crates/a/src/b.rs", text).unwrap()
    }

    fn tests_of(text: &str) -> Vec<usize> {
        let rust = parsed(text);
        (1..=text.lines().count()).filter(|line| rust.is_test(*line)).collect()
    }

    #[test]
    fn a_test_module_is_its_attribute_and_its_braces() {
        assert_eq!(tests_of("fn f() {}\n#[cfg(test)]\nmod tests {\n    use x;\n}\nfn g() {}"), [2, 3, 4, 5]);
    }

    #[test]
    fn what_may_also_be_built_without_tests_is_no_test() {
        assert_eq!(
            tests_of("#[cfg(all(test, unix))]\nfn f() {}\n#[cfg(any(test, unix))]\nfn g() {}"),
            [1, 2]
        );
        assert_eq!(tests_of("#[cfg(not(test))]\nfn f() {}"), []);
    }

    #[test]
    fn a_test_function_in_a_macro_call_is_a_test() {
        assert_eq!(tests_of("proptest! {\n    #[test]\n    fn f(n in 0..9) {\n    }\n}"), [2, 3, 4]);
    }

    #[test]
    fn a_module_declared_for_tests_is_a_test_with_all_below_it() {
        let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
        let sources = Sources::of(vec![
            file("a/src/lib.rs", "#[cfg(test)]\nmod model;\nmod store;"),
            file("a/src/model.rs", "fn f() {}"),
            file("a/src/model/deep.rs", "fn f() {}"),
            file("a/src/store.rs", "fn f() {}"),
        ]);
        let tests: Vec<_> =
            sources.rust.iter().filter(|rust| rust.is_test(1)).map(|rust| rust.path.as_str()).collect();
        assert_eq!(tests, ["a/src/lib.rs", "a/src/model.rs", "a/src/model/deep.rs"]);
    }

    #[test]
    fn text_that_is_not_rust_is_a_finding_at_its_line() {
        let finding = Rust::parse("a.rs", "fn f() {\n    )\n}").map(|_| ()).unwrap_err();
        assert_eq!((finding.path.as_str(), finding.line), ("a.rs", 2));
    }
}
