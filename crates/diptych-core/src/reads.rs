//! What a decision reads: one scope per state; the type names the states too.

use std::{
    any::TypeId,
    collections::{BTreeMap, HashMap},
    marker::PhantomData,
};

use crate::{
    codec,
    event::Event,
    scope::Scope,
    state::{SharedState, State, StateKind},
    stream::StreamId,
    tag::Tag,
};

/// What a command reads before it decides: [`At`] one thing, [`Each`] of several, or a tuple of these.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that a command can read",
    label = "not readable",
    note = "use `At<State>` for one thing, `Each<State>` for several of a kind, `()` for nothing, or a tuple of up to six of these"
)]
pub trait Reads: Send + Sync + 'static {
    /// What `decide` is given: a state per [`At`], a map per [`Each`].
    type States: Send + Sync;

    /// The kinds of states it may want, whatever their ids.
    fn kinds() -> Vec<StateKind>;

    /// Every scope that is wanted, with the kind of state to fold it into.
    fn wanted(&self) -> Vec<Wanted>;

    /// Puts the states together, once all that is wanted has been loaded.
    fn assemble(&self, loaded: &Loaded) -> Self::States;
}

/// One scope and the kind of state it is folded into.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The events.
    pub scope: Scope,
    /// What they are folded into.
    pub kind: StateKind,
}

/// The states that have been loaded for one decision.
#[derive(Default)]
pub struct Loaded(HashMap<(TypeId, Scope), SharedState>);

impl Loaded {
    /// Whether this has been loaded.
    #[must_use]
    pub fn has(&self, wanted: &Wanted) -> bool {
        self.0.contains_key(&(wanted.kind.type_id, wanted.scope.clone()))
    }

    /// Adds what has been loaded.
    pub fn put(&mut self, wanted: &Wanted, state: SharedState) {
        self.0.insert((wanted.kind.type_id, wanted.scope.clone()), state);
    }

    fn get<S: State>(&self, scope: &Scope) -> S {
        self.0
            .get(&(TypeId::of::<S>(), scope.clone()))
            .and_then(|state| state.state().downcast_ref::<S>())
            .cloned()
            .unwrap_or_default()
    }
}

/// One thing: the state folded from its stream, or from the events with given tags.
#[derive(Debug)]
pub struct At<S> {
    scope: Scope,
    state: PhantomData<fn() -> S>,
}

impl<S> Clone for At<S> {
    fn clone(&self) -> Self {
        Self { scope: self.scope.clone(), state: PhantomData }
    }
}

impl<S: State> At<S> {
    /// The thing of this id: its whole stream.
    #[must_use]
    pub fn id(id: &S::Id) -> Self {
        Self::scope(Scope::stream(StreamId::of(S::CATEGORY, id)))
    }

    /// The events of the state's types that have this tag, in whatever streams.
    #[must_use]
    pub fn tagged(tag: Tag) -> Self {
        Self::scope(Scope::tagged([tag]).of_types(codec::stored_names(S::Event::schemas())))
    }

    /// The events of any scope.
    #[must_use]
    pub const fn scope(scope: Scope) -> Self {
        Self { scope, state: PhantomData }
    }

    /// Narrowed to events of these stored names, so that others in the stream do not conflict.
    #[must_use]
    pub fn of_types<const N: usize>(mut self, types: [&'static str; N]) -> Self {
        self.scope = self.scope.of_types(types);
        self
    }

    /// Narrowed to events that have this tag too.
    #[must_use]
    pub fn with_tag(mut self, tag: Tag) -> Self {
        self.scope = self.scope.with_tag(tag);
        self
    }
}

impl<S: State> Reads for At<S> {
    type States = S;

    fn kinds() -> Vec<StateKind> {
        vec![StateKind::of::<S>()]
    }

    fn wanted(&self) -> Vec<Wanted> {
        vec![Wanted { scope: self.scope.clone(), kind: StateKind::of::<S>() }]
    }

    fn assemble(&self, loaded: &Loaded) -> S {
        loaded.get(&self.scope)
    }
}

/// Several things of a kind, by their ids: `decide` is given a map with a state for every id asked for.
#[derive(Clone, Debug)]
pub struct Each<S: State>(Vec<S::Id>);

impl<S: State> Each<S> {
    /// None yet.
    #[must_use]
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// The things of these ids; doubles count once.
    #[must_use]
    pub fn ids(ids: impl IntoIterator<Item = S::Id>) -> Self {
        let mut ids: Vec<_> = ids.into_iter().collect();
        ids.sort();
        ids.dedup();
        Self(ids)
    }
}

impl<S: State> Reads for Each<S> {
    type States = BTreeMap<S::Id, S>;

    fn kinds() -> Vec<StateKind> {
        vec![StateKind::of::<S>()]
    }

    fn wanted(&self) -> Vec<Wanted> {
        self.0.iter().flat_map(|id| At::<S>::id(id).wanted()).collect()
    }

    fn assemble(&self, loaded: &Loaded) -> Self::States {
        self.0.iter().map(|id| (id.clone(), At::<S>::id(id).assemble(loaded))).collect()
    }
}

/// Nothing: the command is decided on its own fields alone.
impl Reads for () {
    type States = ();

    fn kinds() -> Vec<StateKind> {
        Vec::new()
    }

    fn wanted(&self) -> Vec<Wanted> {
        Vec::new()
    }

    fn assemble(&self, _: &Loaded) {}
}

macro_rules! reads_of_tuples {
    ($($($name:ident)+;)+) => {$(
        impl<$($name: Reads),+> Reads for ($($name,)+) {
            type States = ($($name::States,)+);

            fn kinds() -> Vec<StateKind> {
                let mut all = Vec::new();
                $(all.extend($name::kinds());)+
                all
            }

            #[allow(non_snake_case, reason = "the type's letter names the value too")]
            fn wanted(&self) -> Vec<Wanted> {
                let ($($name,)+) = self;
                let mut all = Vec::new();
                $(all.extend($name.wanted());)+
                all
            }

            #[allow(non_snake_case, reason = "the type's letter names the value too")]
            fn assemble(&self, loaded: &Loaded) -> Self::States {
                let ($($name,)+) = self;
                ($($name.assemble(loaded),)+)
            }
        }
    )+};
}

reads_of_tuples! { A; A B; A B C; A B C D; A B C D E; A B C D E F; }
