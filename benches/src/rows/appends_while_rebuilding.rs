//! Appends while a projection is filled anew from position 0, beside appends alone.

use std::time::Duration;

use async_trait::async_trait;
use diptych::{Node, Result};

use super::{
    commands::deposits,
    projection::{filled, rebuild},
};
use crate::{
    bank::{self, account, balances},
    callers::Callers,
    row::{First, Measure, Pair, Row, Running, Setting, Target},
};

/// See the page.
pub(crate) struct AppendsWhileRebuilding;

struct Prepared {
    node: Node,
    callers: Callers,
}

#[async_trait]
impl Row for AppendsWhileRebuilding {
    fn name(&self) -> &'static str {
        "appends-while-rebuilding"
    }

    fn measures(&self) -> Vec<Measure> {
        vec![Measure {
            name: "appends-while-rebuilding",
            title: "Appends while a projection rebuilds from position 0",
            unit: "commands/s",
            target: Target::AtLeast(0.7),
            decoded: "by the projection, an upsert per event",
            baseline: "the same 64 callers without the rebuild",
        }]
    }

    async fn prepare(&self, setting: &Setting) -> Result<Box<dyn Running>> {
        let node = bank::app(&setting.folder.join("ours"))?.projection(balances).start().await?;
        let accounts: Vec<_> = (0..1_000).map(account).collect();
        setting.tell.now("writing what is to be projected");
        bank::fill(&node, &accounts, setting.scale.of(100, 1_000)).await?;
        node.settled(Duration::from_secs(300)).await?;
        let callers = Callers { callers: 64, each: setting.scale.of(20, 150) };
        Ok(Box::new(Prepared { node, callers }))
    }
}

impl Prepared {
    async fn alone(&self) -> Result<f64> {
        self.node.settled(Duration::from_secs(60)).await?;
        deposits(&self.node, self.callers).await
    }

    async fn beside(&self) -> Result<f64> {
        self.node.settled(Duration::from_secs(60)).await?;
        let head = self.node.store().head().await?;
        let rebuilding = tokio::spawn({
            let node = self.node.clone();
            async move { rebuild(&node, "balances").await }
        });
        while filled(&self.node, "balances").await?.get() == 0 {
            tokio::task::yield_now().await;
        }
        let rate = deposits(&self.node, self.callers).await?;
        let still = filled(&self.node, "balances").await? < head;
        rebuilding.await??;
        if !still {
            return Err("the rebuild had ended before the appends had".into());
        }
        Ok(rate)
    }
}

#[async_trait]
impl Running for Prepared {
    async fn pair(&mut self, first: First) -> Result<Vec<Pair>> {
        let (beside, alone) = first.in_turn(self.beside(), self.alone()).await?;
        Ok(vec![Pair::of(beside, alone)])
    }

    async fn end(self: Box<Self>) -> Result {
        Ok(self.node.shut_down().await?)
    }
}
