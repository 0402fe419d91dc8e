//! The list of what may be longer than the rest, by name and with the reason.
//!
//! A line is `file PATH: reason` or `function PATH NAME: reason`; `#` begins a comment. A line that excuses nothing
//! any more is itself refused, so the list never outlives its reasons.

use super::finding::Finding;

/// Where the list is.
pub(crate) const FILE: &str = "xtask/tidy-exceptions.txt";

/// What a line of the list is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject<'a> {
    File { path: &'a str },
    Function { path: &'a str, name: &'a str },
}

/// The list, and which of its lines were needed.
pub(crate) struct Exceptions<'a> {
    lines: Vec<Line<'a>>,
}

struct Line<'a> {
    number: usize,
    subject: Subject<'a>,
    needed: bool,
}

impl<'a> Exceptions<'a> {
    /// Reads the list; a line that cannot be understood is a finding.
    pub(crate) fn parse(text: &'a str) -> (Self, Vec<Finding>) {
        let mut lines = Vec::new();
        let mut findings = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            match subject(line) {
                Some(subject) => lines.push(Line { number, subject, needed: false }),
                None => findings.push(Finding::refused(
                    FILE,
                    number,
                    "not understood; write `file PATH: reason` or `function PATH NAME: reason`",
                )),
            }
        }
        (Self { lines }, findings)
    }

    /// Whether this is excused; if so, its line is needed.
    pub(crate) fn excuse(&mut self, subject: Subject<'_>) -> bool {
        let mut excused = false;
        for line in self.lines.iter_mut().filter(|line| line.subject == subject) {
            line.needed = true;
            excused = true;
        }
        excused
    }

    /// The lines that excused nothing.
    pub(crate) fn unneeded(&self) -> Vec<Finding> {
        let unneeded = self.lines.iter().filter(|line| !line.needed);
        unneeded
            .map(|line| Finding::refused(FILE, line.number, "excuses nothing any more; remove the line"))
            .collect()
    }
}

fn subject(line: &str) -> Option<Subject<'_>> {
    let (subject, reason) = line.split_once(": ")?;
    if reason.trim().is_empty() {
        return None;
    }
    let words: Vec<&str> = subject.split_whitespace().collect();
    match words.as_slice() {
        ["file", path] => Some(Subject::File { path }),
        ["function", path, name] => Some(Subject::Function { path, name }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_listed_is_excused_and_nothing_else() {
        let (mut list, findings) =
            Exceptions::parse("# why\nfile a.rs: a catalogue\nfunction b.rs f: one match\n");
        assert_eq!(findings, []);
        assert!(list.excuse(Subject::File { path: "a.rs" }));
        assert!(list.excuse(Subject::Function { path: "b.rs", name: "f" }));
        assert!(!list.excuse(Subject::Function { path: "b.rs", name: "g" }));
        assert_eq!(list.unneeded(), []);
    }

    #[test]
    fn a_line_without_a_reason_is_refused() {
        for line in ["file a.rs", "file a.rs: ", "folder a: because"] {
            assert_eq!(Exceptions::parse(line).1.len(), 1, "{line}");
        }
    }

    #[test]
    fn a_line_that_excuses_nothing_is_refused() {
        let (list, _) = Exceptions::parse("\nfile a.rs: a catalogue");
        assert_eq!(list.unneeded().first().map(|finding| finding.line), Some(2));
    }
}
