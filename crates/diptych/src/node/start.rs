//! From what is registered to what runs: checks everything first, then opens the stores, mounts and starts.

use std::{borrow::Cow, collections::HashMap, sync::Arc, time::Duration};

use diptych_core::{
    Failure, FailureKind,
    cache::ViewCache,
    id::{IdSource, TimeOrderedIds},
    peers::Peer,
};
use tower::{Layer, util::BoxCloneSyncService};

use super::{App, Inner, Node, Pulse, Registered, Stores, app::Place, tasks::Tasks};
use crate::{
    command_bus::{
        self, CommandLayer, CommandService, Decider, Idempotency, Loader, ObserveCommands, RetryConflicts,
        StateCache,
    },
    correlation::{CORRELATIONS, CorrelationIndex},
    meters::Meters,
    projections::{ErrorPolicy, Leadership, NoRows, ProjectionKind, Supervisor, Surroundings, Work},
    query_bus::{self, Cache, Forgets, ObserveQueries, QueryLayer, QueryService, WaitForPosition, teller_of},
    vault::Vault,
    watermark::Watermarks,
};

/// For so long an idempotency key is known.
const NOTES_ARE_KEPT: Duration = Duration::from_secs(48 * 3600);

/// Why an application did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// What is registered does not fit together; all of it at once.
    #[error("the application does not fit together:\n  {}", .0.join("\n  "))]
    Registration(Vec<String>),
    /// A store or a projection could not be opened.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl App {
    /// Checks what is registered, opens the stores and starts.
    ///
    /// # Errors
    /// [`StartError`]: everything that does not fit together, or the store that could not be opened.
    pub async fn start(mut self) -> Result<Node, StartError> {
        let problems = self.problems();
        if !problems.is_empty() {
            return Err(StartError::Registration(problems));
        }
        let stores = match &self.place {
            Place::Url(url) => Stores::open(url, self.master.clone()).await?,
            Place::Stores(stores) => stores.clone(),
        };
        let stores = self.engines.clone().into(stores).await?;
        if let Some(cache) = &stores.cache {
            self.tell(cache);
        }
        let vault = Arc::new(Vault::open(Arc::clone(&stores.keys), stores.master.clone()).await?);
        if !self.inline.is_empty() {
            stores.events.mount_inline(self.inline.clone()).await?;
        }
        let meters = Meters::default();
        let me = this_node();
        let around = Surroundings {
            store: Arc::clone(&stores.events),
            clock: Arc::clone(&self.clock),
            watermarks: Arc::new(Watermarks::default()),
            meters: meters.clone(),
            owner: Arc::clone(&me.label),
            new_version: self.new_version,
        };
        let projections = Arc::new(self.projections(&stores, &around)?);
        let (peers, watermarks) = (Arc::clone(&stores.peers), Arc::clone(&around.watermarks));
        let leadership =
            Arc::new(Leadership::new(peers, me, Arc::clone(&projections), watermarks, self.attends));
        if let Err(failure) = leadership.begin().await {
            leadership.end().await;
            return Err(failure.into());
        }
        Ok(self.assemble(stores, vault, around, projections, leadership))
    }

    /// Has the cache told of what changes its entries, for as long as it takes: while it has not been, it is not used.
    fn tell(&mut self, cache: &Arc<dyn ViewCache>) {
        for (view, filter, changed_by) in self.cached.drain(..) {
            let cache = Arc::clone(cache);
            self.handlers.push(Arc::new(Forgets { view, filter, changed_by, cache }));
            let policy = ErrorPolicy { attempts: u32::MAX, ..ErrorPolicy::default() };
            self.policies.entry(teller_of(view)).or_insert(policy);
        }
    }

    /// Everything that can be known to be missing or double before anything is opened.
    fn problems(&self) -> Vec<String> {
        let mut problems = self.problems.clone();
        let mut names: Vec<Cow<'static, str>> = self.projections.iter().map(|p| p.spec().name).collect();
        names.extend(self.either.iter().map(|either| either.rows.spec().name));
        names.extend(self.searched.iter().map(|searched| searched.spec().name));
        names.extend(self.models.iter().map(|models| models.spec().name.clone()));
        names.extend(self.handlers.iter().map(|handler| handler.name()));
        names.extend(self.cached.iter().map(|(view, ..)| teller_of(view).into()));
        names.push(CORRELATIONS.into());
        names.sort_unstable();
        for pair in names.windows(2).filter(|pair| pair[0] == pair[1]) {
            problems.push(format!("two projections or event handlers are named {:?}", pair[0]));
        }
        for query in self.queries.all() {
            for read in query.reads() {
                if !names.iter().any(|name| name == read) {
                    problems.push(format!(
                        "the query {} reads {read:?}, which no projection is named; there are: {}",
                        query.name(),
                        names.join(", ")
                    ));
                }
            }
        }
        for named in self.policies.keys().filter(|named| !names.iter().any(|name| name == named.as_str())) {
            problems.push(format!("an error policy is given for {named:?}, which no projection is named"));
        }
        problems.sort();
        problems
    }

    fn projections(
        &self,
        stores: &Stores,
        around: &Surroundings,
    ) -> Result<HashMap<String, Arc<Supervisor>>, StartError> {
        let Some(engine) = &stores.engine else {
            return match (self.projections.is_empty(), self.handlers.is_empty()) {
                (true, true) => Ok(HashMap::new()),
                _ => Err(Failure::plain(
                    FailureKind::Invalid,
                    "this set-up has no engine for read models, but projections or event handlers are registered",
                )
                .into()),
            };
        };
        let mut all =
            vec![(ProjectionKind::Projection, engine.models(Arc::new(CorrelationIndex)), Work::Gather)];
        for projection in &self.projections {
            all.push((ProjectionKind::Projection, engine.models(Arc::clone(projection)), Work::Project));
        }
        let mut kept = self.models.clone();
        kept.extend(self.either.iter().map(|either| either.models(stores, engine, &self.clock)));
        kept.extend(self.searched(stores)?);
        let kept = kept.into_iter();
        all.extend(kept.map(|models| (ProjectionKind::Projection, models, Work::Project)));
        for handler in &self.handlers {
            let models = engine.models(Arc::new(NoRows(handler.name(), handler.filter())));
            all.push((ProjectionKind::EventHandler, models, Work::Handle(Arc::clone(handler))));
        }
        let mut started = HashMap::new();
        for (kind, models, work) in all {
            let name = models.spec().name.to_string();
            let policy = self.policies.get(&name).cloned().unwrap_or_else(ErrorPolicy::default);
            let supervisor = Supervisor::new(kind, models, work, policy, around.clone());
            started.insert(name, Arc::new(supervisor));
        }
        Ok(started)
    }

    /// What commands are decided with.
    fn decider(&self, stores: &Stores, vault: &Arc<Vault>, meters: &Meters) -> Decider {
        let store = || Arc::clone(&stores.events);
        let (clock, ids) = (Arc::clone(&self.clock), Arc::clone(&self.ids));
        Decider {
            store: store(),
            loader: Arc::new(Loader {
                store: store(),
                snapshots: Arc::clone(&stores.snapshots),
                cache: StateCache::of_bytes(self.state_cache),
            }),
            vault: Arc::clone(vault),
            ids: Arc::clone(&ids),
            recent: Arc::default(),
            meters: meters.clone(),
            pulse: Arc::new(Pulse::of(store(), clock, ids)),
        }
    }

    fn assemble(
        self,
        stores: Stores,
        vault: Arc<Vault>,
        around: Surroundings,
        projections: Arc<HashMap<String, Arc<Supervisor>>>,
        leadership: Arc<Leadership>,
    ) -> Node {
        let registered = Registered::of(&self, &projections);
        around.meters.declare(&registered, stores.events.group_sizes());
        let decider = self.decider(&stores, &vault, &around.meters);
        let loader = Arc::clone(&decider.loader);
        let (recent, pulse) = (Arc::clone(&decider.recent), Arc::clone(&decider.pulse));
        let Surroundings { watermarks, meters, .. } = around;
        let layers = self.own_layers.then_some(&*self.command_layers);
        let commands = command_bus(self.commands, decider, layers, &meters);
        let readers = Arc::new(self.queries);
        let parts = query_bus::Parts {
            handlers: Arc::clone(&readers),
            projections: Arc::clone(&projections),
            watermarks: Arc::clone(&watermarks),
            vault: Arc::clone(&vault),
            cache: stores.cache.map(|cache| Cache::new(cache, Arc::clone(&watermarks), meters.clone())),
            gathering: tokio::sync::Mutex::default(),
        };
        let queries = query_bus(parts, &self.query_layers, &meters);
        let tasks = Tasks::default();
        tasks.forget_old_notes(Arc::clone(&stores.events), Arc::clone(&self.clock), NOTES_ARE_KEPT);
        tasks.lead(&leadership);
        for supervisor in projections.values() {
            tasks.settle_new_version(Arc::clone(supervisor));
        }
        Node(Arc::new(Inner {
            store: stores.events,
            clock: self.clock,
            ids: self.ids,
            vault,
            loader,
            pulse,
            recent,
            commands,
            queries,
            readers,
            projections,
            leadership,
            watermarks,
            meters,
            schemas: self.schemas,
            states: self.states,
            registered,
            tasks,
        }))
    }
}

/// How other nodes know this one.
fn this_node() -> Peer {
    let host = gethostname::gethostname();
    let label = format!("pid {} on {}", std::process::id(), host.to_string_lossy());
    Peer { id: TimeOrderedIds.draw(), label: label.into() }
}

/// Outermost first: observe, the application's layers, idempotency, conflict retry, dispatch. Without layers only the last two.
fn command_bus(
    handlers: command_bus::Handlers,
    decider: Decider,
    layers: Option<&[CommandLayer]>,
    meters: &Meters,
) -> CommandService {
    let store = Arc::clone(&decider.store);
    let dispatch = command_bus::Dispatch::new(handlers, decider);
    let retried = RetryConflicts(meters.clone()).layer(dispatch);
    let Some(layers) = layers else { return BoxCloneSyncService::new(retried) };
    let inner = BoxCloneSyncService::new(Idempotency::new(store).layer(retried));
    let layered = layers.iter().rev().fold(inner, |service, layer| layer(service));
    BoxCloneSyncService::new(ObserveCommands(meters.clone()).layer(layered))
}

/// Outermost first: observe, the application's layers, wait-for-position, dispatch.
fn query_bus(parts: query_bus::Parts, layers: &[QueryLayer], meters: &Meters) -> QueryService {
    let wait = WaitForPosition {
        handlers: Arc::clone(&parts.handlers),
        watermarks: Arc::clone(&parts.watermarks),
        meters: meters.clone(),
    };
    let inner = BoxCloneSyncService::new(wait.layer(query_bus::Dispatch(Arc::new(parts))));
    let layered = layers.iter().rev().fold(inner, |service, layer| layer(service));
    BoxCloneSyncService::new(ObserveQueries(meters.clone()).layer(layered))
}
