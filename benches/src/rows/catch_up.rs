//! Catching up a million events: every read model of the shop is gone, and it starts. Memory must stay flat.

use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use diptych::Result;
use serde_json::Value;

use super::server_on_a_million::ORDERS;
use crate::{
    child::{Server, seeded},
    http::Connection,
    number::{float, per_second},
    row::{Detail, First, Line, Measure, Pair, Row, Running, Setting, Target},
};

/// See the page.
pub(crate) struct CatchUp;

struct Prepared {
    folder: PathBuf,
    /// Events considered by the slowest projection, and megabytes, as the last run gave them.
    memory: Vec<(f64, f64)>,
}

#[async_trait]
impl Row for CatchUp {
    fn name(&self) -> &'static str {
        "catch-up"
    }

    fn measures(&self) -> Vec<Measure> {
        let measure = |name, title, unit, target| Measure {
            name,
            title,
            unit,
            target,
            decoded: "by the projections",
            baseline: "none: the release build of the shop fills all its read models from position 0, at once",
        };
        vec![
            measure("catch-up-memory", "Catching up 1 M events: most memory", "MB", Target::Below(100.0)),
            measure(
                "catch-up-growth",
                "Catching up 1 M events: memory in the last tenth beside that in the second",
                "×",
                Target::Below(1.25),
            ),
            measure("catch-up-rate", "Catching up 1 M events: all read models", "events/s", Target::Told),
        ]
    }

    fn most_pairs(&self) -> usize {
        3
    }

    fn warms_up(&self) -> bool {
        false
    }

    async fn prepare(&self, setting: &Setting) -> Result<Box<dyn Running>> {
        let folder = seeded(setting, setting.scale.of(1_000, ORDERS))?;
        Ok(Box::new(Prepared { folder, memory: Vec::new() }))
    }
}

/// Up to where the slowest projection has come, and the head.
async fn slowest(connection: &mut Connection) -> Result<(u64, u64)> {
    let answer = connection.get("/api/admin/projections").await?;
    let all: Value = serde_json::from_slice(&answer.body)?;
    let items = all["items"].as_array().ok_or("no projections")?;
    let position = items.iter().filter_map(|item| item["position"].as_u64()).min();
    let head = items.iter().filter_map(|item| item["head"].as_u64()).max();
    Ok((position.unwrap_or_default(), head.unwrap_or_default()))
}

/// The middle of the memory while this part of the way was gone.
fn between(memory: &[(f64, f64)], from: f64, to: f64) -> Option<f64> {
    let head = memory.last()?.0;
    let part = memory.iter().filter(|(at, _)| (head * from..=head * to).contains(at));
    Some(crate::ratio::median(&part.map(|(_, memory)| *memory).collect::<Vec<_>>())?.median)
}

#[async_trait]
impl Running for Prepared {
    async fn pair(&mut self, _: First) -> Result<Vec<Pair>> {
        fs::remove_dir_all(self.folder.join("models"))?;
        let begun = Instant::now();
        let server = Server::shop(&self.folder)?;
        let mut connection = Connection::open(&server.address).await?;
        let mut memory = Vec::new();
        let head = loop {
            let (position, head) = slowest(&mut connection).await?;
            memory.push((float(position), server.memory()?));
            if position >= head {
                break head;
            }
            tokio::time::sleep(Duration::from_millis(50)).await; // tidy: it is looked at, not waited for
        };
        let rate = per_second(usize::try_from(head)?, begun.elapsed());
        server.stop().await?;
        let most = memory.iter().map(|(_, memory)| *memory).fold(0.0, f64::max);
        let (early, late) = (between(&memory, 0.1, 0.2), between(&memory, 0.9, 1.0));
        let growth = late.unwrap_or(most) / early.unwrap_or(most);
        self.memory = memory;
        Ok([most, growth, rate].map(Pair::alone).into())
    }

    async fn details(&mut self) -> Result<Vec<Detail>> {
        let points = self.memory.iter().copied().filter(|(at, _)| *at > 0.0).collect();
        Ok(vec![Detail::Curve {
            file: "catch-up",
            title: "Resident memory while all read models are filled from position 0".to_owned(),
            across: "events considered by the slowest projection",
            up: "MB",
            lines: vec![Line { name: "the shop", points }],
        }])
    }
}
