//! The script: what a program does with a folder from its first opening to its last.

use std::{collections::BTreeMap, fmt::Display, path::Path, sync::Arc};

use diptych_core::{
    Append, AppendCondition, AppendError, EventStore, Expected, Filter, Position, Scope,
    keys::{KeyState, KeyStore, WrappedKey},
    model::{Generation, ReadModel, ReadModels, SqlEngine},
    snapshot::{Snapshot, SnapshotStore},
    store::{Note, ReadRequest},
};
use diptych_faults::{Disk, Plan, Struck, Trouble};
use diptych_sqlite::{SqliteFolder, SqliteOptions};
use diptych_testkit::{
    Evidence,
    deadline::within,
    draft::{Draft, event, key, note, several, stream, tag},
};
use futures::future::join_all;
use tempfile::TempDir;

use crate::{
    ledger::Ledger,
    patience::{Dead, Patience, Told},
    rows::{ByType, Rows},
};

/// How much a session does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    Short,
    /// With appends of many pages.
    Long,
}

/// One session with one plan.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) plan: Plan,
    pub(crate) length: Length,
}

/// What one session has seen.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) operations: u64,
    struck: Option<Struck>,
    unknown: u32,
}

/// What all sessions of a proof have seen.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Those that could be hit.
    pub(crate) operations: u64,
    sessions: u64,
    unhit: u64,
    unknown: u32,
    hit: BTreeMap<String, u64>,
}

impl Tally {
    pub(crate) fn add(&mut self, seen: &Seen) {
        self.sessions += 1;
        self.unknown += seen.unknown;
        match &seen.struck {
            Some(struck) => {
                *self.hit.entry(format!("{:?}", struck.operation).to_lowercase()).or_default() += 1
            }
            None => self.unhit += 1,
        }
    }

    pub(crate) fn tell(&self, evidence: &mut Evidence) {
        let hit: Vec<_> = self.hit.iter().map(|(operation, times)| format!("{times} {operation}")).collect();
        evidence.add("operations of the script", self.operations);
        evidence.add("sessions with trouble at another one each", self.sessions - self.unhit);
        evidence.add("hit", hit.join(", "));
        evidence.add("outcomes told to be unknown", self.unknown);
    }
}

impl Case {
    /// Runs it and checks what is left.
    pub(crate) async fn run(self) -> Seen {
        let place = in_memory();
        let disk = Disk::of(place.path(), self.plan).unwrap();
        let mut session = Session {
            case: self,
            place,
            disk,
            folder: None,
            ledger: Ledger::default(),
            struck: None,
            said: false,
        };
        let ended = session.script().await;
        session.struck = session.disk.struck();
        let operations = session.disk.operations();
        // Without a cut, half of the sessions end by one.
        let mut was_cut = ended.is_err() || self.plan.seed % 2 == 1;
        if !was_cut {
            was_cut = session.close().await.is_err();
        }
        if was_cut {
            session.disk.cut();
        }
        session.check(was_cut).await;
        session.said = true;
        Seen { operations, struck: session.struck.clone(), unknown: session.ledger.unknown }
    }
}

/// A folder in memory, where the system has a place for that: what is durable is up to the disk of `diptych-faults` alone.
pub(crate) fn in_memory() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

struct Session {
    case: Case,
    place: TempDir,
    disk: Disk,
    folder: Option<SqliteFolder>,
    ledger: Ledger,
    struck: Option<Struck>,
    /// Whether it ended well.
    said: bool,
}

impl Drop for Session {
    fn drop(&mut self) {
        if !self.said {
            let struck = self.struck.clone().or_else(|| self.disk.struck());
            eprintln!("{:?} was struck at {struck:?}", self.case);
        }
    }
}

impl Session {
    fn patience(&self) -> Patience<'_> {
        Patience::new(&self.disk, self.case.plan.trouble)
    }

    /// Does something until it is done.
    async fn insist<T, E: Told>(
        &self,
        doing: impl Display,
        act: impl AsyncFn() -> Result<T, E>,
    ) -> Result<T, Dead> {
        let mut patience = self.patience();
        loop {
            match within("an answer", act()).await {
                Ok(done) => return Ok(done),
                Err(error) => patience.after(&doing.to_string(), &error)?,
            }
        }
    }

    async fn script(&mut self) -> Result<(), Dead> {
        self.open().await?;
        self.append("plain", several(2, "account/1", "Opened"), AppendCondition::default()).await?;
        self.group("first").await?;
        let model = self.model(true).await?;
        self.project(&*model.1, model.0).await?;
        self.keys("USR-1").await?;
        self.snapshot(1).await?;
        let condition = AppendCondition::expect(stream("account/1"), Expected::Exists);
        self.append("judged", [event("account/1", "Deposited").tagged(&["even:1"])], condition).await?;
        self.big().await?;
        self.project(&*model.1, model.0).await?;
        drop(model);
        self.close().await?;
        self.open().await?;
        self.group("second").await?;
        let first = self.models().generations().await.unwrap_or_default();
        let model = self.model(false).await?;
        self.project(&*model.1, model.0).await?;
        self.promote(model.0).await?;
        for old in first.iter().filter(|old| old.generation != model.0) {
            self.remove(old.generation).await?;
        }
        self.keys("USR-2").await?;
        self.snapshot(9).await?;
        self.append("last", several(3, "account/9", "Opened"), AppendCondition::default()).await?;
        self.project(&*model.1, model.0).await
    }

    async fn open(&mut self) -> Result<(), Dead> {
        let path = self.place.path().join("data");
        let open = async || {
            let path = path.clone();
            tokio::task::spawn_blocking(move || SqliteFolder::open(&path, SqliteOptions::default()))
                .await
                .unwrap()
        };
        self.folder = Some(self.insist("opening", open).await?);
        let store = self.store();
        self.insist("mounting", async || store.mount_inline(vec![Arc::new(Rows)]).await).await
    }

    fn folder(&self) -> &SqliteFolder {
        self.folder.as_ref().unwrap()
    }

    fn store(&self) -> Arc<dyn EventStore> {
        self.folder().store()
    }

    fn models(&self) -> Arc<dyn ReadModels> {
        self.folder().engine().models(Arc::new(ByType))
    }

    /// Closes the store, and lets go of everything.
    async fn close(&mut self) -> Result<(), Dead> {
        let Some(folder) = self.folder.take() else { return Ok(()) };
        let closed = folder.store().close().await;
        drop(folder);
        self.let_go().await;
        match closed {
            Err(failure) if !self.disk.is_off() => panic!("closing: {}", failure.chain()),
            Ok(()) | Err(_) => {}
        }
        if self.disk.is_off() { Err(Dead) } else { Ok(()) }
    }

    /// Waits until no file is open any more.
    async fn let_go(&self) {
        let closed = async {
            while self.disk.open_files() > 0 {
                tokio::task::yield_now().await;
            }
        };
        within("every file is closed", closed).await;
    }

    async fn append(
        &mut self,
        name: &str,
        events: impl Into<Vec<diptych_core::NewEvent>>,
        condition: AppendCondition,
    ) -> Result<(), Dead> {
        self.insist_on(keyed(name, events, condition)).await
    }

    /// Appends until it is made. A conflict is an answer too.
    async fn insist_on(&mut self, append: Append) -> Result<(), Dead> {
        let store = self.store();
        let (mut patience, mut answers) = (self.patience(), Vec::new());
        let ended = loop {
            let answer = within("an answer", store.append(append.clone())).await;
            answers.push(answer);
            match answers.last() {
                Some(Err(error @ AppendError::Failure(_))) if !is_refusal(error) => {
                    if let Err(dead) = patience.after("appending", error) {
                        break Err(dead);
                    }
                }
                Some(_) | None => break Ok(()),
            }
        };
        answers.iter().for_each(|answer| self.ledger.answered(&append, answer));
        ended
    }

    /// Gives many appends at once, so that they are written together; what fails is given again.
    async fn group(&mut self, name: &str) -> Result<(), Dead> {
        let store = self.store();
        let unique =
            || AppendCondition::nothing_in(Scope::tagged([tag(&format!("mail:{name}"))]), Position::START);
        let mail =
            |n: u8| [event(&format!("user/{name}-{n}"), "Registered").tagged(&[&format!("mail:{name}")])];
        let plain = AppendCondition::default;
        let appends = [
            keyed(&format!("{name}-1"), several(2, "account/1", "Deposited"), plain()),
            keyed(&format!("{name}-2"), several(2, &format!("{name}/2"), "Opened"), plain()),
            keyed(&format!("{name}-3"), mail(1), unique()),
            keyed(&format!("{name}-4"), mail(2), unique()),
            keyed(
                &format!("{name}-5"),
                [event("account/1", "Closed")],
                AppendCondition::expect(stream("account/1"), Expected::NoStream),
            ),
            keyed(
                &format!("{name}-6"),
                [event(&format!("{name}/6"), "New"), event("account/1", "Refuse")],
                plain(),
            ),
            keyed(&format!("{name}-7"), [], plain()),
            keyed(
                &format!("{name}-8"),
                [event("account/1", "Deposited").payload(vec![b'x'; 9_000]).tagged(&["even:1", "odd:1"])],
                plain(),
            ),
        ];
        let answers = join_all(appends.iter().map(|append| store.append(append.clone())));
        let answers = within("answers", answers).await;
        for (append, answer) in appends.iter().zip(&answers) {
            self.ledger.answered(append, answer);
        }
        for (append, answer) in appends.into_iter().zip(answers) {
            if let Err(AppendError::Failure(_)) = answer {
                self.insist_on(append).await?;
            }
        }
        Ok(())
    }

    /// Fills several pages.
    async fn big(&mut self) -> Result<(), Dead> {
        let (count, size) = match self.case.length {
            Length::Short => (3, 3_000),
            Length::Long => (40, 9_000),
        };
        let events: Vec<_> = (0..count)
            .map(|n| event(&format!("big/{n}"), "Filled").payload(vec![b'x'; size]).tagged(&["big:1"]))
            .collect();
        self.append("big", events, AppendCondition::default()).await
    }

    /// The live generation, or a new one.
    async fn model(&mut self, is_first: bool) -> Result<(Generation, Arc<dyn ReadModel>), Dead> {
        let models = self.models();
        if is_first {
            for generation in
                [None, Some(Generation(1)), Some(Generation(2)), Some(Generation(3)), Some(Generation(4))]
            {
                self.ledger.live_may_be(generation, false);
            }
        }
        let generation = self.insist("making a generation", async || models.create().await).await?;
        if is_first && generation == Generation(1) {
            self.ledger.live_may_be(Some(generation), true);
        }
        let model = self.insist("opening a generation", async || models.open(generation).await).await?;
        Ok((generation, model))
    }

    /// Fills a generation up to the head, in batches.
    async fn project(&mut self, model: &dyn ReadModel, generation: Generation) -> Result<(), Dead> {
        let epoch = self.insist("taking over", async || model.take_over("session").await).await?.epoch;
        let from = self.insist("reading a checkpoint", async || model.checkpoint().await).await?.position;
        let store = self.store();
        let request = ReadRequest::after(Filter::All, from);
        let events = self.insist("reading", async || store.read(request.clone()).await).await?.events;
        for batch in events.chunks(5) {
            let to = batch.last().unwrap().position();
            let apply = async || model.apply(batch.into(), to, epoch).await;
            self.insist("projecting", apply).await?;
            self.ledger.reached(generation, to);
        }
        Ok(())
    }

    async fn promote(&mut self, generation: Generation) -> Result<(), Dead> {
        self.ledger.live_may_be(Some(generation), false);
        let models = self.models();
        self.insist("promoting", async || models.promote(generation).await).await?;
        self.ledger.live_may_be(Some(generation), true);
        Ok(())
    }

    async fn remove(&mut self, generation: Generation) -> Result<(), Dead> {
        self.ledger.removed(generation);
        let models = self.models();
        self.insist("removing a generation", async || models.remove(generation).await).await
    }

    /// Keeps a key, and destroys another.
    async fn keys(&mut self, subject: &str) -> Result<(), Dead> {
        let keys = self.folder().keys();
        for name in [subject.to_owned(), format!("{subject}-gone")] {
            let given = WrappedKey(name.clone().into_bytes());
            self.ledger.key_may_be(&name, KeyState::Present(given.clone()), false);
            let put = async || keys.put_if_absent(&name, given.clone()).await;
            let state = self.insist("keeping a key", put).await?;
            self.ledger.key_may_be(&name, state, true);
        }
        let gone = format!("{subject}-gone");
        self.ledger.key_may_be(&gone, KeyState::Destroyed, false);
        self.insist("destroying a key", async || keys.destroy(&gone).await).await?;
        self.ledger.key_may_be(&gone, KeyState::Destroyed, true);
        let check = async || keys.master_check(vec![7]).await;
        assert_eq!(self.insist("keeping the master check", check).await?, [7]);
        Ok(())
    }

    async fn snapshot(&mut self, position: u64) -> Result<(), Dead> {
        let snapshots = self.folder().snapshots();
        let snapshot =
            Snapshot { position: Position::new(position), folded: position, version: 1, state: vec![7; 500] };
        let save = async || snapshots.save("state", snapshot.clone()).await;
        self.insist("saving a snapshot", save).await?;
        let found = self.insist("loading a snapshot", async || snapshots.load("state").await).await?;
        assert_eq!(found, Some(snapshot));
        Ok(())
    }

    /// Opens the folder on a disk that is well, and holds it against what was answered.
    async fn check(&mut self, was_cut: bool) {
        self.folder = None;
        self.let_go().await;
        let well = Disk::of(self.place.path(), Plan::of(Trouble::Never, 0)).unwrap();
        let disk = std::mem::replace(&mut self.disk, well);
        if was_cut {
            disk.after_the_cut().unwrap();
        }
        self.open().await.unwrap();
        let models = self.models();
        self.ledger.check(self.folder(), &*models, was_cut).await;
        drop(models);
        self.close().await.unwrap();
    }
}

/// Whether an append was refused by the projection beside the log, which is no fault of the disk.
fn is_refusal(error: &AppendError) -> bool {
    format!("{error:?}").contains("refused, as it was told to")
}

fn keyed(name: &str, events: impl Into<Vec<diptych_core::NewEvent>>, condition: AppendCondition) -> Append {
    let note = Note { key: key(name, 1), ..note(name, "account/1") };
    Append { events: events.into(), condition, note: Some(note) }
}
