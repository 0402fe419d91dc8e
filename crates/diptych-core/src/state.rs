//! States: what a decision looks at, folded from events.

use std::{any::Any, any::TypeId, fmt, sync::Arc};

use crate::{
    codec::{self, DecodeError, EventSchema},
    event::{Event, RecordedEvent},
    id::Identifier,
};

/// What is known of one thing, folded from its events. Derive it and write `evolve`:
///
/// ```text
/// #[derive(State)]
/// #[state(category = "account", events = AccountEvent)]
/// struct Account { open: bool, cents: i64 }
///
/// impl Account {
///     fn evolve(&mut self, event: &AccountEvent) { … }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a state that a command can read",
    label = "not a state",
    note = "derive it: `#[derive(State)] #[state(category = \"…\", events = …)]`, and give it `fn evolve(&mut self, event: &…)`"
)]
pub trait State: Default + Clone + Send + Sync + 'static {
    /// The category of its streams: `account`.
    const CATEGORY: &'static str;

    /// The facts it is folded from.
    type Event: Event;

    /// What names one of its kind.
    type Id: Identifier;

    /// Takes in one fact. Never fails and never refuses: it saturates rather than panic, and reads no clock.
    fn evolve(&mut self, event: &Self::Event);

    /// How it is snapshotted, if it is. Worth it for streams of hundreds of events.
    #[must_use]
    fn snapshots() -> Option<Snapshots> {
        None
    }
}

/// How states of one type are saved and read back. A saved fold is always disposable.
#[derive(Clone, Copy, Debug)]
pub struct Snapshots {
    /// After how many folded events a new one is taken.
    pub every: u64,
    /// The version of what is written; a snapshot of another version is ignored.
    pub version: u32,
    /// Writes a state. The state given is of the type that made this value.
    pub write: fn(&dyn Any) -> Result<Vec<u8>, serde_json::Error>,
    /// Reads a state.
    pub read: ReadState,
}

/// Reads a state that [`Snapshots::write`] wrote.
pub type ReadState = fn(&[u8]) -> Result<Box<dyn AnyState>, serde_json::Error>;

impl Snapshots {
    /// Snapshots by serde: JSON of the state itself. Personal fields are written sealed.
    #[must_use]
    pub fn json<S>(every: u64, version: u32) -> Self
    where
        S: State + serde::Serialize + serde::de::DeserializeOwned,
    {
        Self {
            every,
            version,
            write: |state| match state.downcast_ref::<S>() {
                Some(state) => serde_json::to_vec(state),
                None => Err(serde::ser::Error::custom("a snapshot was asked of another type of state")),
            },
            read: |bytes| {
                serde_json::from_slice::<S>(bytes).map(|state| -> Box<dyn AnyState> { Box::new(Fold(state)) })
            },
        }
    }
}

/// A state whose type is not known here: what caches and loaders hold.
pub trait AnyState: Send + Sync {
    /// Takes in one stored event.
    ///
    /// # Errors
    /// [`DecodeError`] where the event cannot be read; the state is then as it was.
    fn fold(&mut self, event: &RecordedEvent) -> Result<(), DecodeError>;

    /// A copy.
    fn copy(&self) -> Box<dyn AnyState>;

    /// The state itself, to be downcast.
    fn state(&self) -> &dyn Any;
}

struct Fold<S>(S);

impl<S: State> AnyState for Fold<S> {
    fn fold(&mut self, event: &RecordedEvent) -> Result<(), DecodeError> {
        for event in codec::decode::<S::Event>(event)?.as_slice() {
            self.0.evolve(event);
        }
        Ok(())
    }

    fn copy(&self) -> Box<dyn AnyState> {
        Box::new(Self(self.0.clone()))
    }

    fn state(&self) -> &dyn Any {
        &self.0
    }
}

/// What a loader must know of a type of state: how to begin one, and how to save it.
#[derive(Clone, Copy)]
pub struct StateKind {
    /// Tells types apart.
    pub type_id: TypeId,
    /// The type's name, for messages.
    pub name: &'static str,
    /// The category of its streams.
    pub category: &'static str,
    /// The facts it is folded from.
    pub events: fn() -> &'static [EventSchema],
    /// The size of the type itself, in bytes, without what it points to.
    pub size: usize,
    /// A state that no event has touched.
    pub begin: fn() -> Box<dyn AnyState>,
    /// How it is snapshotted, if it is.
    pub snapshots: Option<Snapshots>,
}

impl StateKind {
    /// That of `S`.
    #[must_use]
    pub fn of<S: State>() -> Self {
        Self {
            type_id: TypeId::of::<S>(),
            name: std::any::type_name::<S>(),
            category: S::CATEGORY,
            events: S::Event::schemas,
            size: size_of::<S>(),
            begin: || Box::new(Fold(S::default())),
            snapshots: S::snapshots(),
        }
    }
}

impl fmt::Debug for StateKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// A folded state that many may hold.
pub type SharedState = Arc<dyn AnyState>;
