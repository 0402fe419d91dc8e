//! Telling the others how far the runs of this node have come, and hearing how far theirs have.
//!
//! One message is under way at a time and tells of all that has moved since the one before: the more happens, the more each tells.
//! What is lost is told again in the report of the next beat.

use std::{collections::HashMap, sync::Arc, time::Duration};

use diptych_core::{
    Position,
    model::Generation,
    peers::{Notice, Reached},
};

use super::Leadership;

/// How long telling rests after it failed.
const REST: Duration = Duration::from_secs(1);

impl Leadership {
    /// Tells, for ever.
    pub(crate) async fn tell(&self) {
        let mut told: HashMap<Arc<str>, (Generation, Position)> = HashMap::new();
        loop {
            self.watermarks.moved().await;
            if self.last.borrow().1 < 2 {
                continue;
            }
            let moved = self.moved(&mut told);
            if moved.is_empty() {
                continue;
            }
            if let Err(failure) = self.peers.tell(&self.me, &moved).await {
                tracing::debug!(error = failure.chain(), "the others are told with the next beat");
                tokio::time::sleep(REST).await;
            }
        }
    }

    fn moved(&self, told: &mut HashMap<Arc<str>, (Generation, Position)>) -> Vec<Reached> {
        let mut moved = Vec::new();
        for supervisor in self.shared() {
            let Some(generation) = supervisor.leads() else { continue };
            let position = self.watermarks.of(supervisor.name());
            if told.get(supervisor.name()) != Some(&(generation, position)) {
                let projection: Arc<str> = supervisor.name().into();
                told.insert(Arc::clone(&projection), (generation, position));
                moved.push(Reached { projection, generation, position });
            }
        }
        moved
    }

    /// Hears, until there is nothing more to hear.
    pub(crate) async fn hear(&self) {
        let mut news = self.peers.news(&self.me);
        loop {
            match news.next().await {
                Ok(Notice::Reached(Reached { projection, generation, position })) => {
                    let known = self.supervisors.get(&*projection);
                    if known.is_some_and(|supervisor| !supervisor.reached(generation, position)) {
                        self.now.notify_one();
                    }
                }
                Ok(Notice::Leases) => self.now.notify_one(),
                Err(failure) => {
                    tracing::debug!(error = failure.chain(), "nothing more is heard of other nodes");
                    return;
                }
            }
        }
    }
}
