//! Commands: wishes, one struct each, with the decision beside it.

use std::{fmt, sync::Arc};

use crate::{
    events::{Events, IntoEvents},
    id::IdSource,
    metadata::Actor,
    personal::{Blind, Blinder},
    reads::Reads,
    rejection::Rejection,
    stream::StreamId,
    time::Timestamp,
};

/// A wish that the domain grants with events or refuses with a [`Rejection`].
///
/// The simple case, one thing, is derived: `#[derive(Command)] #[command(on = Account, id = account)]` beside an inherent
/// `fn decide(&self, account: &Account) -> Result<AccountEvent, WithdrawRejection>`. The general case writes this trait
/// out: several things, sets of things, and things that are named by what was loaded first.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a command",
    label = "not a command",
    note = "derive it: `#[derive(Command)] #[command(on = State, id = field)] struct {Self} {{ … }}`, or write `impl Command for {Self}` out"
)]
pub trait Command: Send + Sync + 'static {
    /// The name under which it is dispatched, traced and counted: that of the struct.
    const NAME: &'static str;

    /// What it reads: [`At`](crate::At), [`Each`](crate::Each), tuples of these.
    type Reads: Reads;

    /// How it may be refused.
    type Rejection: Rejection;

    /// The thing it is addressed to: what its receipt names and a caller's expected revision guards.
    fn target(&self) -> StreamId;

    /// What it reads first.
    fn reads(&self, cx: &Context) -> Self::Reads;

    /// All it wants to read now that this much is known; none once that is enough.
    ///
    /// What has been read is not read again. Called until it answers none or asks for nothing new.
    fn reads_more(&self, _known: &States<Self>) -> Option<Self::Reads> {
        None
    }

    /// Grants or refuses. Pure: no I/O, no clock, no randomness but the context's. It may be called again, on newer
    /// states, when someone else was first.
    ///
    /// # Errors
    /// The domain's "no".
    fn decide(&self, states: &States<Self>, cx: &Context) -> Result<Events, Self::Rejection>;
}

/// The states that a command decides on.
pub type States<C> = <<C as Command>::Reads as Reads>::States;

/// What a decision may know beside its states: the time, the actor, fresh ids, keyed hashes.
#[derive(Clone)]
pub struct Context {
    now: Timestamp,
    actor: Option<Actor>,
    ids: Arc<dyn IdSource>,
    blinder: Arc<dyn Blinder>,
}

impl Context {
    /// The context of one dispatch of one command.
    #[must_use]
    pub fn new(
        now: Timestamp,
        actor: Option<Actor>,
        ids: Arc<dyn IdSource>,
        blinder: Arc<dyn Blinder>,
    ) -> Self {
        Self { now, actor, ids, blinder }
    }

    /// When the command was dispatched; the same for every attempt to decide it, and for all of its events.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Who asks, as the authenticating layer named them.
    #[must_use]
    pub const fn actor(&self) -> Option<&Actor> {
        self.actor.as_ref()
    }

    /// A fresh id, a UUIDv7.
    #[must_use]
    pub fn fresh_id(&self) -> crate::Id {
        self.ids.draw().into()
    }

    /// The keyed hash by which a personal value is found without being read. Normalise the value first: `purpose` is
    /// the name of the rule (`email`).
    #[must_use]
    pub fn blind(&self, purpose: &str, value: &str) -> Blind {
        self.blinder.blind(purpose, value)
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("now", &self.now).field("actor", &self.actor).finish_non_exhaustive()
    }
}

/// A `decide` of the simple case, with or without a [`Context`]. Used by the derive.
#[diagnostic::on_unimplemented(
    message = "this `decide` does not fit its command",
    label = "wrong arguments or answer",
    note = "write `fn decide(&self, state: &State) -> Result<Event, Rejection>`, or with `cx: &Context` as third argument"
)]
pub trait SimpleDecide<C, S, R, Shape> {
    /// Decides, and sends events that name no stream to `target`.
    ///
    /// # Errors
    /// The domain's "no".
    fn call(&self, command: &C, state: &S, cx: &Context, target: StreamId) -> Result<Events, R>;
}

/// Marks a `decide` without a context.
#[derive(Debug)]
pub struct Plain<E>(std::marker::PhantomData<E>);

/// Marks a `decide` with a context.
#[derive(Debug)]
pub struct WithContext<E>(std::marker::PhantomData<E>);

impl<F, C, S, R, E> SimpleDecide<C, S, R, Plain<E>> for F
where
    F: Fn(&C, &S) -> Result<E, R>,
    E: IntoEvents,
{
    fn call(&self, command: &C, state: &S, _: &Context, target: StreamId) -> Result<Events, R> {
        self(command, state).map(|events| events.into_events(target))
    }
}

impl<F, C, S, R, E> SimpleDecide<C, S, R, WithContext<E>> for F
where
    F: Fn(&C, &S, &Context) -> Result<E, R>,
    E: IntoEvents,
{
    fn call(&self, command: &C, state: &S, cx: &Context, target: StreamId) -> Result<Events, R> {
        self(command, state, cx).map(|events| events.into_events(target))
    }
}
