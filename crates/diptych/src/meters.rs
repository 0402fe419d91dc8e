//! The metrics of one node, kept in a registry of its own. Names follow the conventions of Prometheus: base units, `_total`.

use std::{
    sync::{Arc, Mutex, PoisonError, atomic::AtomicU64},
    time::Duration,
};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, text},
    metrics::{
        MetricType,
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Metric, Registry},
};

use diptych_core::{AppendError, Appended, GroupSizes, groups::GROUP_SIZES};

use crate::{
    node::Registered,
    projections::{ProjectionState, ProjectionStatus},
};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CommandLabels {
    command: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct NameLabels {
    name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct QueryLabels {
    query: &'static str,
    outcome: &'static str,
}

/// Of an event. Both are names that the program declares, so there are only so many.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EventLabels {
    category: String,
    r#type: String,
}

/// Of a command or a query, whose name is known when the program is built.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct MessageLabels {
    name: &'static str,
}

/// Of a view, and how asking the cache for an entry of it ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CacheLabels {
    view: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
}

type Histograms<L = NameLabels> = Family<L, Histogram, fn() -> Histogram>;

/// Counts and times what a node does. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Meters(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    registry: Mutex<Registry>,
    commands: Family<CommandLabels, Counter>,
    command_seconds: Histograms<MessageLabels>,
    conflicts: Family<MessageLabels, Counter>,
    retries: Family<MessageLabels, Counter>,
    appended: Family<EventLabels, Counter>,
    append_seconds: Histograms<OutcomeLabels>,
    queries: Family<QueryLabels, Counter>,
    query_seconds: Histograms<MessageLabels>,
    cache: Family<CacheLabels, Counter>,
    waits: Family<OutcomeLabels, Counter>,
    wait_seconds: Histograms<OutcomeLabels>,
    projected: Family<NameLabels, Counter>,
    batch_seconds: Histograms,
    projection_failures: Family<NameLabels, Counter>,
    projections: ProjectionGauges,
}

type Fractional = Family<NameLabels, Gauge<f64, AtomicU64>>;

/// Where projections are. All but the positions are read off their status when someone asks, and not kept up in between.
#[derive(Clone, Debug, Default)]
struct ProjectionGauges {
    head: Gauge,
    position: Family<NameLabels, Gauge>,
    lag_events: Family<NameLabels, Gauge>,
    lag_seconds: Fractional,
    rate: Fractional,
    failed: Family<NameLabels, Gauge>,
    parked: Family<NameLabels, Gauge>,
}

impl ProjectionGauges {
    fn register(&self, registry: &mut Registry) {
        registry.register("head_position", "The last position of the log", self.head.clone());
        let text = "Up to where each has considered everything";
        registry.register("projection_position", text, self.position.clone());
        let text = "Positions between each and the head; gaps count";
        registry.register("projection_lag_events", text, self.lag_events.clone());
        let text = "Age of the oldest event that each has not considered";
        registry.register("projection_lag_seconds", text, self.lag_seconds.clone());
        let text = "Events per second over the last ten seconds";
        registry.register("projection_rate", text, self.rate.clone());
        let text = "1 while it has stopped before an event that it cannot take";
        registry.register("projection_failed", text, self.failed.clone());
        registry.register("projection_parked_events", "Events put aside", self.parked.clone());
    }
}

/// From 50 µs to about 26 s.
fn seconds() -> Histogram {
    Histogram::new(exponential_buckets(0.000_05, 2.0, 20))
}

/// Registers a metric and keeps a handle to it.
fn kept<M: Metric + Clone>(registry: &mut Registry, name: &str, text: &str, metric: M) -> M {
    registry.register(name, text, metric.clone());
    metric
}

/// Registers a family of histograms of seconds.
fn timed<L>(registry: &mut Registry, name: &str, text: &str) -> Histograms<L>
where
    L: Clone + Eq + std::hash::Hash + EncodeLabelSet + std::fmt::Debug + Send + Sync + 'static,
{
    kept(registry, name, text, Family::new_with_constructor(seconds))
}

impl Default for Meters {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("diptych");
        let to = &mut registry;
        let inner = Inner {
            commands: kept(to, "commands", "Commands by type and outcome", Family::default()),
            command_seconds: timed(to, "command_duration_seconds", "From dispatch to receipt"),
            conflicts: kept(
                to,
                "conflicts",
                "Appends refused since someone else was first",
                Family::default(),
            ),
            retries: kept(to, "retries", "Decisions made again after a conflict", Family::default()),
            appended: kept(to, "appended_events", "Events recorded by this node", Family::default()),
            append_seconds: timed(to, "append_duration_seconds", "From handing an append to the store on"),
            queries: kept(to, "queries", "Queries by type and outcome", Family::default()),
            query_seconds: timed(to, "query_duration_seconds", "From question to answer, waits included"),
            cache: kept(
                to,
                "cache_lookups",
                "Entries asked of the cache by view and outcome",
                Family::default(),
            ),
            waits: kept(to, "waits", "Waits for a position by outcome", Family::default()),
            wait_seconds: timed(to, "wait_duration_seconds", "How long waits for a position took"),
            projected: kept(
                to,
                "projected_events",
                "Events taken by projections and event handlers",
                Family::default(),
            ),
            batch_seconds: timed(to, "projection_batch_duration_seconds", "Time per batch"),
            projection_failures: kept(to, "projection_failures", "Batches that failed", Family::default()),
            projections: ProjectionGauges::default(),
            registry: Mutex::default(),
        };
        inner.projections.register(to);
        Self(Arc::new(Inner { registry: Mutex::new(registry), ..inner }))
    }
}

/// The groups that a store has written, as a histogram.
#[derive(Debug)]
struct Groups(GroupSizes);

impl Collector for Groups {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let (name, text) = ("append_group_size", "Appends that were written together");
        let encoder = encoder.encode_descriptor(name, text, None, MetricType::Histogram)?;
        let groups = self.0.groups();
        let bounds = GROUP_SIZES.iter().map(|bound| float(*bound)).chain([f64::MAX]);
        let buckets: Vec<(f64, u64)> = bounds.zip(groups).collect();
        let mut encoder = encoder;
        encoder.encode_histogram::<prometheus_client::encoding::NoLabelSet>(
            float(self.0.appends()),
            groups.iter().sum(),
            &buckets,
            None,
        )
    }
}

/// A count as a float; far above what is counted it is only near.
fn float(count: u64) -> f64 {
    let high = u32::try_from(count >> 32).unwrap_or(u32::MAX);
    let low = u32::try_from(count & 0xffff_ffff).unwrap_or(u32::MAX);
    f64::from(high).mul_add(4_294_967_296.0, f64::from(low))
}

impl Meters {
    /// Begins what can be counted of what is registered at 0, so that the first of it is seen to be one more.
    pub(crate) fn declare(&self, registered: &Registered, groups: GroupSizes) {
        for command in &registered.commands {
            let labels = MessageLabels { name: command.name };
            drop(self.0.conflicts.get_or_create(&labels));
            drop(self.0.retries.get_or_create(&labels));
        }
        for projection in &registered.projections {
            drop(self.0.projection_failures.get_or_create(&named(&projection.name)));
            drop(self.0.projected.get_or_create(&named(&projection.name)));
            drop(self.0.batch_seconds.get_or_create(&named(&projection.name)));
        }
        for outcome in ["reached", "timeout"] {
            drop(self.0.waits.get_or_create(&OutcomeLabels { outcome }));
            drop(self.0.wait_seconds.get_or_create(&OutcomeLabels { outcome }));
        }
        self.register(Box::new(Groups(groups)));
    }

    /// Registers what another part of the program measures.
    pub fn register(&self, collector: Box<dyn Collector>) {
        self.0.registry.lock().unwrap_or_else(PoisonError::into_inner).register_collector(collector);
    }

    /// Everything, in the text format of OpenMetrics.
    ///
    /// # Errors
    /// Where a metric cannot be written.
    pub fn encode(&self) -> Result<String, std::fmt::Error> {
        let mut out = String::new();
        text::encode(&mut out, &self.0.registry.lock().unwrap_or_else(PoisonError::into_inner))?;
        Ok(out)
    }

    /// Takes what projections lag, their rate and whether they have failed from what operators are told.
    pub fn projections(&self, all: &[ProjectionStatus]) {
        let gauges = &self.0.projections;
        for status in all {
            let name = named(&status.name);
            gauges.lag_events.get_or_create(&name).set(i64::try_from(status.lag_events).unwrap_or(i64::MAX));
            gauges.lag_seconds.get_or_create(&name).set(status.lag_seconds);
            gauges.rate.get_or_create(&name).set(status.rate);
            gauges.failed.get_or_create(&name).set(i64::from(status.state == ProjectionState::Failed));
            gauges.parked.get_or_create(&name).set(i64::try_from(status.dead_letters).unwrap_or(i64::MAX));
            self.place(&status.name, status.position, status.head);
        }
    }

    pub(crate) fn command(&self, command: &'static str, outcome: &'static str, took: Duration) {
        self.0.commands.get_or_create(&CommandLabels { command, outcome }).inc();
        self.0.command_seconds.get_or_create(&MessageLabels { name: command }).observe(took.as_secs_f64());
    }

    pub(crate) fn conflict(&self, command: &'static str) {
        self.0.conflicts.get_or_create(&MessageLabels { name: command }).inc();
    }

    /// A conflict is decided again.
    pub(crate) fn retry(&self, command: &'static str) {
        self.0.retries.get_or_create(&MessageLabels { name: command }).inc();
    }

    /// What the store answered to an append.
    pub(crate) fn appended(&self, answer: &Result<Appended, AppendError>, took: Duration) {
        let outcome = match answer {
            Ok(_) => "recorded",
            Err(AppendError::Conflict(_)) => "conflict",
            Err(AppendError::KeyUsed(_)) => "replayed",
            Err(AppendError::Failure(_)) => "failed",
        };
        self.0.append_seconds.get_or_create(&OutcomeLabels { outcome }).observe(took.as_secs_f64());
        for event in answer.iter().flat_map(|appended| &appended.events) {
            let category = event.stream().category().to_owned();
            let labels = EventLabels { category, r#type: event.event_type.to_string() };
            self.0.appended.get_or_create(&labels).inc();
        }
    }

    pub(crate) fn query(&self, query: &'static str, outcome: &'static str, took: Duration) {
        self.0.queries.get_or_create(&QueryLabels { query, outcome }).inc();
        self.0.query_seconds.get_or_create(&MessageLabels { name: query }).observe(took.as_secs_f64());
    }

    pub(crate) fn cache(&self, view: &str, outcome: &'static str) {
        self.0.cache.get_or_create(&CacheLabels { view: view.to_owned(), outcome }).inc();
    }

    pub(crate) fn wait(&self, outcome: &'static str, took: Duration) {
        self.0.waits.get_or_create(&OutcomeLabels { outcome }).inc();
        self.0.wait_seconds.get_or_create(&OutcomeLabels { outcome }).observe(took.as_secs_f64());
    }

    pub(crate) fn batch(&self, projection: &str, events: usize, took: Duration) {
        self.0.projected.get_or_create(&named(projection)).inc_by(u64::try_from(events).unwrap_or(0));
        self.0.batch_seconds.get_or_create(&named(projection)).observe(took.as_secs_f64());
    }

    pub(crate) fn projection_failed(&self, projection: &str) {
        self.0.projection_failures.get_or_create(&named(projection)).inc();
    }

    pub(crate) fn place(
        &self,
        projection: &str,
        position: diptych_core::Position,
        head: diptych_core::Position,
    ) {
        self.0.projections.position.get_or_create(&named(projection)).set(position.to_i64());
        self.0.projections.head.set(head.to_i64());
    }
}

fn named(name: &str) -> NameLabels {
    NameLabels { name: name.to_owned() }
}
