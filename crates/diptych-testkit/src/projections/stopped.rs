//! Two real processes on one read model: one is stopped with SIGSTOP in the middle of its work, the other takes over, the first
//! is continued. It writes nothing, and says that it was fenced off.
//!
//! The first is the test's own program, started again to run one test: that test calls [`be_stopped`].

use std::{process::Stdio, sync::Arc, time::Duration};

use diptych::memory::MemoryStore;
use diptych_core::{
    FailureKind, Position, RecordedEvent,
    model::{ApplyError, Checkpoint, Generation, ReadModel, ReadModels},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use crate::{
    contract::models::{ModelFixture, fold, shown},
    deadline::within,
    draft::{append, event, log},
    proof::{Effort, Evidence, seed},
};

/// Tells the program that it is the one to be stopped, and where.
pub const PART: &str = "DIPTYCH_TEST_STOPPED";

/// The log, which both processes know without speaking of it.
async fn events() -> Arc<[RecordedEvent]> {
    let store = MemoryStore::new();
    for n in 0..40 {
        let some: Vec<_> = (0..100).map(|m| event(&format!("a/{}", (n + m) % 7), "A")).collect();
        append(&store, some).await;
    }
    log(&store).await.into()
}

/// The part of the one that is stopped: fills the first generation, an event at a time, until it is told that it is no
/// longer the owner.
///
/// # Panics
/// Where anything else ends it.
pub async fn be_stopped(models: Arc<dyn ReadModels>) {
    let log = events().await;
    if models.generations().await.expect("asked").is_empty() {
        models.create().await.expect("made");
    }
    let model = models.open(Generation(1)).await.expect("opened");
    let Checkpoint { position, epoch } =
        model.take_over("the one that is stopped").await.expect("taken over");
    let mut at = usize::try_from(position.get()).unwrap_or(0);
    while at < log.len() {
        let to = Position::new(u64::try_from(at + 1).unwrap_or(0));
        match model.apply(log[at..=at].into(), to, epoch).await {
            Ok(()) => at += 1,
            Err(ApplyError::Fenced { .. }) => {
                println!("\nfenced at {at}");
                return;
            }
            Err(ApplyError::Failure(failure)) if failure.kind() == FailureKind::Unavailable => {
                println!("\nagain: {}", failure.chain());
            }
            Err(error) => panic!("it could not write: {error:?}"),
        }
        println!("\nat {at}");
        // tidy: so that it is stopped between two batches as well as within one
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("it came to the end of the log before it was stopped");
}

/// Starts the program again as the one to be stopped, stops it, takes over, and lets it go on.
///
/// `part` is the path of the test that calls [`be_stopped`], and `place` what it is given in [`PART`]. `let_in` is what an operator
/// does to get at what a stopped process holds.
///
/// # Panics
/// Where the one that was stopped writes, or does not say that it was fenced off.
pub async fn stopped_and_continued_it_writes_nothing<F: ModelFixture>(
    fixture: impl Fn() -> F,
    part: &str,
    place: impl Fn(&F) -> String,
    let_in: impl Fn(&F),
) {
    let (seed, rounds) = (seed(), Effort::of_environment().of(1, 25));
    let mut random = StdRng::seed_from_u64(seed);
    let mut evidence = Evidence::of("stopped by SIGSTOP and continued, it writes nothing", fixture().name());
    let (mut within_a_batch, log) = (0, events().await);
    for _ in 0..rounds {
        let fixture = fixture();
        let mut other = Other::start(part, &place(&fixture));
        other.comes_to(random.random_range(5..120)).await;
        other.signal("STOP").await;
        let_in(&fixture);
        let models = fixture.open().await;
        let model = models.open(Generation(1)).await.expect("opened");
        let epoch = loop {
            match model.take_over("the other").await {
                Ok(checkpoint) => break checkpoint.epoch,
                // It was stopped with the lock of the engine in its hands: let it go a little further.
                Err(failure) => {
                    assert_eq!(failure.kind(), FailureKind::Unavailable, "{}", failure.chain());
                    within_a_batch += 1;
                    other.signal("CONT").await;
                    other.comes_to(0).await;
                    other.signal("STOP").await;
                }
            }
        };
        fill(&*model, &log, epoch).await;
        other.signal("CONT").await;
        other.says_it_is_fenced().await;
        let end = Position::new(u64::try_from(log.len()).unwrap_or(0));
        assert_eq!(
            shown(&fixture, &*model).await,
            (end, fold(&log, end)),
            "rows after it went on (seed {seed})"
        );
    }
    evidence.add("processes stopped, taken over from and continued", rounds);
    evidence.add("of them stopped with the engine's lock in their hands, and stopped again", within_a_batch);
    evidence.add("seed", seed);
    evidence.hand_in();
}

async fn fill(model: &dyn ReadModel, log: &[RecordedEvent], epoch: diptych_core::model::Epoch) {
    for batch in log.chunks(1_000) {
        let to = batch.last().map_or(Position::START, RecordedEvent::position);
        model.apply(batch.into(), to, epoch).await.expect("the new owner writes");
    }
}

/// The other process.
struct Other {
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
}

impl Other {
    fn start(part: &str, place: &str) -> Self {
        let program = std::env::current_exe().expect("this program has a path");
        let child = Command::new(program)
            .args(["--exact", part, "--nocapture", "--test-threads=1"])
            .env(PART, place)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        let mut child = child.expect("this program can be started again");
        let said = BufReader::new(child.stdout.take().expect("what it says is read")).lines();
        Self { child, said }
    }

    async fn line(&mut self) -> String {
        let line = within("the other process says something", self.said.next_line()).await;
        line.expect("it can be read").expect("it has not ended yet")
    }

    /// Waits until it has come so far.
    async fn comes_to(&mut self, event: usize) {
        loop {
            let line = self.line().await;
            let at = line.strip_prefix("at ").and_then(|number| number.parse::<usize>().ok());
            if at.is_some_and(|at| at >= event) {
                return;
            }
        }
    }

    async fn says_it_is_fenced(&mut self) {
        while !self.line().await.starts_with("fenced at ") {}
        let ended = within("the other process ends", self.child.wait()).await.expect("it can be waited for");
        assert!(ended.success(), "the other process ended by {ended}");
    }

    /// Sends it a signal. A signal has no answer: what follows holds whenever it arrives.
    async fn signal(&self, name: &str) {
        let id = self.child.id().expect("it has not ended").to_string();
        let sent = Command::new("kill").args([format!("-{name}"), id]).status().await;
        assert!(sent.is_ok_and(|status| status.success()), "SIG{name} could not be sent");
    }
}
