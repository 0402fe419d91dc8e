//! What a check says about one line.

use std::fmt;

/// One thing that is wrong, or may be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    pub(crate) path: String,
    /// 1-based.
    pub(crate) line: usize,
    pub(crate) weight: Weight,
    pub(crate) text: String,
}

/// Whether a finding stops the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weight {
    /// It does.
    Refused,
    /// It does not; a reader may want to think about it.
    Questioned,
}

impl Finding {
    pub(crate) fn refused(path: &str, line: usize, text: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, weight: Weight::Refused, text: text.into() }
    }

    pub(crate) fn questioned(path: &str, line: usize, text: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, weight: Weight::Questioned, text: text.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let weight = match self.weight {
            Weight::Refused => "",
            Weight::Questioned => "warning: ",
        };
        write!(f, "{}:{}: {weight}{}", self.path, self.line, self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_reads_as_path_line_and_text() {
        assert_eq!(Finding::refused("a/b.rs", 3, "is wrong").to_string(), "a/b.rs:3: is wrong");
        assert_eq!(Finding::questioned("a/b.rs", 3, "is long").to_string(), "a/b.rs:3: warning: is long");
    }
}
