//! The metrics of one node, kept in a registry of its own. Names follow the conventions of Prometheus: base units, `_total`.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use prometheus_client::{
    collector::Collector,
    encoding::{EncodeLabelSet, text},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
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
struct WaitLabels {
    outcome: &'static str,
}

type Histograms = Family<NameLabels, Histogram, fn() -> Histogram>;

/// Counts and times what a node does. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Meters(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    registry: Mutex<Registry>,
    commands: Family<CommandLabels, Counter>,
    command_seconds: Histograms,
    conflicts: Family<NameLabels, Counter>,
    queries: Family<CommandLabels, Counter>,
    query_seconds: Histograms,
    waits: Family<WaitLabels, Counter>,
    projected: Family<NameLabels, Counter>,
    batch_seconds: Histograms,
    projection_failures: Family<NameLabels, Counter>,
    projection_position: Family<NameLabels, Gauge>,
    head: Gauge,
}

/// From 50 µs to about 26 s.
fn seconds() -> Histogram {
    Histogram::new(exponential_buckets(0.000_05, 2.0, 20))
}

impl Default for Meters {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("diptych");
        let commands = Family::default();
        registry.register("commands", "Commands by type and outcome", commands.clone());
        let command_seconds: Histograms = Family::new_with_constructor(seconds);
        registry.register("command_duration_seconds", "From dispatch to receipt", command_seconds.clone());
        let conflicts = Family::default();
        registry.register(
            "conflicts",
            "Decisions made again since someone else was first",
            conflicts.clone(),
        );
        let queries = Family::default();
        registry.register("queries", "Queries by type and outcome", queries.clone());
        let query_seconds: Histograms = Family::new_with_constructor(seconds);
        registry.register(
            "query_duration_seconds",
            "From question to answer, waits included",
            query_seconds.clone(),
        );
        let waits = Family::default();
        registry.register("waits", "Waits for a position by outcome", waits.clone());
        let projected = Family::default();
        registry.register(
            "projected_events",
            "Events taken by projections and event handlers",
            projected.clone(),
        );
        let batch_seconds: Histograms = Family::new_with_constructor(seconds);
        registry.register("projection_batch_duration_seconds", "Time per batch", batch_seconds.clone());
        let projection_failures = Family::default();
        registry.register("projection_failures", "Batches that failed", projection_failures.clone());
        let projection_position = Family::default();
        registry.register(
            "projection_position",
            "Up to where each has considered everything",
            projection_position.clone(),
        );
        let head = Gauge::default();
        registry.register("head_position", "The last position of the log", head.clone());
        Self(Arc::new(Inner {
            registry: Mutex::new(registry),
            commands,
            command_seconds,
            conflicts,
            queries,
            query_seconds,
            waits,
            projected,
            batch_seconds,
            projection_failures,
            projection_position,
            head,
        }))
    }
}

impl Meters {
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

    pub(crate) fn command(&self, command: &'static str, outcome: &'static str, took: Duration) {
        self.0.commands.get_or_create(&CommandLabels { command, outcome }).inc();
        self.0.command_seconds.get_or_create(&named(command)).observe(took.as_secs_f64());
    }

    pub(crate) fn conflict(&self, command: &'static str) {
        self.0.conflicts.get_or_create(&named(command)).inc();
    }

    pub(crate) fn query(&self, query: &'static str, outcome: &'static str, took: Duration) {
        self.0.queries.get_or_create(&CommandLabels { command: query, outcome }).inc();
        self.0.query_seconds.get_or_create(&named(query)).observe(took.as_secs_f64());
    }

    pub(crate) fn wait(&self, outcome: &'static str) {
        self.0.waits.get_or_create(&WaitLabels { outcome }).inc();
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
        self.0.projection_position.get_or_create(&named(projection)).set(position.to_i64());
        self.0.head.set(head.to_i64());
    }
}

fn named(name: &str) -> NameLabels {
    NameLabels { name: name.to_owned() }
}
