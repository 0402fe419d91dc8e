//! What tracing, metrics and idempotency cost: processor time a command, beside a bus that only dispatches.

use async_trait::async_trait;
use diptych::{Node, Result, store::IdempotencyKey};
use rustix::time::{ClockId, clock_gettime};

use super::commands::own_account;
use crate::{
    bank::{self, Deposit, reference},
    callers::Callers,
    number::float,
    row::{First, Measure, Pair, Row, Running, Setting, Target},
};

/// See the page.
pub(crate) struct Layers;

struct Prepared {
    layered: Node,
    bare: Node,
    callers: Callers,
    /// Keys that were used, so that each is new.
    keys: usize,
}

#[async_trait]
impl Row for Layers {
    fn name(&self) -> &'static str {
        "layers"
    }

    fn measures(&self) -> Vec<Measure> {
        let measure = |name, title| Measure {
            name,
            title,
            unit: "µs of processor time/command",
            target: Target::AtMost(1.1),
            decoded: "its own event into the cached state",
            baseline: "the same commands on a node of the same kind whose bus has conflict retry and dispatch only",
        };
        vec![
            measure("layers", "Tracing, metrics and idempotency layers, processor time per command"),
            measure("layers-keyed", "The same, every command with an idempotency key"),
        ]
    }

    async fn prepare(&self, setting: &Setting) -> Result<Box<dyn Running>> {
        let layered = bank::app(&setting.folder.join("layered"))?.start().await?;
        let bare = bank::app(&setting.folder.join("bare"))?.without_own_layers().start().await?;
        let callers = Callers { callers: 64, each: setting.scale.of(20, 200) };
        Ok(Box::new(Prepared { layered, bare, callers, keys: 0 }))
    }
}

/// The processor time that this process has taken, in microseconds.
fn processor() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    float(time.tv_sec).mul_add(1e6, float(time.tv_nsec) / 1e3)
}

async fn deposits(node: &Node, callers: Callers, keys: Option<usize>) -> Result<f64> {
    let begun = processor();
    let (node_, each) = (node.clone(), callers.each);
    let calls = callers.run(move |caller, n| {
        let node = node_.clone();
        async move {
            let to = own_account(caller, n).parse()?;
            let mut sending = node.execute(Deposit { to, cents: 100, reference: reference(n) });
            if let Some(begin) = keys {
                let key = format!("bench/{:012}", begin + caller * each + n);
                sending = sending.key(IdempotencyKey { key, fingerprint: [7; 32] });
            }
            sending.await?;
            Ok(())
        }
    });
    calls.await?;
    // The projection of correlations is part of what a command costs, and is behind it.
    node.settled(std::time::Duration::from_secs(60)).await?;
    Ok((processor() - begun) / float(callers.calls()))
}

#[async_trait]
impl Running for Prepared {
    async fn pair(&mut self, first: First) -> Result<Vec<Pair>> {
        let (callers, mut pairs) = (self.callers, Vec::new());
        for keys in [None, Some(self.keys)] {
            let layered = deposits(&self.layered, callers, keys);
            let (layered, bare) = first.in_turn(layered, deposits(&self.bare, callers, keys)).await?;
            pairs.push(Pair::of(layered, bare));
        }
        self.keys += callers.calls();
        Ok(pairs)
    }

    async fn end(self: Box<Self>) -> Result {
        self.layered.shut_down().await?;
        Ok(self.bare.shut_down().await?)
    }
}
