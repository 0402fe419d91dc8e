//! What commands print: tables for people, JSON for programs. Results go to standard output, progress to standard error.

use std::{
    fmt::Display,
    io::{self, Write},
    time::Duration,
};

use comfy_table::{ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

/// After so long a task shows how far it is.
const LONG: Duration = Duration::from_secs(2);

/// For whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// People.
    Tables,
    /// Programs.
    Json,
}

impl Output {
    /// One value: as JSON, or as `shown` makes it for people.
    ///
    /// # Errors
    /// What the system says where nobody reads any more.
    pub(crate) fn value(self, value: &Value, shown: impl FnOnce(&Value) -> String) -> io::Result<()> {
        match self {
            Self::Json => line(&format!("{value:#}")),
            Self::Tables => line(shown(value).trim_end()),
        }
    }
}

/// A line on standard output.
///
/// # Errors
/// What the system says where nobody reads any more.
pub(crate) fn line(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.write_all(b"\n")?;
    out.flush()
}

/// A table without lines, as wide as the terminal at most.
pub(crate) fn table<R, C>(header: &[&str], rows: impl IntoIterator<Item = R>) -> String
where
    R: IntoIterator<Item = C>,
    C: Display,
{
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header.iter().map(|word| word.to_uppercase()));
    for row in rows {
        table.add_row(row.into_iter().map(|cell| cell.to_string()));
    }
    let text = table.to_string();
    let lines: Vec<_> = text.lines().map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end()).collect();
    lines.join("\n")
}

/// A value in a cell: texts without quotes, what is missing as nothing.
pub(crate) fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// A bar on standard error, once a task takes longer than two seconds; none where that is no terminal.
pub(crate) struct Bar {
    bar: ProgressBar,
    begun: std::time::Instant,
}

impl Bar {
    pub(crate) fn of(what: &str) -> Self {
        let bar = ProgressBar::hidden().with_prefix(what.to_owned());
        let template = "{prefix} {bar:30} {human_pos}/{human_len} {per_sec} {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self { bar, begun: std::time::Instant::now() }
    }

    pub(crate) fn at(&self, what: Option<&str>, position: u64, length: u64) {
        if let Some(what) = what {
            self.bar.set_prefix(what.to_owned());
        }
        self.bar.set_length(length);
        self.bar.set_position(position);
        if self.begun.elapsed() >= LONG && self.bar.is_hidden() {
            self.bar.set_draw_target(indicatif::ProgressDrawTarget::stderr());
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
