//! The nodes of one process on the same store: leases and notices in memory.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use diptych_core::{
    Failure,
    peers::{Claim, LEASE, Lease, Notice, Peer, PeerNews, Peers, Reached, Roll},
};
use tokio::{
    sync::broadcast::{self, error::RecvError},
    time::Instant,
};
use uuid::Uuid;

use super::watch::closed;

/// How many notices wait for a slow listener before it is told to look for itself.
const BUFFER: usize = 1_024;

/// Keeps the leases of nodes that share it.
#[derive(Debug)]
pub struct MemoryPeers {
    kept: Mutex<Kept>,
    notices: broadcast::Sender<(Uuid, Notice)>,
}

#[derive(Debug, Default)]
struct Kept {
    /// Until when each node counts.
    seen: BTreeMap<Uuid, Instant>,
    leases: BTreeMap<Arc<str>, Held>,
}

#[derive(Debug, Default)]
struct Held {
    /// Who, and until when.
    by: Option<(Peer, Instant)>,
    /// Who asked for it, and until when they wait.
    asked: Option<(Uuid, Instant)>,
    version: u32,
    report: Option<Arc<str>>,
}

impl Default for MemoryPeers {
    fn default() -> Self {
        Self { kept: Mutex::default(), notices: broadcast::channel(BUFFER).0 }
    }
}

impl MemoryPeers {
    /// No node yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn notify(&self, from: Uuid, notice: Notice) {
        // Nobody may be listening.
        drop(self.notices.send((from, notice)));
    }
}

impl Held {
    fn is_free(&self, me: &Peer, now: Instant) -> bool {
        let held = self.by.as_ref().is_some_and(|(_, until)| *until > now);
        let promised = self.asked.is_some_and(|(by, until)| by != me.id && until > now);
        !held && !promised
    }

    fn is_of(&self, me: &Peer) -> bool {
        self.by.as_ref().is_some_and(|(by, _)| by.id == me.id)
    }

    /// Renews or takes; answers whether it is taken anew.
    fn claim(&mut self, me: &Peer, claim: &Claim, now: Instant) -> bool {
        let (mine, free) = (self.is_of(me), self.is_free(me, now));
        let lives = self.by.as_ref().is_some_and(|(_, until)| *until > now);
        if (mine && lives) || (claim.wanted && free) {
            self.by = Some((me.clone(), now + LEASE));
            self.version = claim.version;
            if let Some(report) = &claim.report {
                self.report = Some(report.as_str().into());
            }
            self.asked = self.asked.filter(|(by, until)| *by != me.id && *until > now);
        }
        !(mine && lives) && claim.wanted && free
    }

    fn shown(&self, projection: &Arc<str>, now: Instant) -> Lease {
        let holder = self.by.as_ref().filter(|(_, until)| *until > now).map(|(peer, _)| peer.clone());
        Lease {
            projection: Arc::clone(projection),
            holder,
            version: self.version,
            asked_by: self.asked.filter(|(_, until)| *until > now).map(|(by, _)| by),
            report: self.report.clone(),
        }
    }
}

#[async_trait]
impl Peers for MemoryPeers {
    async fn beat(&self, me: &Peer, claims: &[Claim]) -> Result<Roll, Failure> {
        let now = Instant::now();
        let mut kept = self.kept();
        let Kept { seen, leases } = &mut *kept;
        seen.retain(|_, until| *until > now);
        let mut changed = seen.insert(me.id, now + LEASE).is_none();
        for claim in claims {
            if claim.wanted || leases.contains_key(&claim.projection) {
                let held = leases.entry(Arc::clone(&claim.projection)).or_default();
                changed |= held.claim(me, claim, now);
            }
        }
        let shown = |claim: &Claim| {
            let held = leases.get_key_value(&claim.projection);
            held.map(|(projection, held)| held.shown(projection, now))
        };
        let roll = Roll { peers: seen.len(), leases: claims.iter().filter_map(shown).collect() };
        drop(kept);
        if changed {
            self.notify(me.id, Notice::Leases);
        }
        Ok(roll)
    }

    async fn look(&self, projections: &[Arc<str>]) -> Result<Vec<Lease>, Failure> {
        let (now, kept) = (Instant::now(), self.kept());
        let shown = |name| kept.leases.get_key_value(name).map(|(name, held)| held.shown(name, now));
        Ok(projections.iter().filter_map(shown).collect())
    }

    async fn ask(&self, me: &Peer, projection: &str) -> Result<(), Failure> {
        if let Some(held) = self.kept().leases.get_mut(projection) {
            held.asked = Some((me.id, Instant::now() + LEASE));
        }
        self.notify(me.id, Notice::Leases);
        Ok(())
    }

    async fn release(&self, me: &Peer, projections: &[Arc<str>]) -> Result<(), Failure> {
        let mut kept = self.kept();
        for projection in projections {
            if let Some(held) = kept.leases.get_mut(projection).filter(|held| held.is_of(me)) {
                held.by = None;
            }
        }
        drop(kept);
        self.notify(me.id, Notice::Leases);
        Ok(())
    }

    async fn leave(&self, me: &Peer) -> Result<(), Failure> {
        let mut kept = self.kept();
        kept.seen.remove(&me.id);
        kept.leases.values_mut().filter(|held| held.is_of(me)).for_each(|held| held.by = None);
        drop(kept);
        self.notify(me.id, Notice::Leases);
        Ok(())
    }

    async fn tell(&self, me: &Peer, reached: &[Reached]) -> Result<(), Failure> {
        for reached in reached {
            self.notify(me.id, Notice::Reached(reached.clone()));
        }
        Ok(())
    }

    fn news(&self, me: &Peer) -> Box<dyn PeerNews> {
        Box::new(MemoryNews { me: me.id, notices: self.notices.subscribe() })
    }
}

struct MemoryNews {
    me: Uuid,
    notices: broadcast::Receiver<(Uuid, Notice)>,
}

#[async_trait]
impl PeerNews for MemoryNews {
    async fn next(&mut self) -> Result<Notice, Failure> {
        loop {
            match self.notices.recv().await {
                Ok((from, Notice::Reached(_))) if from == self.me => {}
                Ok((_, notice)) => return Ok(notice),
                Err(RecvError::Lagged(_)) => return Ok(Notice::Leases),
                Err(RecvError::Closed) => return Err(closed()),
            }
        }
    }
}
