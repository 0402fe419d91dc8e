//! What was measured in the last minutes: the public `/metrics`, read every two seconds.
//!
//! A counter says how much there was since the start; two readings of it say how much there was between them. The text
//! format is read here, since the crates that read it bring more with them than these lines.

use std::{
    collections::{BTreeMap, VecDeque},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, MissedTickBehavior, interval};

use super::api::{Api, Caller};
use crate::{Serving, guard::Connection};

/// How often it is read.
const EVERY: Duration = Duration::from_secs(2);
/// How many readings are kept: five minutes.
const KEPT: usize = 150;
/// Over how many readings a present rate is taken: ten seconds.
const WINDOW: usize = 5;

/// One line of the metrics.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) labels: Vec<(String, String)>,
    pub(super) value: f64,
}

impl Line {
    /// The value of a label; empty where there is none.
    pub(super) fn label(&self, name: &str) -> &str {
        self.labels.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// One reading.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    at: Instant,
    lines: Vec<Line>,
}

impl Reading {
    /// The sum of a metric over the lines that are wanted.
    pub(super) fn sum(&self, name: &str, wanted: impl Fn(&Line) -> bool) -> f64 {
        self.lines.iter().filter(|line| line.name == name && wanted(line)).map(|line| line.value).sum()
    }

    /// The buckets of a histogram, all its lines together: how many took at most so many seconds.
    fn buckets(&self, name: &str) -> Vec<(f64, f64)> {
        let mut buckets: Vec<(f64, f64)> = Vec::new();
        for line in self.lines.iter().filter(|line| line.name == name) {
            let Ok(at_most) = line.label("le").parse() else { continue };
            match buckets.iter_mut().find(|(known, _): &&mut (f64, f64)| known.total_cmp(&at_most).is_eq()) {
                Some((_, count)) => *count += line.value,
                None => buckets.push((at_most, line.value)),
            }
        }
        buckets.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        buckets
    }
}

/// The readings of the last minutes. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct History(Arc<Mutex<VecDeque<Arc<Reading>>>>);

impl History {
    /// Keeps reading until the server stops.
    pub(super) fn keep(&self, api: Api, serving: &Serving) {
        let (history, stopping) = (self.clone(), serving.stopping().clone());
        let near = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
        let connection = Connection { local: near, peer: near };
        let caller = Caller { connection, token: serving.token().map(str::to_owned), correlation: None };
        tokio::spawn(async move {
            let mut ticks = interval(EVERY);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
            let reading = async {
                loop {
                    ticks.tick().await;
                    history.read(&api, &caller).await;
                }
            };
            tokio::select! {
                () = reading => {}
                () = stopping.cancelled() => {}
            }
        });
    }

    async fn read(&self, api: &Api, caller: &Caller) {
        match api.ask(caller, "/metrics").await {
            Ok(answer) => self.take(Reading { at: Instant::now(), lines: parse(&answer.text) }),
            Err(refusal) => tracing::debug!(detail = refusal.detail, "the metrics were not read"),
        }
    }

    fn take(&self, reading: Reading) {
        let mut readings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        readings.push_back(Arc::new(reading));
        while readings.len() > KEPT {
            readings.pop_front();
        }
    }

    /// All readings, the oldest first.
    pub(super) fn readings(&self) -> Readings {
        Readings(self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect())
    }
}

/// The readings of one moment.
pub(super) struct Readings(Vec<Arc<Reading>>);

impl Readings {
    /// How much a counter grew a second, over the last ten.
    pub(super) fn rate(&self, name: &str, wanted: impl Fn(&Line) -> bool) -> f64 {
        match self.window() {
            Some((first, last)) => per_second(first, last, name, &wanted),
            None => 0.0,
        }
    }

    /// How much a counter grew a second, from reading to reading.
    pub(super) fn rates(&self, name: &str, wanted: impl Fn(&Line) -> bool) -> Vec<f64> {
        self.0.windows(2).map(|pair| per_second(&pair[0], &pair[1], name, &wanted)).collect()
    }

    /// What a gauge said, from reading to reading.
    pub(super) fn values(&self, name: &str, wanted: impl Fn(&Line) -> bool) -> Vec<f64> {
        self.0.iter().map(|reading| reading.sum(name, &wanted)).collect()
    }

    /// How long the faster `share` of what was timed took, in seconds, in the last minute; none where nothing was.
    pub(super) fn quantile(&self, histogram: &str, share: f64) -> Option<f64> {
        let last = self.0.last()?;
        let first = self.0.iter().rev().nth(30).or_else(|| self.0.first())?;
        between(&first.buckets(histogram), &last.buckets(histogram), share)
    }

    /// The same from reading to reading; what nothing was timed in is 0.
    pub(super) fn quantiles(&self, histogram: &str, share: f64) -> Vec<f64> {
        let buckets: Vec<_> = self.0.iter().map(|reading| reading.buckets(histogram)).collect();
        buckets.windows(2).map(|pair| between(&pair[0], &pair[1], share).unwrap_or_default()).collect()
    }

    /// The values of a label that a metric has.
    pub(super) fn labels(&self, name: &str, label: &str) -> BTreeMap<String, f64> {
        let mut all = BTreeMap::new();
        let Some((first, last)) = self.window() else { return all };
        for line in last.lines.iter().filter(|line| line.name == name) {
            let value = line.label(label).to_owned();
            let rate = per_second(first, last, name, &|other: &Line| other.label(label) == value);
            all.insert(value, rate);
        }
        all
    }

    fn window(&self) -> Option<(&Reading, &Reading)> {
        let last = self.0.last()?;
        let first = self.0.iter().rev().nth(WINDOW).or_else(|| self.0.first())?;
        Some((first, last))
    }
}

fn per_second(first: &Reading, last: &Reading, name: &str, wanted: &impl Fn(&Line) -> bool) -> f64 {
    let took = last.at.duration_since(first.at).as_secs_f64();
    let grown = last.sum(name, wanted) - first.sum(name, wanted);
    if took > 0.0 { (grown / took).max(0.0) } else { 0.0 }
}

/// The quantile of what came to a histogram between two readings, linear within a bucket.
fn between(first: &[(f64, f64)], last: &[(f64, f64)], share: f64) -> Option<f64> {
    let before = |at_most: f64| {
        first.iter().find(|(known, _)| known.total_cmp(&at_most).is_eq()).map_or(0.0, |(_, count)| *count)
    };
    let grown: Vec<(f64, f64)> =
        last.iter().map(|(at_most, count)| (*at_most, count - before(*at_most))).collect();
    let (_, all) = *grown.last()?;
    if all <= 0.0 {
        return None;
    }
    let wanted = all * share;
    let (mut low, mut below) = (0.0, 0.0);
    for (at_most, count) in grown {
        if count >= wanted {
            let within = if count > below { (wanted - below) / (count - below) } else { 1.0 };
            return Some(if at_most.is_finite() { low + (at_most - low) * within } else { low });
        }
        (low, below) = (at_most, count);
    }
    Some(low)
}

/// The lines of the text format; what is none is passed over.
fn parse(text: &str) -> Vec<Line> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(line).collect()
}

fn line(text: &str) -> Option<Line> {
    let (name, labels, rest) = match text.split_once('{') {
        Some((name, rest)) => {
            let (labels, rest) = labels(rest)?;
            (name, labels, rest)
        }
        None => {
            let (name, rest) = text.split_once(' ')?;
            (name, Vec::new(), rest)
        }
    };
    let value = rest.split_ascii_whitespace().next()?.parse().ok()?;
    Some(Line { name: name.to_owned(), labels, value })
}

/// Labels up to the closing brace, and what follows it.
fn labels(text: &str) -> Option<(Vec<(String, String)>, &str)> {
    let (mut all, mut rest) = (Vec::new(), text);
    loop {
        rest = rest.trim_start_matches(',');
        if let Some(after) = rest.strip_prefix('}') {
            return Some((all, after));
        }
        let (name, quoted) = rest.split_once("=\"")?;
        let (mut value, mut escaped, mut end) = (String::new(), false, None);
        for (at, c) in quoted.char_indices() {
            match c {
                'n' if escaped => value.push('\n'),
                _ if escaped => value.push(c),
                '\\' => {}
                '"' => {
                    end = Some(at);
                    break;
                }
                _ => value.push(c),
            }
            escaped = c == '\\' && !escaped;
        }
        rest = quoted.get(end? + 1..)?;
        all.push((name.to_owned(), value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_with_their_labels() {
        let text =
            "# HELP x y\nup 1\na_total{command=\"Op\\\"en\\\\{\",outcome=\"recorded\"} 12 1700000000\nbad{\n";
        let lines = parse(text);
        assert_eq!(lines.len(), 2);
        assert_eq!((lines[0].name.as_str(), lines[0].value), ("up", 1.0));
        assert_eq!((lines[1].label("command"), lines[1].label("outcome")), ("Op\"en\\{", "recorded"));
        assert_eq!(lines[1].value, 12.0);
    }

    #[test]
    fn a_quantile_is_of_what_came_between() {
        let first = [(0.1, 10.0), (0.2, 10.0), (f64::INFINITY, 10.0)];
        let last = [(0.1, 10.0), (0.2, 20.0), (f64::INFINITY, 20.0)];
        let half = between(&first, &last, 0.5).unwrap();
        assert!((half - 0.15).abs() < 1e-9, "{half}");
        assert_eq!(between(&last, &last, 0.5), None);
        assert_eq!(between(&[], &[], 0.5), None);
    }
}
