//! Loads what a command looks at: from the cache, from snapshots, and from the log.

use std::sync::Arc;

use diptych_core::{
    Appended, Command, Context, EventStore, Failure, FailureKind, Filter, Position, Reads, Scope, State,
    StreamId,
    command::States,
    reads::{At, Loaded, Wanted},
    snapshot::{Snapshot, SnapshotStore},
    store::ReadRequest,
};

use super::state_cache::{Entry, StateCache};

/// How new the states must be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// As the cache has them; the condition of the append finds out what is old.
    Cached,
    /// Read up to the head.
    UpToHead,
}

/// What one decision looks at.
pub(crate) struct View<C: Command> {
    pub(crate) states: States<C>,
    /// The lowest position of all reads: what the condition starts from.
    pub(crate) after: Position,
    /// Whether all of it was read up to a head taken during this load.
    pub(crate) fresh: bool,
    parts: Vec<(Wanted, Entry)>,
}

impl<C: Command> View<C> {
    pub(crate) fn scopes(&self) -> Vec<Scope> {
        self.parts.iter().map(|(wanted, _)| wanted.scope.clone()).collect()
    }
}

/// Loads and remembers states.
pub(crate) struct Loader {
    pub(crate) store: Arc<dyn EventStore>,
    pub(crate) snapshots: Arc<dyn SnapshotStore>,
    pub(crate) cache: StateCache,
}

impl Loader {
    /// Everything a command reads, round by round.
    pub(crate) async fn load<C: Command>(
        &self,
        command: &C,
        cx: &Context,
        freshness: Freshness,
    ) -> Result<View<C>, Failure> {
        let mut reads = command.reads(cx);
        let mut loaded = Loaded::default();
        let mut parts = Vec::new();
        let mut fresh = true;
        loop {
            let mut new: Vec<Wanted> = Vec::new();
            for wanted in reads.wanted() {
                let asked = |w: &Wanted| w.kind.type_id == wanted.kind.type_id && w.scope == wanted.scope;
                if !loaded.has(&wanted) && !new.iter().any(asked) {
                    new.push(wanted);
                }
            }
            let (entries, read) = self.fetch(&new, freshness).await?;
            fresh &= read;
            for (wanted, entry) in new.into_iter().zip(entries) {
                loaded.put(&wanted, Arc::clone(&entry.state));
                parts.push((wanted, entry));
            }
            let states = reads.assemble(&loaded);
            match command.reads_more(&states) {
                Some(more) if more.wanted().iter().any(|wanted| !loaded.has(wanted)) => reads = more,
                Some(more) => return self.view(more.assemble(&loaded), parts, fresh).await,
                None => return self.view(states, parts, fresh).await,
            }
        }
    }

    async fn view<C: Command>(
        &self,
        states: States<C>,
        parts: Vec<(Wanted, Entry)>,
        fresh: bool,
    ) -> Result<View<C>, Failure> {
        let after = match parts.iter().map(|(_, entry)| entry.position).min() {
            Some(lowest) => lowest,
            None => self.store.head().await?,
        };
        Ok(View { states, after, fresh, parts })
    }

    /// Folds one thing to the head, without a command.
    pub(crate) async fn state<S: State>(&self, id: &S::Id) -> Result<S, Failure> {
        let at = At::<S>::id(id);
        let wanted = at.wanted();
        let (entries, _) = self.fetch(&wanted, Freshness::UpToHead).await?;
        let mut loaded = Loaded::default();
        for (wanted, entry) in wanted.iter().zip(entries) {
            loaded.put(wanted, entry.state);
        }
        Ok(at.assemble(&loaded))
    }

    /// One entry per scope, in order, and whether all were read up to the head.
    async fn fetch(&self, wanted: &[Wanted], freshness: Freshness) -> Result<(Vec<Entry>, bool), Failure> {
        let mut entries = Vec::with_capacity(wanted.len());
        for wanted in wanted {
            match self.cache.get(wanted) {
                Some(entry) => entries.push((entry, false)),
                None => entries.push((self.fold_from_log(wanted).await?, true)),
            }
        }
        let level = entries.windows(2).all(|pair| pair[0].0.position == pair[1].0.position);
        let as_they_are = freshness == Freshness::Cached && level;
        if as_they_are || entries.iter().all(|(_, read)| *read) {
            let read = entries.iter().all(|(_, read)| *read);
            return Ok((entries.into_iter().map(|(entry, _)| entry).collect(), read));
        }
        let entries = entries.into_iter().map(|(entry, _)| entry).collect();
        Ok((self.bring_up(wanted, entries).await?, true))
    }

    /// Reads on from the lowest position, once for all scopes.
    async fn bring_up(&self, wanted: &[Wanted], mut entries: Vec<Entry>) -> Result<Vec<Entry>, Failure> {
        let mut from = entries.iter().map(|entry| entry.position).min().unwrap_or_default();
        let filter = Filter::Any(wanted.iter().map(|wanted| wanted.scope.clone()).collect());
        loop {
            let page = self.store.read(ReadRequest::after(filter.clone(), from)).await?;
            for (wanted, entry) in wanted.iter().zip(&mut entries) {
                let own = page.events.iter().filter(|event| {
                    event.position() > entry.position
                        && wanted.scope.holds(event.stream(), &event.event_type, &event.tags)
                });
                *entry = entry.fold(own, page.considered).map_err(|error| unreadable(wanted, error))?;
            }
            from = page.considered;
            if page.considered >= page.head {
                break;
            }
        }
        for (wanted, entry) in wanted.iter().zip(&entries) {
            self.cache.put(wanted, entry);
        }
        Ok(entries)
    }

    async fn fold_from_log(&self, wanted: &Wanted) -> Result<Entry, Failure> {
        let begin = self.saved_fold(wanted).await?.unwrap_or_else(|| Entry::begin(wanted));
        let entries = self.bring_up(std::slice::from_ref(wanted), vec![begin]).await?;
        let entry = entries.into_iter().next().unwrap_or_else(|| Entry::begin(wanted));
        self.save_snapshot(wanted, &entry).await;
        Ok(entry)
    }

    /// A snapshot of another version, or one that cannot be read, is ignored: the log has it all.
    async fn saved_fold(&self, wanted: &Wanted) -> Result<Option<Entry>, Failure> {
        let Some(how) = wanted.kind.snapshots else { return Ok(None) };
        let Some(saved) = self.snapshots.load(&snapshot_key(wanted)).await? else { return Ok(None) };
        if saved.version != how.version || saved.position > self.store.head().await? {
            return Ok(None);
        }
        match (how.read)(&saved.state) {
            Ok(state) => {
                Ok(Some(Entry::saved(Arc::from(state), saved.position, saved.folded, saved.state.len())))
            }
            Err(error) => {
                tracing::warn!(state = wanted.kind.name, %error, "a snapshot cannot be read and is ignored");
                Ok(None)
            }
        }
    }

    /// A snapshot that cannot be saved costs time at the next load and nothing else, so it is only told.
    async fn save_snapshot(&self, wanted: &Wanted, entry: &Entry) {
        let Some(how) = wanted.kind.snapshots.filter(|how| entry.unsaved >= how.every) else { return };
        let saved = match (how.write)(entry.state.state()) {
            Ok(state) => {
                let snapshot =
                    Snapshot { position: entry.position, folded: entry.folded, version: how.version, state };
                self.snapshots.save(&snapshot_key(wanted), snapshot).await
            }
            Err(error) => Err(Failure::new(FailureKind::Internal, "writing a snapshot", error)),
        };
        if let Err(failure) = saved {
            tracing::warn!(state = wanted.kind.name, error = failure.chain(), "a snapshot was not saved");
        }
    }

    /// After an append: the states that it was decided on now hold its events too.
    pub(crate) fn learn<C: Command>(&self, view: &View<C>, appended: &Appended) {
        for (wanted, entry) in &view.parts {
            let own = appended
                .events
                .iter()
                .filter(|event| wanted.scope.holds(event.stream(), &event.event_type, &event.tags));
            match entry.fold(own, appended.position) {
                Ok(next) => self.cache.put(wanted, &next),
                Err(error) => {
                    tracing::error!(state = wanted.kind.name, %error, "an event just recorded cannot be folded");
                }
            }
        }
    }
}

fn unreadable(wanted: &Wanted, error: diptych_core::codec::DecodeError) -> Failure {
    Failure::new(FailureKind::Unreadable, format!("folding {}", wanted.kind.name), error)
}

/// The state's type and its scope, in words.
fn snapshot_key(wanted: &Wanted) -> String {
    let scope = &wanted.scope;
    let stream = scope.stream.as_ref().map(StreamId::to_string).unwrap_or_default();
    let tags: Vec<_> = scope.tags.iter().map(diptych_core::Tag::as_str).collect();
    let types: Vec<_> = scope.types.iter().map(AsRef::as_ref).collect();
    format!("{}|{stream}|{}|{}", wanted.kind.name, tags.join(","), types.join(","))
}
