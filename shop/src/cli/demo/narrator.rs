//! How the story is told: a heading per step, then the request and its answer. Coloured on a terminal alone, and not
//! there either where `NO_COLOR` is set.

use std::{
    io::{self, Write},
    time::Duration,
};

use anstyle::{AnsiColor, Style};
use diptych_client::{Problem, Receipt, View};
use serde::Serialize;
use serde_json::{Value, json};

/// The longest JSON that is printed on one line.
const LINE: usize = 90;
const INDENT: &str = "     ";

const HEADING: Style = Style::new().bold();
const ASKED: Style = AnsiColor::Cyan.on_default();
const GRANTED: Style = AnsiColor::Green.on_default();
const REFUSED: Style = AnsiColor::Yellow.on_default();
const BODY: Style = Style::new().dimmed();

/// Tells a story, step by step.
pub(super) struct Narrator {
    pace: Duration,
    step: u32,
}

impl Narrator {
    /// Tells it with a pause before each step.
    pub(super) const fn at_pace(pace: Duration) -> Self {
        Self { pace, step: 0 }
    }

    /// The next step begins.
    pub(super) async fn step(&mut self, heading: &str) -> io::Result<()> {
        if !self.pace.is_zero() {
            tokio::time::sleep(self.pace).await;
        }
        self.step += 1;
        writeln!(anstream::stdout(), "\n{HEADING}{:>2}. {heading}{HEADING:#}", self.step)
    }

    /// What is to be learnt from it.
    pub(super) fn ends(&self, moral: &str) -> io::Result<()> {
        writeln!(anstream::stdout(), "\n{HEADING}{moral}{HEADING:#}")
    }

    /// What is asked.
    pub(super) fn asks(&self, method: &str, path: &str, body: &Value) -> io::Result<()> {
        writeln!(anstream::stdout(), "{INDENT}{ASKED}→ {method} {path}{ASKED:#}")?;
        if body.is_null() { Ok(()) } else { print_json(body) }
    }

    /// A command is taken.
    pub(super) fn taken(&self, receipt: &Receipt) -> io::Result<()> {
        writeln!(anstream::stdout(), "{INDENT}{GRANTED}← 202 Accepted{GRANTED:#}")?;
        print_json(receipt)
    }

    /// A view is there.
    pub(super) fn shown(&self, view: &View<Value>) -> io::Result<()> {
        let etag = view.etag.map(|etag| format!(", ETag {etag}")).unwrap_or_default();
        let position = view.position.map(|position| format!(", X-Position {position}")).unwrap_or_default();
        writeln!(anstream::stdout(), "{INDENT}{GRANTED}← 200 OK{etag}{position}{GRANTED:#}")?;
        print_json(&view.value)
    }

    /// A command is refused.
    pub(super) fn refused(&self, problem: &Problem) -> io::Result<()> {
        let (status, title) = (problem.status, &problem.title);
        writeln!(anstream::stdout(), "{INDENT}{REFUSED}← {status} {title}{REFUSED:#}")?;
        let mut said = json!({ "type": problem.kind, "title": title, "detail": problem.detail });
        if let (Some(version), Some(members)) = (problem.current_version, said.as_object_mut()) {
            members.insert("currentVersion".into(), version.into());
        }
        print_json(&said)
    }
}

/// On one line where that is short, else on several.
fn print_json(value: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_string(value)?;
    if text.chars().count() > LINE {
        text = serde_json::to_string_pretty(value)?;
    }
    for line in text.lines() {
        writeln!(anstream::stdout(), "{INDENT}  {BODY}{line}{BODY:#}")?;
    }
    Ok(())
}
