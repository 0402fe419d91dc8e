//! `top`: rates, lags and latencies as they change, on a terminal.
//!
//! Latencies come from the server's metrics, so they are there with `--url` only: a store that is opened directly takes no commands.

use std::{
    collections::{BTreeMap, VecDeque},
    io::IsTerminal,
    time::{Duration, Instant},
};

use clap::Args;
use http::Method;
use ratatui::{
    DefaultTerminal, Frame,
    crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers},
    layout::{Constraint, Layout},
    style::{Color, Style, Stylize},
    text::{Line, Text},
    widgets::{Cell, Paragraph, Row, Sparkline, Table},
};
use serde_json::Value;

use super::{CommandFailure, DONE, Outcome};
use crate::{operator::Operator, output::cell};

/// How many samples the curve has.
const KEPT: usize = 120;

#[derive(Args, Debug)]
#[group(skip)]
pub(crate) struct Top {
    /// How often to look, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0)]
    every: f64,
}

/// What is shown.
#[derive(Debug, Default)]
struct View {
    whom: String,
    projections: Vec<Value>,
    head: u64,
    /// Events a second, the newest first.
    rates: VecDeque<u64>,
    /// What the histogram of commands has counted, by upper bound in microseconds.
    buckets: BTreeMap<u64, u64>,
    latency: Option<(u64, u64)>,
    problem: Option<String>,
}

impl Top {
    pub(crate) async fn run(&self, operator: &dyn Operator) -> Outcome {
        if !std::io::stdout().is_terminal() {
            let text = "top needs a terminal; `projections list` prints what it shows once";
            return Err(CommandFailure::Text(text.to_owned()));
        }
        let every = Duration::try_from_secs_f64(self.every.max(0.1)).unwrap_or(Duration::from_secs(1));
        let mut view = View { whom: operator.whom(), ..View::default() };
        view.look(operator, None).await;
        let mut terminal = ratatui::try_init()?;
        let done = watch(&mut terminal, operator, &mut view, every).await;
        ratatui::try_restore()?;
        done.map(|()| DONE)
    }
}

async fn watch(
    terminal: &mut DefaultTerminal,
    operator: &dyn Operator,
    view: &mut View,
    every: Duration,
) -> Result<(), CommandFailure> {
    let mut looked = Instant::now();
    loop {
        terminal.draw(|frame| view.draw(frame))?;
        let left = every.saturating_sub(looked.elapsed());
        if tokio::task::spawn_blocking(move || ends(left)).await.map_err(std::io::Error::other)?? {
            return Ok(());
        }
        if looked.elapsed() >= every {
            let since = looked.elapsed();
            looked = Instant::now();
            view.look(operator, Some(since)).await;
        }
    }
}

/// Whether a key says so, within this time.
fn ends(within: Duration) -> std::io::Result<bool> {
    if !event::poll(within)? {
        return Ok(false);
    }
    let Event::Key(key) = event::read()? else { return Ok(false) };
    let interrupts = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
    let quits = matches!(key.code, KeyCode::Char('q') | KeyCode::Esc);
    Ok(key.kind == KeyEventKind::Press && (interrupts || quits))
}

impl View {
    async fn look(&mut self, operator: &dyn Operator, since: Option<Duration>) {
        match operator.get("/api/admin/projections").await {
            Ok(mut all) => {
                self.problem = None;
                self.projections = all["items"].as_array_mut().map(std::mem::take).unwrap_or_default();
                let head = self.projections.iter().filter_map(|one| one["head"].as_u64()).max().unwrap_or(0);
                if let Some(since) = since {
                    let events = head.saturating_sub(self.head).saturating_mul(1_000);
                    let millis = u64::try_from(since.as_millis()).unwrap_or(u64::MAX).max(1);
                    self.rates.push_front(events / millis);
                    self.rates.truncate(KEPT);
                }
                self.head = head;
            }
            Err(error) => self.problem = Some(error.to_string()),
        }
        self.latency = self.latencies(operator).await;
    }

    /// The middle and the slowest hundredth of commands since it was looked at last, in microseconds.
    async fn latencies(&mut self, operator: &dyn Operator) -> Option<(u64, u64)> {
        let mut lines = operator.lines(Method::GET, "/metrics").await.ok()?;
        let mut now = BTreeMap::new();
        while let Some(Ok(line)) = futures::StreamExt::next(&mut lines).await {
            if let Some((bound, count)) = bucket(&line) {
                *now.entry(bound).or_insert(0) += count;
            }
        }
        let new = now.iter().map(|(bound, count)| {
            (*bound, count.saturating_sub(self.buckets.get(bound).copied().unwrap_or(0)))
        });
        let new: Vec<_> = new.collect();
        self.buckets = now;
        let total = new.last().map(|(_, count)| *count).filter(|count| *count > 0)?;
        let at = |part: u64| {
            let wanted = total.saturating_mul(part).div_ceil(100);
            new.iter().find(|(_, count)| *count >= wanted).map(|(bound, _)| *bound)
        };
        Some((at(50)?, at(99)?))
    }

    fn draw(&self, frame: &mut Frame<'_>) {
        let parts = [Constraint::Length(2), Constraint::Length(4), Constraint::Min(4), Constraint::Length(4)];
        let [title, curve, table, foot] = Layout::vertical(parts).areas(frame.area());
        let rate = self.rates.front().copied().unwrap_or(0);
        let latency =
            self.latency.map(|(middle, slow)| format!("   commands p50 {middle} µs  p99 {slow} µs"));
        let text =
            format!("{}   head {}   {rate} events/s{}", self.whom, self.head, latency.unwrap_or_default());
        frame.render_widget(Paragraph::new(text.bold()), title);
        frame.render_widget(Sparkline::default().data(self.rates.iter().copied()).style(Color::Cyan), curve);
        frame.render_widget(self.table(), table);
        frame.render_widget(Paragraph::new(self.foot()), foot);
    }

    fn table(&self) -> Table<'_> {
        let header = ["projection", "state", "position", "lag", "seconds", "rate", "parked"];
        let row = |one: &Value| {
            let seconds = format!("{:.1}", one["lagSeconds"].as_f64().unwrap_or(0.0));
            let rate = format!("{:.0}/s", one["rate"].as_f64().unwrap_or(0.0));
            let state = cell(&one["state"]).replace('_', " ");
            let style = style_of(&state);
            Row::new([
                Cell::from(cell(&one["name"])),
                Cell::from(state).style(style),
                Cell::from(cell(&one["position"])),
                Cell::from(cell(&one["lagEvents"])),
                Cell::from(seconds),
                Cell::from(rate),
                Cell::from(cell(&one["deadLetters"])),
            ])
        };
        let widths = [24, 14, 12, 10, 9, 10, 8].map(Constraint::Length);
        Table::new(self.projections.iter().map(row), widths).header(Row::new(header).bold())
    }

    fn foot(&self) -> Text<'_> {
        let whys =
            self.projections.iter().filter_map(|one| one["why"].as_str()).chain(self.problem.as_deref());
        let mut lines: Vec<_> = whys.take(3).map(|why| Line::from(why).fg(Color::Yellow)).collect();
        lines.push(Line::from("q quits").dim());
        Text::from(lines)
    }
}

fn style_of(state: &str) -> Style {
    match state {
        "live" => Style::new().fg(Color::Green),
        "failed" => Style::new().fg(Color::Red).bold(),
        "paused" => Style::new().fg(Color::Yellow),
        _ => Style::new().fg(Color::Cyan),
    }
}

/// The upper bound in microseconds and the count of a line of the histogram of commands.
fn bucket(line: &str) -> Option<(u64, u64)> {
    let labels = line.strip_prefix("diptych_command_duration_seconds_bucket{")?;
    let (labels, rest) = labels.split_once('}')?;
    let bound = labels.split(',').find_map(|label| label.strip_prefix("le=\"")?.strip_suffix('"'))?;
    let bound: f64 = if bound == "+Inf" { return None } else { bound.parse().ok()? };
    let micros = Duration::try_from_secs_f64(bound).ok()?.as_micros();
    let count = rest.split_whitespace().next()?.parse().ok()?;
    Some((u64::try_from(micros).unwrap_or(u64::MAX), count))
}

#[cfg(test)]
mod tests {
    use ratatui::{Terminal, backend::TestBackend};
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_seen_is_the_head_each_projection_and_why_one_stands() {
        let failed = json!({
            "name": "order_views", "state": "failed", "position": 41, "lagEvents": 1, "lagSeconds": 2.5, "rate": 0.0,
            "deadLetters": 0, "why": "order_views has stopped at event 42",
        });
        let view = View {
            whom: "sqlite:shop".to_owned(),
            projections: vec![failed],
            head: 42,
            rates: [7].into(),
            latency: Some((500, 9_000)),
            ..View::default()
        };
        let mut terminal = Terminal::new(TestBackend::new(100, 20)).unwrap();
        terminal.draw(|frame| view.draw(frame)).unwrap();
        let seen = terminal.backend().to_string();
        for part in [
            "sqlite:shop",
            "head 42",
            "7 events/s",
            "p99 9000 µs",
            "order_views has stopped",
            "failed",
            "2.5",
        ] {
            assert!(seen.contains(part), "{part} is not in\n{seen}");
        }
    }

    #[test]
    fn a_line_of_the_histogram_is_read() {
        let line = r#"diptych_command_duration_seconds_bucket{command="Pay",le="0.0005"} 12"#;
        assert_eq!(bucket(line), Some((500, 12)));
        assert_eq!(bucket("diptych_command_duration_seconds_count{command=\"Pay\"} 12"), None);
    }
}
