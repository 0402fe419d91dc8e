//! Which projections this node runs, where several nodes share a store.
//!
//! At every beat the node renews the leases it holds and takes free ones, up to its share, so that projections spread over the
//! nodes; what nobody else takes within a beat it takes too. It hands over what others ask for. Read [`Peers`] first.
//!
//! Invariant: a supervisor leads here only while the last beat said so, and stands down where no beat has succeeded for as long as a
//! lease holds. A node that was stopped for longer, and does not know it yet, is fenced off by the epoch of the checkpoint.

mod share;
mod tell;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use diptych_core::{
    Failure, FailureKind,
    model::Reach,
    peers::{BEAT, Claim, LEASE, Lease, Peer, Peers},
};
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

use super::supervisor::Supervisor;
use crate::{node::Attends, watermark::Watermarks};
use share::Share;

/// How long an operator's request waits for another node to hand a projection over. One that is dead loses it earlier.
const HAND_OVER: Duration = Duration::from_secs(10);
/// How long a node waits at its start for engines that are not the store's own. Without them it starts too.
const BEGIN_APART: Duration = Duration::from_secs(3);
/// How long a node waits at its start for the rows of projections that others run.
const BEGIN: Duration = Duration::from_secs(30);

/// A node that is alone tells what it runs with every so many beats.
const TELL: u32 = 4;

/// See the page.
pub(crate) struct Leadership {
    peers: Arc<dyn Peers>,
    me: Peer,
    supervisors: Arc<HashMap<String, Arc<Supervisor>>>,
    watermarks: Arc<Watermarks>,
    /// It is time to beat.
    now: Notify,
    /// Something is to be told at the next beat, though nobody else may be there to hear it.
    changed: AtomicBool,
    /// The last beat that succeeded, and how many nodes it counted.
    last: watch::Sender<(Instant, usize)>,
    share: Mutex<Share>,
    beats: AtomicU32,
    attends: Attends,
    /// One beat at a time.
    beating: tokio::sync::Mutex<()>,
}

impl Leadership {
    /// Of these supervisors; leads nothing yet.
    pub(crate) fn new(
        peers: Arc<dyn Peers>,
        me: Peer,
        supervisors: Arc<HashMap<String, Arc<Supervisor>>>,
        watermarks: Arc<Watermarks>,
        attends: Attends,
    ) -> Self {
        let last = watch::Sender::new((Instant::now(), 1));
        Self {
            peers,
            me,
            supervisors,
            watermarks,
            now: Notify::new(),
            changed: AtomicBool::new(true),
            last,
            share: Mutex::default(),
            beats: AtomicU32::new(0),
            attends,
            beating: tokio::sync::Mutex::new(()),
        }
    }

    /// Makes itself known, takes its share, and waits until every projection can be read.
    ///
    /// # Errors
    /// The first that could not be opened, or has no rows though another node runs it.
    pub(crate) async fn begin(&self) -> Result<(), Failure> {
        if self.attends == Attends::Looks {
            return self.look().await;
        }
        let begun = Instant::now();
        let deadline = begun + BEGIN;
        // The first only looks, so that a node that joins others takes no more than its share.
        self.beat().await?;
        loop {
            self.beat().await?;
            let Some(waiting) = self.supervisors.values().find(|it| is_waited_for(it, begun)) else {
                return Ok(());
            };
            if Instant::now() > deadline {
                let text = format!("{} has no rows, and the node that runs it makes none", waiting.name());
                return Err(Failure::plain(FailureKind::Unavailable, text));
            }
            self.until_next().await;
        }
    }

    /// Knows what the nodes that run projections tell, without being one of them, while this one only looks.
    ///
    /// # Errors
    /// [`Failure`] where the store or an engine cannot be reached.
    pub(crate) async fn look(&self) -> Result<(), Failure> {
        if self.attends == Attends::Runs || self.leads_any() {
            return Ok(());
        }
        let names: Vec<Arc<str>> = self.shared().map(|supervisor| supervisor.name().into()).collect();
        let leases = self.peers.look(&names).await?;
        for supervisor in self.shared() {
            let lease = leases.iter().find(|lease| *lease.projection == *supervisor.name());
            let holder = lease.and_then(|lease| lease.holder.as_ref());
            supervisor.follow(lease.and_then(|lease| lease.report.as_deref())).await?;
            supervisor.is_held(holder.map(|holder| &*holder.label)).await;
        }
        Ok(())
    }

    fn leads_any(&self) -> bool {
        self.supervisors.values().any(|supervisor| supervisor.leads().is_some())
    }

    /// Beats for ever; a node that only looks, while it runs what an operator has acted on.
    pub(crate) async fn run(&self) {
        loop {
            self.until_next().await;
            if self.attends == Attends::Looks && !self.leads_any() {
                continue;
            }
            if let Err(failure) = self.beat().await {
                tracing::warn!(error = failure.chain(), "this node could not speak to the others");
                self.stand_down_if_lapsed().await;
            }
        }
    }

    async fn until_next(&self) {
        tokio::select! {
            () = self.now.notified() => {}
            () = tokio::time::sleep(BEAT) => {}
        }
    }

    /// Makes this node the one that runs a projection.
    ///
    /// # Errors
    /// [`Failure`] where the node that runs it does not hand it over.
    pub(crate) async fn take(&self, supervisor: &Supervisor) -> Result<(), Failure> {
        if supervisor.leads().is_some() {
            return Ok(());
        }
        if supervisor.reach() == Reach::Node {
            let text =
                format!("{} is run by every node for itself, and not by this one yet", supervisor.name());
            return Err(Failure::plain(FailureKind::Unavailable, text));
        }
        let deadline = Instant::now() + HAND_OVER;
        self.share().insist(supervisor.name());
        while Instant::now() < deadline {
            self.peers.ask(&self.me, supervisor.name()).await?;
            self.beat().await?;
            if supervisor.leads().is_some() {
                return Ok(());
            }
            self.until_next().await;
        }
        self.share().give_in(supervisor.name());
        let text = format!(
            "{} is run by another node, which has not handed it over in {} s",
            supervisor.name(),
            HAND_OVER.as_secs()
        );
        Err(Failure::plain(FailureKind::Unavailable, text))
    }

    /// An operator has changed something: it is told, and kept, before this answers.
    pub(crate) async fn tell_now(&self) {
        self.changed.store(true, Ordering::Release);
        if let Err(failure) = self.beat().await {
            tracing::warn!(error = failure.chain(), "what an operator did is told with a later beat");
            self.now.notify_one();
        }
    }

    /// Stops every runner and tells the others that this node goes.
    pub(crate) async fn end(&self) {
        let beating = self.beating.lock().await;
        for supervisor in self.supervisors.values() {
            supervisor.stand_down().await;
        }
        if let Err(failure) = self.peers.leave(&self.me).await {
            tracing::warn!(
                error = failure.chain(),
                "the other nodes will find out by themselves that this one went"
            );
        }
        drop(beating);
    }

    fn share(&self) -> MutexGuard<'_, Share> {
        self.share.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wants(&self, projection: &str) -> bool {
        let share = self.share();
        match self.attends {
            Attends::Runs => share.wants(projection),
            Attends::Looks => share.insists(projection),
        }
    }

    /// A node that is alone tells now and then, for those who only look.
    fn is_time_to_tell(&self) -> bool {
        let beats = self.beats.fetch_add(1, Ordering::Relaxed);
        self.peers.may_be_looked_at() && beats.is_multiple_of(TELL)
    }

    async fn claims(&self) -> Vec<Claim> {
        let (_, peers) = *self.last.borrow();
        let telling = self.changed.swap(false, Ordering::AcqRel) || peers > 1 || self.is_time_to_tell();
        let mut claims = Vec::with_capacity(self.supervisors.len());
        for supervisor in self.shared() {
            let wanted = supervisor.leads().is_some() || self.wants(supervisor.name());
            claims.push(Claim {
                projection: supervisor.name().into(),
                version: supervisor.version(),
                wanted,
                report: if telling { supervisor.report().await } else { None },
            });
        }
        claims
    }

    /// One beat, and what follows from it. One projection that cannot be opened holds up no other; its failure is answered.
    async fn beat(&self) -> Result<(), Failure> {
        let beating = self.beating.lock().await;
        let begun = Instant::now();
        let roll = self.peers.beat(&self.me, &self.claims().await).await?;
        self.last.send_replace((begun, roll.peers));
        let mut settled = Ok(());
        for lease in &roll.leases {
            settled = settled.and(self.settle(lease).await);
        }
        self.run_own().await;
        let over = {
            let mut share = self.share();
            let versions = self.shared().map(|it| (it.name(), it.version()));
            share.learn(versions, &self.me, &roll);
            share.over()
        };
        if let Some(one_too_many) = over {
            tracing::info!(projection = &*one_too_many, peers = roll.peers, "left to another node");
            self.hand_over(&one_too_many).await?;
        }
        drop(beating);
        settled
    }

    /// Those that one node runs for all.
    fn shared(&self) -> impl Iterator<Item = &Arc<Supervisor>> {
        self.supervisors.values().filter(|supervisor| supervisor.reach() != Reach::Node)
    }

    /// Runs those that every node runs for itself.
    async fn run_own(&self) {
        let own = self.supervisors.values().filter(|supervisor| supervisor.reach() == Reach::Node);
        for supervisor in own.filter(|_| self.attends == Attends::Runs) {
            match supervisor.leads() {
                Some(_) => supervisor.revive().await,
                None => supervisor.lead_when_it_can(None),
            }
        }
    }

    async fn settle(&self, lease: &Lease) -> Result<(), Failure> {
        let Some(supervisor) = self.supervisors.get(&*lease.projection) else { return Ok(()) };
        match &lease.holder {
            Some(holder) if *holder == self.me => match lease.asked_by {
                Some(other) if other != self.me.id => self.hand_over(&lease.projection).await,
                Some(_) | None => self.lead(supervisor, lease).await,
            },
            holder => {
                if holder.is_some() && lease.version < supervisor.version() {
                    self.peers.ask(&self.me, supervisor.name()).await?;
                    self.share().insist(supervisor.name());
                }
                if supervisor.leads().is_some() {
                    tracing::warn!(projection = supervisor.name(), "another node runs it now");
                    supervisor.stand_down().await;
                }
                supervisor.follow(lease.report.as_deref()).await
            }
        }
    }

    async fn lead(&self, supervisor: &Arc<Supervisor>, lease: &Lease) -> Result<(), Failure> {
        if supervisor.leads().is_some() {
            supervisor.revive().await;
            return Ok(());
        }
        if supervisor.reach() != Reach::Store {
            supervisor.lead_when_it_can(lease.report.as_deref());
            return Ok(());
        }
        let led = supervisor.lead(lease.report.as_deref()).await;
        if led.is_err() {
            self.peers.release(&self.me, std::slice::from_ref(&lease.projection)).await?;
        }
        led
    }

    async fn hand_over(&self, projection: &Arc<str>) -> Result<(), Failure> {
        if let Some(supervisor) = self.supervisors.get(&**projection) {
            step_back(supervisor).await?;
        }
        self.peers.release(&self.me, std::slice::from_ref(projection)).await
    }

    /// Without a beat for as long as a lease holds, others may have taken over.
    async fn stand_down_if_lapsed(&self) {
        let (last, _) = *self.last.borrow();
        if last.elapsed() < LEASE {
            return;
        }
        for supervisor in self.shared().filter(|supervisor| supervisor.leads().is_some()) {
            if let Err(failure) = step_back(supervisor).await {
                tracing::debug!(
                    projection = supervisor.name(),
                    error = failure.chain(),
                    "cannot be followed"
                );
            }
        }
    }
}

/// Whether a start waits for its rows: those of an engine that is not the store's own are waited for until it is known to be away,
/// and not for long.
fn is_waited_for(supervisor: &Supervisor, begun: Instant) -> bool {
    let is_patient = match supervisor.reach() {
        Reach::Store => true,
        Reach::Apart | Reach::Node => supervisor.away().is_none() && begun.elapsed() < BEGIN_APART,
    };
    supervisor.reads().is_none() && is_patient
}

/// Stops the runners, and follows from where they stood as they told it last.
async fn step_back(supervisor: &Arc<Supervisor>) -> Result<(), Failure> {
    let report = supervisor.report().await;
    supervisor.stand_down().await;
    supervisor.follow(report.as_deref()).await
}
