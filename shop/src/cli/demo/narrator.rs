//! How the story is told: a heading per step, then the request and its answer. Coloured on a terminal alone, and not
//! there either where `NO_COLOR` is set.

use std::time::Duration;

use anstream::println;
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
    pub(super) async fn step(&mut self, heading: &str) {
        if !self.pace.is_zero() {
            tokio::time::sleep(self.pace).await;
        }
        self.step += 1;
        println!("\n{HEADING}{:>2}. {heading}{HEADING:#}", self.step);
    }

    /// What is to be learnt from it.
    pub(super) fn ends(&self, moral: &str) {
        println!("\n{HEADING}{moral}{HEADING:#}");
    }

    /// What is asked.
    pub(super) fn asks(&self, method: &str, path: &str, body: &Value) {
        println!("{INDENT}{ASKED}→ {method} {path}{ASKED:#}");
        if !body.is_null() {
            print_json(body);
        }
    }

    /// A command is taken.
    pub(super) fn taken(&self, receipt: &Receipt) {
        println!("{INDENT}{GRANTED}← 202 Accepted{GRANTED:#}");
        print_json(receipt);
    }

    /// A view is there.
    pub(super) fn shown(&self, view: &View<Value>) {
        let etag = view.etag.map(|etag| format!(", ETag {etag}")).unwrap_or_default();
        let position = view.position.map(|position| format!(", X-Position {position}")).unwrap_or_default();
        println!("{INDENT}{GRANTED}← 200 OK{etag}{position}{GRANTED:#}");
        print_json(&view.value);
    }

    /// A command is refused.
    pub(super) fn refused(&self, problem: &Problem) {
        println!("{INDENT}{REFUSED}← {} {}{REFUSED:#}", problem.status, problem.title);
        let mut said = json!({ "type": problem.kind, "title": problem.title, "detail": problem.detail });
        if let (Some(version), Some(members)) = (problem.current_version, said.as_object_mut()) {
            members.insert("currentVersion".into(), version.into());
        }
        print_json(&said);
    }
}

/// On one line where that is short, else on several.
fn print_json(value: &impl Serialize) {
    let short = serde_json::to_string(value).map(|line| (line.chars().count() <= LINE).then_some(line));
    let text = short.and_then(|short| short.map_or_else(|| serde_json::to_string_pretty(value), Ok));
    let text = text.unwrap_or_else(|error| format!("(not to be printed as JSON: {error})"));
    for line in text.lines() {
        println!("{INDENT}  {BODY}{line}{BODY:#}");
    }
}
