//! Read models in a map: that an engine without SQL can keep the contract; and, broken in one way each, that the rules find it.

use std::{
    any::Any,
    collections::BTreeMap,
    panic::catch_unwind,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use diptych_core::{
    Failure, FailureKind, Position, ProjectionError, ProjectionSpec, RecordedEvent, Timestamp,
    model::{
        ApplyError, Checkpoint, Epoch, Generation, GenerationInfo, ParkedEvent, ReadHandle, ReadModel,
        ReadModels,
    },
};
use diptych_testkit::{
    contract::models::{self, ModelFixture, Rows},
    deadline::prove,
    projections, read_models_contract,
};

/// What an engine may do wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    /// Takes an event again that it has taken.
    CountsAgain,
    /// Lets anyone write.
    IgnoresEpochs,
    /// Writes rows, and the checkpoint in another step.
    WritesInTwoSteps,
    /// Keeps the rows of a batch that failed.
    KeepsWhatFailed,
    /// Begins a new generation with the rows of the one before.
    CopiesRows,
}

#[derive(Clone, Debug, Default)]
struct Filling {
    rows: Rows,
    parked: BTreeMap<Position, ParkedEvent>,
    checkpoint: Checkpoint,
}

impl Filling {
    fn is_of(&self, ours: Epoch) -> Result<(), ApplyError> {
        let found = self.checkpoint.epoch;
        if found == ours { Ok(()) } else { Err(ApplyError::Fenced { ours, found }) }
    }
}

#[derive(Debug)]
struct Place {
    fault: Fault,
    spec: ProjectionSpec,
    fillings: Mutex<BTreeMap<u32, Filling>>,
    /// The live one, and the newest there ever was.
    numbers: Mutex<(u32, u32)>,
}

impl Place {
    fn new(fault: Fault) -> Self {
        let spec = ProjectionSpec::new("by_stream");
        Self { fault, spec, fillings: Mutex::default(), numbers: Mutex::default() }
    }

    fn fillings(&self) -> MutexGuard<'_, BTreeMap<u32, Filling>> {
        self.fillings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn numbers(&self) -> MutexGuard<'_, (u32, u32)> {
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn none(generation: Generation) -> Failure {
    Failure::plain(FailureKind::Invalid, format!("there is no generation {generation}"))
}

#[derive(Debug)]
struct Plain(Arc<Place>);

#[async_trait]
impl ReadModels for Plain {
    fn spec(&self) -> &ProjectionSpec {
        &self.0.spec
    }

    async fn generations(&self) -> Result<Vec<GenerationInfo>, Failure> {
        let live = self.0.numbers().0;
        let info = |(number, filling): (&u32, &Filling)| GenerationInfo {
            generation: Generation(*number),
            version: 1,
            position: filling.checkpoint.position,
            live: *number == live,
            created_at: Timestamp::default(),
        };
        Ok(self.0.fillings().iter().map(info).collect())
    }

    async fn create(&self) -> Result<Generation, Failure> {
        let mut numbers = self.0.numbers();
        let mut fillings = self.0.fillings();
        numbers.1 += 1;
        if fillings.is_empty() {
            numbers.0 = numbers.1;
        }
        let copied = (self.0.fault == Fault::CopiesRows).then(|| fillings.values().last().cloned()).flatten();
        let rows = copied.map(|filling| filling.rows).unwrap_or_default();
        fillings.insert(numbers.1, Filling { rows, ..Filling::default() });
        Ok(Generation(numbers.1))
    }

    async fn open(&self, generation: Generation) -> Result<Arc<dyn ReadModel>, Failure> {
        let is_there = self.0.fillings().contains_key(&generation.0);
        if is_there { Ok(Arc::new(Open(Arc::clone(&self.0), generation.0))) } else { Err(none(generation)) }
    }

    async fn promote(&self, generation: Generation) -> Result<(), Failure> {
        if !self.0.fillings().contains_key(&generation.0) {
            return Err(none(generation));
        }
        self.0.numbers().0 = generation.0;
        Ok(())
    }

    async fn remove(&self, generation: Generation) -> Result<(), Failure> {
        if self.0.numbers().0 == generation.0 {
            return Err(Failure::plain(FailureKind::Invalid, "it is live"));
        }
        self.0.fillings().remove(&generation.0).map(drop).ok_or_else(|| none(generation))
    }
}

#[derive(Debug)]
struct Open(Arc<Place>, u32);

impl Open {
    fn with<T>(&self, act: impl FnOnce(&mut Filling) -> T) -> Result<T, Failure> {
        self.0.fillings().get_mut(&self.1).map(act).ok_or_else(|| none(Generation(self.1)))
    }
}

#[async_trait]
impl ReadModel for Open {
    async fn take_over(&self, _: &str) -> Result<Checkpoint, Failure> {
        self.with(|filling| {
            filling.checkpoint.epoch.0 += 1;
            filling.checkpoint
        })
    }

    async fn apply(&self, batch: Arc<[RecordedEvent]>, to: Position, ours: Epoch) -> Result<(), ApplyError> {
        let (found, mut rows) = self.with(|filling| (filling.checkpoint, filling.rows.clone()))?;
        if found.epoch != ours && self.0.fault != Fault::IgnoresEpochs {
            return Err(ApplyError::Fenced { ours, found: found.epoch });
        }
        let is_new =
            |event: &&RecordedEvent| event.position() > found.position || self.0.fault == Fault::CountsAgain;
        let mut outcome = Ok(());
        for event in batch.iter().filter(is_new) {
            *rows.entry(event.stream().to_string()).or_default() += 1;
            if ["Refuse", "Panic"].contains(&&*event.event_type) {
                outcome = Err(ProjectionError { position: event.position(), source: "refused".into() });
                break;
            }
        }
        if outcome.is_err() && self.0.fault != Fault::KeepsWhatFailed {
            return Ok(outcome?);
        }
        if self.0.fault == Fault::WritesInTwoSteps {
            self.with(|filling| filling.rows = rows.clone())?;
            tokio::task::yield_now().await;
        }
        // What was looked at must still hold: another may have taken over, or written, in between.
        self.with(|filling| {
            let may = filling.checkpoint == found || self.0.fault != Fault::None;
            if may {
                filling.rows = rows;
                filling.checkpoint.position = to.max(found.position);
                Ok(())
            } else {
                Err(ApplyError::Fenced { ours, found: filling.checkpoint.epoch })
            }
        })??;
        Ok(outcome?)
    }

    async fn park(&self, events: &[ParkedEvent], to: Position, ours: Epoch) -> Result<(), ApplyError> {
        self.with(|filling| {
            filling.is_of(ours)?;
            filling.parked.extend(events.iter().map(|event| (event.position, event.clone())));
            filling.checkpoint.position = filling.checkpoint.position.max(to);
            Ok(())
        })?
    }

    async fn parked(&self) -> Result<Vec<ParkedEvent>, Failure> {
        self.with(|filling| filling.parked.values().cloned().collect())
    }

    async fn unpark(&self, event: &RecordedEvent, ours: Epoch) -> Result<(), ApplyError> {
        self.with(|filling| {
            filling.is_of(ours)?;
            if filling.parked.remove(&event.position()).is_some() {
                *filling.rows.entry(event.stream().to_string()).or_default() += 1;
            }
            Ok(())
        })?
    }

    async fn checkpoint(&self) -> Result<Checkpoint, Failure> {
        self.with(|filling| filling.checkpoint)
    }

    async fn reader(&self) -> Result<Box<dyn ReadHandle>, Failure> {
        let moment = self.with(|filling| Moment(filling.clone()))?;
        Ok(Box::new(moment))
    }
}

struct Moment(Filling);

impl ReadHandle for Moment {
    fn position(&self) -> Position {
        self.0.checkpoint.position
    }

    fn as_any(&self) -> &dyn Any {
        &self.0.rows
    }
}

struct InAMap(Arc<Place>);

impl InAMap {
    fn with(fault: Fault) -> Self {
        Self(Arc::new(Place::new(fault)))
    }
}

#[async_trait]
impl ModelFixture for InAMap {
    async fn open(&self) -> Arc<dyn ReadModels> {
        Arc::new(Plain(Arc::clone(&self.0)))
    }

    async fn rows(&self, handle: &dyn ReadHandle) -> Rows {
        handle.as_any().downcast_ref::<Rows>().expect("rows in a map").clone()
    }

    fn name(&self) -> &'static str {
        "a map"
    }
}

read_models_contract!(plain, InAMap::with(Fault::None));

/// One test per fault: the rule or property panics with it. Without one all of them pass, above.
macro_rules! found_by {
    ($($fault:ident, $name:ident: $rule:expr;)+) => {$(
        #[test]
        fn $name() {
            let held = catch_unwind(|| prove(async { $rule(Fault::$fault).await; }));
            assert!(held.is_err(), "{:?} was not found", Fault::$fault);
        }
    )+};
}

found_by! {
    CountsAgain, what_counts_twice_is_found: async |fault| {
        projections::delivered_twice_changes_nothing(move || InAMap::with(fault)).await;
    };
    IgnoresEpochs, a_writer_that_should_be_fenced_is_found: async |fault| {
        models::who_was_taken_over_from_can_write_no_more(&InAMap::with(fault)).await;
    };
    IgnoresEpochs, a_runner_that_should_be_fenced_is_found: async |fault| {
        projections::of_two_runners_the_older_is_fenced_off(move || InAMap::with(fault)).await;
    };
    WritesInTwoSteps, rows_apart_from_their_checkpoint_are_found: async |fault| {
        models::readers_beside_a_writer_see_the_rows_of_their_checkpoint(&InAMap::with(fault)).await;
    };
    KeepsWhatFailed, what_a_failed_batch_leaves_is_found: async |fault| {
        models::a_batch_that_fails_leaves_nothing(&InAMap::with(fault)).await;
    };
    CopiesRows, a_rebuilt_generation_that_is_not_the_live_one_is_found: async |fault| {
        projections::rebuilt_equals_live(move || InAMap::with(fault)).await;
    };
}
