//! Two processes that append to one database at once, beside one alone; and whether nothing was lost or doubled.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Instant,
};

use async_trait::async_trait;
use diptych::{EventStore, Filter, Position, Result, Revision, StreamId, codec, store::ReadRequest};
use diptych_postgres::PostgresDatabase;

use crate::{
    bank::AccountEvent,
    beside::{Beside, Role, reference},
    callers::Callers,
    hand::postgres::Place,
    number::per_second,
    row::{First, Measure, Pair, Row, Running, Setting, Target},
};

/// See the page.
pub(crate) struct TwoProcesses;

struct Prepared {
    place: Place,
    processes: [Beside; 2],
    callers: Callers,
    runs: usize,
    log: Seen,
}

/// What was read of the log, in the order of positions.
struct Seen {
    store: Arc<dyn EventStore>,
    upto: Position,
    last: HashMap<StreamId, Revision>,
}

#[async_trait]
impl Row for TwoProcesses {
    fn name(&self) -> &'static str {
        "pg-two-processes"
    }

    fn needs_postgres(&self) -> bool {
        true
    }

    fn measures(&self) -> Vec<Measure> {
        vec![Measure {
            name: "pg-two-processes",
            title: "PostgreSQL: two processes appending at once, 64 callers each",
            unit: "commands/s",
            target: Target::AtLeast(0.8),
            decoded: "its own event into the cached state",
            baseline: "one of the processes alone, 64 callers; after each run the whole log is read: every deposit is there once, and every stream's revisions have no gap",
        }]
    }

    async fn prepare(&self, setting: &Setting) -> Result<Box<dyn Running>> {
        let place = Place::new(setting, "two").await?;
        let url = place.url();
        let processes =
            [Beside::start(&url, Role::Commands).await?, Beside::start(&url, Role::Commands).await?];
        let callers = Callers { callers: 64, each: setting.scale.of(10, 150) };
        let store = PostgresDatabase::open(&url, Default::default()).await?.store();
        let log = Seen { store, upto: Position::START, last: HashMap::new() };
        Ok(Box::new(Prepared { place, processes, callers, runs: 0, log }))
    }
}

impl Seen {
    /// Reads what came since, in which these deposits must be, each once, and no other.
    async fn holds(&mut self, mut wanted: HashSet<String>) -> Result {
        loop {
            let page = self.store.read(ReadRequest::after(Filter::All, self.upto)).await?;
            for event in &page.events {
                let next = self.last.get(event.stream()).map_or(Revision::FIRST, |last| last.next());
                if event.metadata.revision != next {
                    return Err(format!(
                        "{} has revision {} after {next}",
                        event.stream(),
                        event.metadata.revision
                    )
                    .into());
                }
                self.last.insert(event.stream().clone(), next);
                for event in codec::decode::<AccountEvent>(event)?.as_slice() {
                    let AccountEvent::Deposited { reference, .. } = event else { continue };
                    if !wanted.remove(reference) {
                        return Err(format!("deposit {reference} is there twice, or nobody made it").into());
                    }
                }
            }
            self.upto = page.considered;
            if page.considered >= page.head {
                break;
            }
        }
        if wanted.is_empty() { Ok(()) } else { Err(format!("{} deposits are lost", wanted.len()).into()) }
    }
}

impl Prepared {
    fn marks(&mut self) -> [String; 2] {
        self.runs += 1;
        [format!("A{:05}", self.runs), format!("B{:05}", self.runs)]
    }

    fn references<'a>(&self, marks: impl IntoIterator<Item = &'a String>) -> HashSet<String> {
        let Callers { callers, each } = self.callers;
        let of = move |mark: &'a String| {
            (0..callers).flat_map(move |caller| (0..each).map(move |n| reference(mark, caller, n)))
        };
        marks.into_iter().flat_map(of).collect()
    }

    async fn both(&mut self) -> Result<f64> {
        let [mark, other] = self.marks();
        let begun = Instant::now();
        let [a, b] = &self.processes;
        tokio::try_join!(a.deposits(&mark, self.callers), b.deposits(&other, self.callers))?;
        let took = begun.elapsed();
        let made = self.references([&mark, &other]);
        self.log.holds(made).await?;
        Ok(per_second(self.callers.calls() * 2, took))
    }

    async fn alone(&mut self) -> Result<f64> {
        let [mark, _] = self.marks();
        let begun = Instant::now();
        self.processes[self.runs % 2].deposits(&mark, self.callers).await?;
        let took = begun.elapsed();
        let made = self.references([&mark]);
        self.log.holds(made).await?;
        Ok(per_second(self.callers.calls(), took))
    }
}

#[async_trait]
impl Running for Prepared {
    async fn pair(&mut self, first: First) -> Result<Vec<Pair>> {
        let (both, alone) = match first {
            First::Ours => {
                let both = self.both().await?;
                (both, self.alone().await?)
            }
            First::ByHand => {
                let alone = self.alone().await?;
                (self.both().await?, alone)
            }
        };
        Ok(vec![Pair::of(both, alone)])
    }

    async fn end(self: Box<Self>) -> Result {
        for process in self.processes {
            process.stop().await?;
        }
        self.log.store.close().await?;
        self.place.remove().await
    }
}
