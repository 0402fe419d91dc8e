//! Checking a store: the engine itself, every event of the log, where streams end, and each projection against the log.
//!
//! A page is read while the one before it is looked at. What is remembered is the last revision of each stream.

use std::{collections::HashMap, sync::Arc};

use diptych_core::{
    Failure, FailureKind, Filter, Position, RecordedEvent, Revision, StreamId,
    codec::{self, EventSchema},
    state::StateKind,
    store::{MAX_PAGE, Page, ReadRequest, StreamsRequest},
};
use serde::Serialize;

use super::Node;
use crate::projections::{OperateError, ProjectionKind, ProjectionStatus};

/// How many differences are told; the others are only counted.
const TOLD: usize = 100;
/// How many rows that differ are looked for in each projection.
const ROWS: usize = 3;

/// How far a check has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckProgress {
    /// What is being looked at: `log`, or a projection's name.
    pub what: String,
    /// Up to where.
    pub position: Position,
    /// How far it goes.
    pub head: Position,
}

/// What a check has found.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Checked {
    /// Up to where the log was checked.
    pub head: Position,
    /// How many events.
    pub events: u64,
    /// How many streams.
    pub streams: u64,
    /// How many seconds the log took.
    pub log_seconds: f64,
    /// The projections that were held against the log.
    pub projections: Vec<String>,
    /// Why others were not, a sentence each.
    pub unchecked: Vec<String>,
    /// What is not as it should be, a sentence each; at most a hundred.
    pub differences: Vec<String>,
    /// How many there are in all.
    pub differing: u64,
}

impl Checked {
    fn differs(&mut self, difference: String) {
        self.differing = self.differing.saturating_add(1);
        if self.differences.len() < TOLD {
            self.differences.push(difference);
        }
    }
}

/// What is known of the log while it is gone through.
struct Going {
    last: Position,
    ends: HashMap<StreamId, Revision>,
    found: Checked,
    schemas: Arc<[EventSchema]>,
    states: Arc<[StateKind]>,
}

impl Going {
    fn page(mut self, events: &[RecordedEvent]) -> Self {
        for event in events {
            self.event(event);
        }
        self
    }

    fn event(&mut self, event: &RecordedEvent) {
        let (position, stream, revision) = (event.position(), event.stream(), event.metadata.revision);
        self.found.events = self.found.events.saturating_add(1);
        if position <= self.last {
            self.found.differs(format!("event {position} stands after event {}", self.last));
        }
        self.last = position;
        let before = match self.ends.get_mut(stream) {
            Some(end) => Some(std::mem::replace(end, revision)),
            None => self.ends.insert(stream.clone(), revision),
        };
        let wanted = before.map_or(Revision::FIRST, Revision::next);
        if revision != wanted {
            let text =
                format!("event {position} is revision {revision} of {stream}, which should be {wanted}");
            self.found.differs(text);
        }
        if let Err(reason) = self.read(event) {
            self.found.differs(format!("event {position}, {} of {stream}: {reason}", event.event_type));
        }
    }

    /// Reads it as the state of its stream does, or, where none is declared, as JSON.
    fn read(&self, event: &RecordedEvent) -> Result<(), String> {
        let category = event.stream().category();
        if let Some(kind) = self.states.iter().find(|kind| kind.category == category) {
            return (kind.begin)().fold(event).map_err(|error| told(&error));
        }
        if codec::find(&self.schemas, &event.event_type).is_some() {
            return codec::upcast_json(&self.schemas, event).map(drop).map_err(|error| told(&error));
        }
        let any = serde_json::from_slice::<serde::de::IgnoredAny>(&event.payload);
        any.map(drop).map_err(|error| format!("its payload is not JSON: {error}"))
    }
}

impl Node {
    /// Checks the store, and, where `projections` says so, that each projection is what its events make of it up to where it stands. Tells
    /// how far it has come now and then. Nothing is changed.
    ///
    /// # Errors
    /// [`Failure`] where the log cannot be read at all.
    pub async fn check(
        &self,
        projections: Against,
        tell: impl Fn(CheckProgress) + Send + Sync,
    ) -> Result<Checked, Failure> {
        let begun = std::time::Instant::now();
        let damage = self.0.store.damage().await?;
        let mut going = self.check_log(&tell).await?;
        damage.into_iter().for_each(|text| going.found.differs(format!("the engine: {text}")));
        self.check_ends(&mut going).await?;
        let mut found = going.found;
        found.log_seconds = begun.elapsed().as_secs_f64();
        if projections == Against::Log {
            self.check_projections(&mut found, &tell).await?;
        }
        Ok(found)
    }

    async fn check_log(&self, tell: &(impl Fn(CheckProgress) + Sync)) -> Result<Going, Failure> {
        let head = self.0.store.head().await?;
        let read = |after| self.0.store.read(ReadRequest::after(Filter::All, after));
        let mut going = Going {
            last: Position::START,
            ends: HashMap::new(),
            found: Checked { head, ..Checked::default() },
            schemas: self.0.schemas.clone().into(),
            states: self.0.states.clone().into(),
        };
        let mut page = read(Position::START).await?;
        loop {
            let Page { mut events, considered, .. } = page;
            events.retain(|event| event.position() <= head);
            let ends = considered >= head;
            let looking = tokio::task::spawn_blocking(move || going.page(&events));
            let next = async { if ends { Ok(None) } else { read(considered).await.map(Some) } };
            let (looked, next) = tokio::join!(looking, next);
            let lost = |error| Failure::new(FailureKind::Internal, "checking the log", error);
            going = looked.map_err(lost)?;
            tell(CheckProgress { what: "log".to_owned(), position: considered.min(head), head });
            match next? {
                Some(next) => page = next,
                None => return Ok(going),
            }
        }
    }

    /// What the store says of where streams end. Those that have gone on since are passed over.
    async fn check_ends(&self, going: &mut Going) -> Result<(), Failure> {
        let mut after = 0;
        going.found.streams = u64::try_from(going.ends.len()).unwrap_or(u64::MAX);
        loop {
            let request = StreamsRequest { category: None, after, limit: MAX_PAGE };
            let ends = self.0.store.streams(request).await?;
            let Some(last) = ends.last() else { break };
            after = last.number;
            for end in ends {
                let known = going.ends.remove(&end.stream);
                if end.position <= going.found.head && known != Some(end.revision) {
                    let log = known.map_or_else(|| "nothing".to_owned(), |revision| revision.to_string());
                    let text =
                        format!("{} ends at revision {}, but in the log at {log}", end.stream, end.revision);
                    going.found.differs(text);
                }
            }
        }
        for stream in going.ends.keys() {
            going.found.differs(format!("{stream} has events, but is not among the streams"));
        }
        Ok(())
    }

    async fn check_projections(
        &self,
        found: &mut Checked,
        tell: &(impl Fn(CheckProgress) + Sync),
    ) -> Result<(), Failure> {
        let all = self.projections().await?;
        for status in all.iter().filter(|status| status.kind == ProjectionKind::Projection) {
            let ProjectionStatus { name, head, .. } = status;
            tell(CheckProgress { what: name.clone(), position: Position::START, head: *head });
            match self.rehearse(name, ROWS).await {
                Ok(comparison) if comparison.is_same() => {}
                Ok(comparison) => {
                    let tables: Vec<_> = comparison.rows.iter().map(row).collect();
                    let (rows, at, tables) = (comparison.differing, comparison.position, tables.join(", "));
                    found.differs(format!("{name} differs from the log at {at} in {rows} rows: {tables}"));
                }
                Err(OperateError::Failure(failure)) if !failure.may_retry() => {
                    found.differs(format!("{name} cannot be made from the log: {}", told(&failure)));
                }
                Err(error) => {
                    found.unchecked.push(told(&error));
                    continue;
                }
            }
            found.projections.push(name.clone());
        }
        Ok(())
    }
}

/// What is held against the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// Nothing: only the log is checked.
    Nothing,
    /// Every projection.
    Log,
}

fn row(row: &crate::projections::RowDifference) -> String {
    let key: Vec<_> = row.key.iter().map(|value| format!("{value:?}")).collect();
    let how = match (&row.live, &row.other) {
        (Some(_), None) => "is there, but should not be",
        (None, Some(_)) => "is missing",
        (Some(_) | None, Some(_) | None) => "is another one",
    };
    format!("{} [{}] {how}", row.table, key.join(", "))
}

fn told(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
