//! How many projections are this node's, and which of those that are free it takes.
//!
//! The fair share is all of them over the nodes, rounded up. A node takes free ones up to that, and beyond it what nobody has
//! taken for two beats: other nodes may be of a release that does not know it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use diptych_core::peers::{BEAT, Peer, Roll};
use tokio::time::Instant;

/// For how long a node keeps what an operator wanted of it, or what nobody else has taken, though others have less.
const KEEP: Duration = Duration::from_secs(60);

type Names = BTreeSet<Arc<str>>;

/// What the last beats have shown.
#[derive(Debug, Default)]
pub(super) struct Share {
    /// How many nodes; 0 before the first beat.
    peers: usize,
    all: Names,
    mine: Names,
    /// Held by nobody at the last beat, and since when.
    free: BTreeMap<Arc<str>, Instant>,
    /// Of these, those last run with newer rows than this node knows.
    newer: Names,
    kept: BTreeMap<Arc<str>, Instant>,
}

impl Share {
    /// Takes a projection whatever the share is, and keeps it for some time.
    pub(super) fn insist(&mut self, projection: &str) {
        self.kept.insert(projection.into(), Instant::now() + KEEP);
    }

    /// No longer.
    pub(super) fn give_in(&mut self, projection: &str) {
        self.kept.remove(projection);
    }

    /// Whether an operator wanted it here.
    pub(super) fn insists(&self, projection: &str) -> bool {
        self.kept.contains_key(projection)
    }

    /// Whether this node takes it at the next beat, if it is free then.
    pub(super) fn wants(&self, projection: &str) -> bool {
        let fits = self.free.contains_key(projection) && !self.newer.contains(projection);
        self.insists(projection) || self.is_left(projection) || (fits && self.has_room(projection))
    }

    fn fair(&self) -> usize {
        self.all.len().div_ceil(self.peers.max(1))
    }

    /// Nobody else has taken it, though they had the time.
    fn is_left(&self, projection: &str) -> bool {
        self.free.get(projection).is_some_and(|since| since.elapsed() >= 2 * BEAT)
    }

    /// Room for this one, after the free ones that come before it.
    fn has_room(&self, projection: &str) -> bool {
        let before = self.free.keys().filter(|free| ***free < *projection).count();
        self.mine.len() + before < self.fair()
    }

    /// Takes in what a beat has answered of these projections, each with the version that this node runs.
    pub(super) fn learn<'a>(
        &mut self,
        versions: impl Iterator<Item = (&'a str, u32)>,
        me: &Peer,
        roll: &Roll,
    ) {
        let now = Instant::now();
        self.peers = roll.peers;
        self.kept.retain(|_, until| *until > now);
        let (mut mine, mut free) = (Names::new(), BTreeMap::new());
        self.all.clear();
        self.newer.clear();
        for (name, version) in versions {
            let name: Arc<str> = name.into();
            let lease = roll.leases.iter().find(|lease| lease.projection == name);
            match lease.and_then(|lease| lease.holder.as_ref()) {
                Some(holder) if holder == me => drop(mine.insert(Arc::clone(&name))),
                Some(_) => {}
                None => {
                    if lease.is_some_and(|lease| lease.version > version) {
                        self.newer.insert(Arc::clone(&name));
                    }
                    free.insert(Arc::clone(&name), self.free.get(&name).copied().unwrap_or(now));
                }
            }
            self.all.insert(name);
        }
        if mine.len() > self.fair() {
            let orphans = mine.iter().filter(|name| self.is_left(name)).cloned().collect::<Vec<_>>();
            self.kept.extend(orphans.into_iter().map(|orphan| (orphan, now + KEEP)));
        }
        (self.mine, self.free) = (mine, free);
    }

    /// One that this node holds beyond its share, if it does.
    pub(super) fn over(&self) -> Option<Arc<str>> {
        let over = self.mine.len() > self.fair();
        self.mine.iter().rfind(|name| over && !self.kept.contains_key(*name)).cloned()
    }
}
