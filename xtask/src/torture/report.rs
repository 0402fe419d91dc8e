//! The report: a section per name, each with when, where and on what it was tried, and what was seen.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use toml::{Table, Value};

use crate::cargo::Call;
use crate::problem::Problem;

const HEAD: &str = "# What the proofs have seen\n\nWritten by `cargo xtask torture`; do not edit. Each section says when, on what and for how long its proofs were run. What a\nproof claims stands in its source; what is said here is how often it was tried and what was met on the way.\n";

/// The report as it stands.
#[derive(Debug)]
pub(super) struct Report {
    path: PathBuf,
    sections: Vec<(String, String)>,
}

impl Report {
    /// Reads the report that is there, if one is.
    pub(super) fn read(path: &Path) -> Result<Self, Problem> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(source) => return Err(Problem::Read { path: path.to_owned(), source }),
        };
        Ok(Self { path: path.to_owned(), sections: sections(&text) })
    }

    /// Puts a part into the section of a name: in place of what was there, or after it.
    pub(super) fn put(&mut self, name: &str, part: Section, is_new: bool) {
        match self.sections.iter_mut().find(|(found, _)| found == name) {
            Some((_, text)) if is_new => *text = part.0,
            Some((_, text)) => text.push_str(&part.0),
            None => self.sections.push((name.to_owned(), part.0)),
        }
    }

    pub(super) fn write(&self) -> Result<(), Problem> {
        let sections = self.sections.iter().map(|(name, text)| format!("\n## {name}\n{text}"));
        let text: String = std::iter::once(HEAD.to_owned()).chain(sections).collect();
        let wrap = |source| Problem::Write { path: self.path.clone(), source };
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder).map_err(wrap)?;
        }
        fs::write(&self.path, text).map_err(wrap)
    }
}

fn sections(text: &str) -> Vec<(String, String)> {
    let parts = text.split("\n## ").skip(1);
    parts
        .filter_map(|part| part.split_once('\n').map(|(name, text)| (name.to_owned(), text.to_owned())))
        .collect()
}

/// What one run of some proofs has to say.
#[derive(Debug)]
pub(super) struct Section(String);

impl Section {
    /// Of a run that has ended, with the evidence that it handed in.
    pub(super) fn of(
        root: &Path,
        evidence: &Path,
        short: bool,
        held: &Result<(), Problem>,
        took: Duration,
    ) -> Result<Self, Problem> {
        let lines = fs::read_to_string(evidence).unwrap_or_default();
        if evidence.exists() {
            let wrap = |source| Problem::Write { path: evidence.to_owned(), source };
            fs::remove_file(evidence).map_err(wrap)?;
        }
        let form = if short { "short form" } else { "long form" };
        let outcome = if held.is_ok() { "held" } else { "**did not hold**" };
        let about = format!(
            "\n{outcome}: {form}, {}, {:.0} s with building; {}\n\n",
            date()?,
            took.as_secs_f64(),
            machine(root)?
        );
        Ok(Self(about + &table(&lines)))
    }
}

/// The rows of a table, from what `diptych_testkit::Evidence` has written.
fn table(evidence: &str) -> String {
    let mut text = String::from("| proof | on | seconds | tried and seen |\n|---|---|---|---|\n");
    let evidence = match evidence.parse::<Table>() {
        Ok(evidence) => evidence,
        Err(error) => return format!("The evidence cannot be read: {error}\n"),
    };
    for one in evidence.get("evidence").and_then(Value::as_array).into_iter().flatten() {
        let word = |key: &str| one.get(key).and_then(Value::as_str).unwrap_or_default();
        let facts = one.get("facts").and_then(Value::as_array).into_iter().flatten();
        let facts: Vec<_> = facts.map(fact).collect();
        let seconds = one.get("seconds").and_then(Value::as_float).unwrap_or_default();
        let cells = [word("proof"), word("on"), &format!("{seconds:.1}"), &facts.join("; ")];
        text.push_str(&format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | ")));
    }
    text
}

/// A pair of what and how much.
fn fact(pair: &Value) -> String {
    let words: Vec<_> = pair.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    words.join(": ")
}

fn date() -> Result<String, Problem> {
    let mut date = Command::new("date");
    date.args(["-u", "+%Y-%m-%d %H:%M UTC"]);
    Ok(Call::new(date).output()?.trim().to_owned())
}

/// The commit, the processors, the kernel and the compiler.
fn machine(root: &Path) -> Result<String, Problem> {
    let said = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(root);
        Call::new(command).output().map(|text| text.trim().to_owned())
    };
    let commit = said("git", &["describe", "--always", "--dirty"])?;
    let kernel = said("uname", &["-srm"])?;
    let rust = said("rustc", &["--version"])?;
    let count = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Ok(format!("commit {commit}, {count} processors ({}), {kernel}, {rust}", processor()))
}

fn processor() -> String {
    let text = fs::read_to_string(Path::new("/proc/cpuinfo")).unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map_or_else(|| "of an unknown kind".to_owned(), |(_, name)| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_renewed_and_the_others_stay() {
        let path = PathBuf::from("r.md");
        let text = format!("{HEAD}\n## one\n\na\n\n## two\n\nb\n");
        let mut report = Report { path, sections: sections(&text) };
        report.put("one", Section("\nc\n".into()), true);
        report.put("three", Section("\nd\n".into()), true);
        report.put("three", Section("\ne\n".into()), false);
        let shown: Vec<_> = report.sections.iter().map(|(name, text)| (name.as_str(), text.trim())).collect();
        assert_eq!(shown, [("one", "c"), ("two", "b"), ("three", "d\n\ne")]);
    }

    #[test]
    fn evidence_becomes_a_row() {
        let line = "[[evidence]]\nproof = \"crash\"\non = \"SQLite\"\nseconds = 1.25\nfacts = [[\"rounds\", \"20\"]]\n";
        let text = table(line);
        assert!(text.contains("| crash | SQLite | 1.2 | ") && text.contains("rounds: 20"), "{text}");
    }
}
