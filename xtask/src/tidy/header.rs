//! Every Rust file says at its top what it is for.

use super::finding::Finding;
use super::source::Rust;

pub(crate) fn check(source: &Rust) -> Vec<Finding> {
    if source.text.starts_with("//!") {
        return Vec::new();
    }
    let text = "the file does not open with `//!`; say its role in a sentence, then what to read first";
    vec![Finding::refused(&source.path, 1, text)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> usize {
        check(&Rust::parse("a.rs", text).unwrap()).len()
    }

    #[test]
    fn a_file_opens_with_its_role() {
        assert_eq!(count("//! What this is.\n\nfn f() {}"), 0);
        assert_eq!(count("#![allow(x)]\n//! Too late."), 1);
        assert_eq!(count("// Not this.\n"), 1);
        assert_eq!(count(""), 1);
    }
}
