//! A boundary by two tags and a type, on logs of three sizes: what it costs must not follow the log.
//!
//! The tags looked for are on as many events whatever the log's size: a rare one on 10, beside one that every fifth event has;
//! and two on 200 each, of which 10 have both. They are spread over the whole log. What is timed is reading all that the
//! boundary holds, and then having a condition on it judged as if the decision had been made at the very beginning, which is
//! as far back as it can be, on two tags as frequent that no event has both of; nothing is appended, so nothing is synced.

use std::{sync::Arc, time::Instant};

use async_trait::async_trait;
use diptych::{
    App, AppendCondition, EventStore, Filter, NewEvent, Node, Position, Result, Scope, Tag,
    store::ReadRequest,
};
use diptych_sqlite::SqliteFolder;

use crate::{
    bank::{account, new_event},
    number::float,
    ratio::median,
    row::{Detail, First, Line, Measure, Pair, Row, Running, Scale, Setting, Target},
};

/// See the page.
pub(crate) struct Boundary;

/// The spread of rare tags, and of those of middle frequency: how many of each kind there are, on how many events each.
const RARE: (usize, usize) = (50, 10);
const MIDDLE: (usize, usize) = (20, 200);
/// The type looked for, and the other.
const TYPES: [&str; 2] = ["Registered", "Noted"];

/// Which two tags are looked for.
#[derive(Clone, Copy, Debug)]
enum Case {
    CommonAndRare,
    TwoOfTheMiddle,
}

/// A log of so many events.
pub(super) struct Log {
    pub(super) events: usize,
    pub(super) store: Arc<dyn EventStore>,
    /// Microseconds a boundary, one list per case.
    taken: [Vec<f64>; 2],
}

/// Logs of three sizes, the smallest first.
pub(super) struct Prepared {
    pub(super) logs: Vec<Log>,
    pub(super) times: usize,
    /// The chart's name, and what stands above it.
    pub(super) chart: (&'static str, &'static str),
}

/// The sizes of the logs.
pub(super) const fn sizes(scale: Scale) -> [usize; 3] {
    scale.of([10_000, 20_000, 50_000], [10_000, 100_000, 1_000_000])
}

/// The tags and the type of the n-th of so many events.
fn marks(n: usize, events: usize) -> (Vec<String>, &'static str) {
    let (mut tags, mut kind) = (Vec::new(), TYPES[n % 2]);
    let (nth, place) = (n / (events / RARE.1), n % (events / RARE.1));
    let is_rare = place.is_multiple_of(17) && place / 17 < RARE.0;
    if is_rare {
        tags.push(format!("course:rare-{}", place / 17));
        kind = TYPES[usize::from(nth % 5 == 4)];
    }
    let is_alone = place % 17 == 1 && place / 17 < RARE.0;
    if is_alone {
        tags.push(format!("course:alone-{}", place / 17));
        kind = TYPES[0];
    }
    if if is_rare { nth.is_multiple_of(2) } else { n.is_multiple_of(5) && !is_alone } {
        tags.push("region:eu".to_owned());
    }
    let (nth, place) = (n / (events / MIDDLE.1), n % (events / MIDDLE.1));
    let both = nth.is_multiple_of(20);
    if place < MIDDLE.0 {
        tags.push(format!("customer:{place}"));
    }
    if let Some(product) = place.checked_sub(if both { 0 } else { 25 }).filter(|it| *it < MIDDLE.0) {
        tags.push(format!("product:{product}"));
    }
    (tags, if both && place < MIDDLE.0 { TYPES[0] } else { kind })
}

fn scope(tags: [String; 2]) -> Scope {
    Scope::tagged(tags.iter().map(|tag| Tag::stored(tag))).of_types([TYPES[0]])
}

impl Case {
    /// A boundary that holds events.
    fn held(self, n: usize) -> Scope {
        scope(match self {
            Self::CommonAndRare => ["region:eu".to_owned(), format!("course:rare-{}", n % RARE.0)],
            Self::TwoOfTheMiddle => {
                [format!("customer:{}", n % MIDDLE.0), format!("product:{}", n % MIDDLE.0)]
            }
        })
    }

    /// A boundary of tags as frequent, which no event has both of.
    fn empty(self, n: usize) -> Scope {
        scope(match self {
            Self::CommonAndRare => ["region:eu".to_owned(), format!("course:alone-{}", n % RARE.0)],
            Self::TwoOfTheMiddle => {
                [format!("customer:{}", n % MIDDLE.0), format!("product:{}", (n + 1) % MIDDLE.0)]
            }
        })
    }
}

/// Fills a store, which is empty, with so many events; a node stamps them.
///
/// # Errors
/// What the store said.
pub(super) async fn make(
    setting: &Setting,
    node: &Node,
    store: Arc<dyn EventStore>,
    events: usize,
) -> Result<Log> {
    setting.tell.now(format!("making a log of {events} events"));
    for begin in (0..events).step_by(1_000) {
        let event = |n| {
            let (tags, kind) = marks(n, events);
            let tags = tags.iter().map(|tag| Tag::stored(tag)).collect();
            Ok(NewEvent { event_type: kind.into(), ..new_event(node, &account(n % 10_000), n, tags)? })
        };
        let events = (begin..events.min(begin + 1_000)).map(event).collect::<Result<_>>()?;
        store.append(diptych::Append { events, condition: AppendCondition::default(), note: None }).await?;
    }
    Ok(Log { events, store, taken: Default::default() })
}

impl Log {
    /// Microseconds for each of so many boundaries.
    async fn time(&mut self, case: Case, times: usize) -> Result<f64> {
        let begun = Instant::now();
        for n in 0..times {
            let found = self.read(Filter::from(case.held(n))).await?;
            if found == 0 {
                return Err(format!("{:?} holds nothing", case.held(n)).into());
            }
            let condition = AppendCondition::nothing_in(case.empty(n), Position::START);
            self.store.append(diptych::Append { events: Vec::new(), condition, note: None }).await?;
        }
        let micros = begun.elapsed().as_secs_f64() * 1e6 / float(times);
        self.taken[usize::from(matches!(case, Case::TwoOfTheMiddle))].push(micros);
        Ok(micros)
    }

    async fn read(&self, filter: Filter) -> Result<usize> {
        let (mut from, mut found) = (Position::START, 0);
        loop {
            let page = self.store.read(ReadRequest::after(filter.clone(), from)).await?;
            found += page.events.len();
            from = page.considered;
            if page.considered >= page.head {
                return Ok(found);
            }
        }
    }
}

#[async_trait]
impl Row for Boundary {
    fn name(&self) -> &'static str {
        "boundary"
    }

    fn measures(&self) -> Vec<Measure> {
        let measure = |name, title| Measure {
            name,
            title,
            unit: "µs",
            target: Target::AtMost(1.3),
            decoded: "no",
            baseline: "ours, on a log of a hundredth of the events",
        };
        vec![
            measure("boundary-rare", "Boundary by a common tag, a rare tag and a type: 1 M events to 10 k"),
            measure(
                "boundary-middle",
                "Boundary by two tags on 200 events each and a type: 1 M events to 10 k",
            ),
        ]
    }

    async fn prepare(&self, setting: &Setting) -> Result<Box<dyn Running>> {
        let node = App::open("memory:")?.start().await?;
        let mut logs = Vec::new();
        for events in sizes(setting.scale) {
            let folder = setting.folder.join(events.to_string());
            let store = SqliteFolder::open(&folder, Default::default())?.store();
            logs.push(make(setting, &node, store, events).await?);
        }
        node.shut_down().await?;
        let chart = ("boundary", "Reading and judging a boundary of two tags and a type");
        Ok(Box::new(Prepared { logs, times: setting.scale.of(50, 500), chart }))
    }
}

#[async_trait]
impl Running for Prepared {
    async fn pair(&mut self, first: First) -> Result<Vec<Pair>> {
        let (mut pairs, times) = (Vec::new(), self.times);
        for case in [Case::CommonAndRare, Case::TwoOfTheMiddle] {
            let [small, middle, large] = &mut self.logs[..] else {
                return Err("there are three logs".into());
            };
            let (large, small) = first.in_turn(large.time(case, times), small.time(case, times)).await?;
            middle.time(case, times).await?;
            pairs.push(Pair::of(large, small));
        }
        Ok(pairs)
    }

    async fn details(&mut self) -> Result<Vec<Detail>> {
        let line = |name, case: usize| {
            let points = self
                .logs
                .iter()
                .filter_map(|log| Some((float(log.events), median(&log.taken[case])?.median)));
            Line { name, points: points.collect() }
        };
        Ok(vec![Detail::Curve {
            file: self.chart.0,
            title: self.chart.1.to_owned(),
            across: "events in the log",
            up: "µs a boundary",
            lines: vec![line("a common and a rare tag", 0), line("two tags on 200 events each", 1)],
        }])
    }

    async fn end(self: Box<Self>) -> Result {
        for log in &self.logs {
            log.store.close().await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boundary_holds_the_same_number_of_events_whatever_the_log() {
        let count = |scope: Scope, events: usize| {
            let stream = diptych::StreamId::parse("account", "A").unwrap();
            let held = (0..events).filter(|n| {
                let (tags, kind) = marks(*n, events);
                let tags: Vec<_> = tags.iter().map(|tag| Tag::stored(tag)).collect();
                scope.holds(&stream, kind, &tags)
            });
            held.count()
        };
        for events in [10_000, 20_000, 100_000] {
            for (case, held) in [(Case::CommonAndRare, 4), (Case::TwoOfTheMiddle, 10)] {
                assert_eq!(count(case.held(3), events), held, "{case:?} {events}");
                assert_eq!(count(case.empty(3), events), 0, "{case:?} {events}");
            }
        }
    }
}
