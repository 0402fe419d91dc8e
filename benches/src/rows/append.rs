//! Appending 1,000 encoded events a call, without tags and with two.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use async_trait::async_trait;
use diptych::{App, AppendCondition, EventStore, NewEvent, Node, Result, Tag};

use crate::{
    bank::{account, new_event},
    hand::log::{DEPOSITED, Fact, Writer, make},
    number::per_second,
    row::{First, Measure, Pair, Row, Running, Setting, Target},
};

/// See the page.
pub(crate) struct Append;

/// Events in a call.
const A_CALL: usize = 1_000;

struct Prepared {
    node: Node,
    /// A store by itself, so that no projection follows it.
    store: Arc<dyn EventStore>,
    by_hand: PathBuf,
    calls: usize,
    /// Goes up with every call, so that streams and tags are those of a growing log.
    begun: usize,
}

#[async_trait]
impl Row for Append {
    fn name(&self) -> &'static str {
        "append"
    }

    fn measures(&self) -> Vec<Measure> {
        let measure = |name, title, baseline| Measure {
            name,
            title,
            unit: "events/s",
            target: Target::AtLeast(0.8),
            decoded: "no",
            baseline,
        };
        vec![
            measure(
                "append-1000",
                "Appending 1,000 events a call",
                "the same payloads to the same streams, in one synced transaction with prepared statements",
            ),
            measure(
                "append-1000-tagged",
                "The same with two tags an event",
                "as above, with a dictionary of tags and an index from tag to position",
            ),
        ]
    }

    async fn prepare(&self, setting: &Setting) -> Result<Box<dyn Running>> {
        let node = App::open("memory:")?.start().await?;
        let folder = diptych_sqlite::SqliteFolder::open(&setting.folder.join("ours"), Default::default())?;
        let by_hand = setting.folder.join("log.db");
        let store = folder.store();
        Ok(Box::new(Prepared { node, store, by_hand, calls: setting.scale.of(5, 40), begun: 0 }))
    }
}

impl Prepared {
    fn tags(n: usize) -> Vec<String> {
        vec![format!("customer:{:05}", n * 7 % 10_000), format!("product:{:03}", n % 500)]
    }

    fn events(&self, tagged: bool) -> Result<Vec<Vec<NewEvent>>> {
        let event = |n: usize| {
            let tags = if tagged { Self::tags(n) } else { Vec::new() };
            let tags = tags.iter().map(|tag| Tag::stored(tag)).collect();
            new_event(&self.node, &account(n % 1_000), n, tags)
        };
        (0..self.calls)
            .map(|call| (0..A_CALL).map(|n| event(self.begun + call * A_CALL + n)).collect())
            .collect()
    }

    async fn pair_of(&mut self, first: First, tagged: bool) -> Result<Pair> {
        let events = self.events(tagged)?;
        let facts: Vec<Vec<Fact>> = events.iter().map(|call| call.iter().map(to_fact).collect()).collect();
        self.begun += self.calls * A_CALL;
        let ours = async {
            let begun = Instant::now();
            for events in events {
                let condition = AppendCondition::default();
                self.store.append(diptych::Append { events, condition, note: None }).await?;
            }
            Ok(begun.elapsed())
        };
        let file = self.by_hand.clone();
        let by_hand = async { tokio::task::spawn_blocking(move || write(&file, &facts)).await? };
        let (ours, by_hand) = first.in_turn(ours, by_hand).await?;
        let count = self.calls * A_CALL;
        Ok(Pair::of(per_second(count, ours), per_second(count, by_hand)))
    }
}

fn write(file: &Path, calls: &[Vec<Fact>]) -> Result<std::time::Duration> {
    let connection = make(file)?;
    let mut writer = Writer::new(&connection)?;
    let begun = Instant::now();
    for facts in calls {
        writer.write(facts)?;
    }
    Ok(begun.elapsed())
}

fn to_fact(event: &NewEvent) -> Fact {
    Fact {
        stream: event.stream.id().to_string(),
        kind: DEPOSITED,
        recorded_at: event.provenance.recorded_at.as_micros(),
        payload: event.payload.to_vec(),
        tags: event.tags.iter().map(ToString::to_string).collect(),
        expected: None,
    }
}

#[async_trait]
impl Running for Prepared {
    async fn pair(&mut self, first: First) -> Result<Vec<Pair>> {
        Ok(vec![self.pair_of(first, false).await?, self.pair_of(first, true).await?])
    }

    async fn end(self: Box<Self>) -> Result {
        self.node.shut_down().await?;
        Ok(self.store.close().await?)
    }
}
