//! The shop on a log of a million events: how soon it is ready, and what it takes while nobody asks it anything.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use diptych::Result;

use crate::{
    child::{Server, seeded},
    number::float,
    row::{First, Measure, Pair, Row, Running, Setting, Target},
};

/// See the page.
pub(crate) struct ServerOnAMillion;

/// As many orders as lead to a million events.
pub(super) const ORDERS: usize = 252_000;

struct Prepared {
    folder: PathBuf,
    idle: Duration,
}

#[async_trait]
impl Row for ServerOnAMillion {
    fn name(&self) -> &'static str {
        "server"
    }

    fn measures(&self) -> Vec<Measure> {
        let measure = |name, title, unit, below| Measure {
            name,
            title,
            unit,
            target: Target::Below(below),
            decoded: "—",
            baseline: "none: the release build of the shop, a process of its own, on 1 M events with all its read models",
        };
        vec![
            measure("ready", "From its start until `/readyz` says so, 1 M events", "ms", 300.0),
            measure("idle-processor", "Idle for 30 s: processor", "% of one processor", 0.2),
            measure("idle-memory", "Idle: resident memory", "MB", 40.0),
        ]
    }

    fn most_pairs(&self) -> usize {
        5
    }

    fn warms_up(&self) -> bool {
        false
    }

    async fn prepare(&self, setting: &Setting) -> Result<Box<dyn Running>> {
        let folder = seeded(setting, setting.scale.of(1_000, ORDERS))?;
        Ok(Box::new(Prepared { folder, idle: Duration::from_secs(setting.scale.of(3, 30)) }))
    }
}

#[async_trait]
impl Running for Prepared {
    async fn pair(&mut self, _: First) -> Result<Vec<Pair>> {
        let begun = Instant::now();
        let server = Server::shop(&self.folder)?;
        server.ready().await?;
        let ready = begun.elapsed();
        // What the start has left to do is not what idling takes.
        tokio::time::sleep(Duration::from_secs(1)).await; // tidy: time is the subject
        let (begun, at) = (server.processor()?, Instant::now());
        tokio::time::sleep(self.idle).await; // tidy: time is the subject
        let idle = (server.processor()? - begun) / float(u64::try_from(at.elapsed().as_micros())?) * 100.0;
        let memory = server.memory()?;
        server.stop().await?;
        Ok([ready.as_secs_f64() * 1e3, idle, memory].map(Pair::alone).into())
    }
}
