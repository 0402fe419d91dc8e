//! Durable single-event commands, one caller: what one sync and the way to it take.

use async_trait::async_trait;
use diptych::{Node, Result};

use super::commands::{deposits, one_by_one};
use crate::{
    bank,
    callers::Callers,
    row::{First, Measure, Pair, Row, Running, Setting, Target},
};

/// See the page.
pub(crate) struct OneCaller;

struct Prepared {
    node: Node,
    file: std::path::PathBuf,
    calls: usize,
}

#[async_trait]
impl Row for OneCaller {
    fn name(&self) -> &'static str {
        "one-caller"
    }

    fn measures(&self) -> Vec<Measure> {
        vec![Measure {
            name: "commands-1",
            title: "Durable single-event commands, 1 caller",
            unit: "commands/s",
            target: Target::AtLeast(0.85),
            decoded: "ours: its own event into the cached state; by hand: no",
            baseline: "one loop: encode, insert, commit, synced each; no other thread",
        }]
    }

    async fn prepare(&self, setting: &Setting) -> Result<Box<dyn Running>> {
        let node = bank::app(&setting.folder.join("ours"))?.start().await?;
        let file = setting.folder.join("singly.db");
        Ok(Box::new(Prepared { node, file, calls: setting.scale.of(100, 1_500) }))
    }
}

#[async_trait]
impl Running for Prepared {
    async fn pair(&mut self, first: First) -> Result<Vec<Pair>> {
        let ours = deposits(&self.node, Callers { callers: 1, each: self.calls });
        let (file, calls) = (self.file.clone(), self.calls);
        let by_hand = async move { tokio::task::spawn_blocking(move || one_by_one(&file, calls)).await? };
        let (ours, by_hand) = first.in_turn(ours, by_hand).await?;
        Ok(vec![Pair::of(ours, by_hand)])
    }

    async fn end(self: Box<Self>) -> Result {
        Ok(self.node.shut_down().await?)
    }
}
