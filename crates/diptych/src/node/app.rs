//! An application: what is registered, before it runs.

use std::{collections::HashMap, sync::Arc};

use diptych_core::{
    BoxError, Clock, Command, InlineProjection, Query, QueryHandler, Receipt, SqlProjection, State,
    SystemClock,
    cache::EntryQuery,
    codec::EventSchema,
    documents::DocumentProjection,
    handler::EventHandler,
    id::{IdSource, TimeOrderedIds},
    model::ReadModels,
    scope::Filter,
    state::StateKind,
};
use tower::{Layer, Service};

use super::{
    StoreUrl, Stores, UrlError,
    engines::{Either, Engines},
};
use crate::{
    command_bus::{self, CommandLayer, CommandRequest, CommandService},
    projections::{ErrorPolicy, NewVersion},
    query_bus::{self, ChangedBy, QueryLayer, QueryRequest, QueryService, RawAnswer},
    vault::MasterKey,
};

/// How much memory folded states may take, unless told otherwise: 32 MiB.
const STATE_CACHE: u64 = 32 * 1024 * 1024;

/// Where an application keeps things.
pub(super) enum Place {
    Url(StoreUrl),
    Stores(Stores),
}

/// What a node does of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attends {
    /// It runs its share of the projections.
    Runs,
    /// It runs only what an operator acts on.
    Looks,
}

/// What an application registers. Start it with [`App::start`], or with `run` of `diptych-cli`, which mounts the command line, HTTP and
/// the operator's pages.
///
/// ```text
/// App::open("sqlite:bank")?.command::<Withdraw>().projection(balances).query(balance).run().await
/// ```
pub struct App {
    pub(super) place: Place,
    pub(super) commands: crate::command_bus::Handlers,
    pub(super) queries: crate::query_bus::Handlers,
    /// The views before which a cache can stand, and what changes their entries.
    pub(super) cached: Vec<(&'static str, Filter, ChangedBy)>,
    pub(super) projections: Vec<Arc<dyn SqlProjection>>,
    pub(super) models: Vec<Arc<dyn ReadModels>>,
    pub(super) either: Vec<Either>,
    pub(super) searched: Vec<Arc<dyn DocumentProjection>>,
    pub(super) engines: Engines,
    pub(super) inline: Vec<Arc<dyn InlineProjection>>,
    pub(super) handlers: Vec<Arc<dyn EventHandler>>,
    pub(super) policies: HashMap<String, ErrorPolicy>,
    pub(super) command_layers: Vec<CommandLayer>,
    pub(super) query_layers: Vec<QueryLayer>,
    pub(super) states: Vec<StateKind>,
    pub(super) schemas: Vec<EventSchema>,
    pub(super) master: Option<MasterKey>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn IdSource>,
    pub(super) state_cache: u64,
    pub(super) new_version: NewVersion,
    pub(super) attends: Attends,
    /// Whether the bus has its own layers of observation and idempotency.
    pub(super) own_layers: bool,
    pub(super) problems: Vec<String>,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("commands", &self.commands.names()).finish_non_exhaustive()
    }
}

impl App {
    /// An application on the store that this URL names: `memory:`, `sqlite:FOLDER` or `postgres://USER@HOST/DATABASE`. Nothing
    /// is opened before it starts.
    ///
    /// # Errors
    /// [`UrlError`] where the text is no store's URL.
    pub fn open(url: &str) -> Result<Self, UrlError> {
        url.parse().map(|url| Self::at(Place::Url(url)))
    }

    /// An application on stores that were opened by hand.
    #[must_use]
    pub fn with(stores: Stores) -> Self {
        Self::at(Place::Stores(stores))
    }

    fn at(place: Place) -> Self {
        Self {
            place,
            commands: Default::default(),
            queries: Default::default(),
            cached: Vec::new(),
            projections: Vec::new(),
            models: Vec::new(),
            either: Vec::new(),
            searched: Vec::new(),
            engines: Engines::default(),
            inline: Vec::new(),
            handlers: Vec::new(),
            policies: HashMap::new(),
            command_layers: Vec::new(),
            query_layers: Vec::new(),
            states: Vec::new(),
            schemas: Vec::new(),
            master: None,
            clock: Arc::new(SystemClock),
            ids: Arc::new(TimeOrderedIds),
            state_cache: STATE_CACHE,
            new_version: NewVersion::default(),
            attends: Attends::Runs,
            own_layers: true,
            problems: Vec::new(),
        }
    }

    /// The store that this URL names instead, as a flag or the environment gave it.
    #[must_use]
    pub fn store(mut self, url: StoreUrl) -> Self {
        self.place = Place::Url(url);
        self
    }

    /// The URL of its store; none where it was given opened stores.
    #[must_use]
    pub const fn store_url(&self) -> Option<&StoreUrl> {
        match &self.place {
            Place::Url(url) => Some(url),
            Place::Stores(_) => None,
        }
    }

    /// Takes commands of this type.
    #[must_use]
    pub fn command<C: Command>(mut self) -> Self {
        if !self.commands.register::<C>() {
            self.problems.push(format!("the command {} is registered twice", C::NAME));
        }
        self
    }

    /// Answers queries of this handler's type.
    #[must_use]
    pub fn query<Q: Query>(mut self, handler: impl QueryHandler<Q>) -> Self {
        if !self.queries.register(handler) {
            self.problems.push(format!("the query {} has two handlers", Q::NAME));
        }
        self
    }

    /// Answers queries of this handler's type from single entries of a read model; a cache, where one was chosen, is asked first.
    #[must_use]
    pub fn query_of_entry<Q: Query>(mut self, handler: impl EntryQuery<Q>) -> Self {
        let handler = Arc::new(handler);
        if !self.queries.register_entries(Arc::clone(&handler)) {
            self.problems.push(format!("the query {} has two handlers", Q::NAME));
        }
        let (view, filter) = (handler.view(), handler.filter());
        let changed_by: ChangedBy = Arc::new(move |event| handler.changed_by(event));
        self.cached.push((view, filter, changed_by));
        self
    }

    /// Keeps a read model.
    #[must_use]
    pub fn projection(mut self, projection: impl SqlProjection) -> Self {
        self.projections.push(Arc::new(projection));
        self
    }

    /// Keeps a read model in an engine of its own, as an adapter made it of a projection.
    #[must_use]
    pub fn read_model(mut self, models: Arc<dyn ReadModels>) -> Self {
        self.models.push(models);
        self
    }

    /// Keeps rows in the transaction of every append.
    #[must_use]
    pub fn inline(mut self, projection: impl InlineProjection) -> Self {
        self.inline.push(Arc::new(projection));
        self
    }

    /// Reacts to events. There may be many for one type of event; each goes its own pace.
    #[must_use]
    pub fn event_handler(mut self, handler: impl EventHandler) -> Self {
        self.handlers.push(Arc::new(handler));
        self
    }

    /// Declares a state for those who look at streams without a type for them: the console and the admin calls.
    #[must_use]
    pub fn state<S: State>(mut self) -> Self {
        self.states.push(StateKind::of::<S>());
        for schema in <S::Event as diptych_core::Event>::schemas() {
            if diptych_core::codec::find(&self.schemas, schema.name).is_none() {
                self.schemas.push(*schema);
            }
        }
        self
    }

    /// What happens when this projection or event handler cannot take an event, in place of the default.
    #[must_use]
    pub fn on_error(mut self, name: impl Into<String>, policy: ErrorPolicy) -> Self {
        self.policies.insert(name.into(), policy);
        self
    }

    /// Puts a `tower` layer around the command bus. Those put first are outermost.
    #[must_use]
    pub fn command_layer<L, S>(mut self, layer: L) -> Self
    where
        L: Layer<CommandService, Service = S> + Send + Sync + 'static,
        S: Service<CommandRequest, Response = Receipt> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send + 'static,
    {
        self.command_layers.push(command_bus::erase(layer));
        self
    }

    /// Puts a `tower` layer around the query bus. Those put first are outermost.
    #[must_use]
    pub fn query_layer<L, S>(mut self, layer: L) -> Self
    where
        L: Layer<QueryService, Service = S> + Send + Sync + 'static,
        S: Service<QueryRequest, Response = RawAnswer> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send + 'static,
    {
        self.query_layers.push(query_bus::erase(layer));
        self
    }

    /// The key that wraps the keys of persons, in place of the file in the store's folder.
    #[must_use]
    pub fn master_key(mut self, key: MasterKey) -> Self {
        self.master = Some(key);
        self
    }

    /// Another clock, for tests.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Another source of ids, for tests.
    #[must_use]
    pub fn ids(mut self, ids: Arc<dyn IdSource>) -> Self {
        self.ids = ids;
        self
    }

    /// How many bytes folded states may take in memory; 0 keeps none.
    #[must_use]
    pub const fn state_cache_bytes(mut self, bytes: u64) -> Self {
        self.state_cache = bytes;
        self
    }

    /// What happens at a start to a projection whose schema version went up.
    #[must_use]
    pub const fn new_version(mut self, what: NewVersion) -> Self {
        self.new_version = what;
        self
    }

    /// Runs no projection but one that an operator acts on: for programs that look at a store, or operate it, beside those that
    /// serve it.
    #[must_use]
    pub const fn only_looking(mut self) -> Self {
        self.attends = Attends::Looks;
        self
    }

    /// Leaves out tracing, metrics and idempotency around commands: what the benchmarks set beside the bus as it is.
    #[doc(hidden)]
    #[must_use]
    pub const fn without_own_layers(mut self) -> Self {
        self.own_layers = false;
        self
    }
}
