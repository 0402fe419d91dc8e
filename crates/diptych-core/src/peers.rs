//! The port to the other nodes on the same store: who runs which projection, how far it has come, and what is asked of whom.
//!
//! A projection is run by one node at a time, which holds its *lease*. A lease is renewed by [`Peers::beat`] and lapses when its
//! holder has not beaten for [`LEASE`], so another node takes over. Leases only save work: what keeps two nodes from writing the
//! same rows is the epoch of the checkpoint ([`ReadModel::take_over`](crate::model::ReadModel::take_over)).
//!
//! `MemoryPeers` of the `diptych` crate is the reference.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use uuid::Uuid;

use crate::{failure::Failure, model::Generation, position::Position};

/// How long a lease holds without a beat, by the clock of the store.
pub const LEASE: Duration = Duration::from_secs(3);
/// How often a node beats: a lapsed lease is taken at the latest after [`LEASE`] and one of these.
pub const BEAT: Duration = Duration::from_millis(500);

/// A node, as the others know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Drawn at its start.
    pub id: Uuid,
    /// For people: which process on which machine.
    pub label: Arc<str>,
}

/// What a node says of one projection at a beat.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Which.
    pub projection: Arc<str>,
    /// The version of its rows that this node would run.
    pub version: u32,
    /// Whether this node takes the lease if it is free. One that it holds is renewed in any case.
    pub wanted: bool,
    /// What it tells others of the run, if it holds the lease.
    pub report: Option<String>,
}

/// What is known of one projection's lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Which.
    pub projection: Arc<str>,
    /// Who runs it; none if nobody does.
    pub holder: Option<Peer>,
    /// The version that the last holder ran.
    pub version: u32,
    /// Who asked for it to be handed over, and still waits.
    pub asked_by: Option<Uuid>,
    /// What the last holder told of it.
    pub report: Option<Arc<str>>,
}

/// What a beat answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roll {
    /// How many nodes have beaten lately, this one too.
    pub peers: usize,
    /// The lease of each projection that was claimed and has one.
    pub leases: Vec<Lease>,
}

/// How far one generation has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// The projection.
    pub projection: Arc<str>,
    /// The generation that its holder holds for the live one.
    pub generation: Generation,
    /// Its watermark.
    pub position: Position,
}

/// What one node hears of the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A run of another node has come so far.
    Reached(Reached),
    /// Leases have changed or were asked for, or notices were lost: it is time to beat.
    Leases,
}

/// Speaks to the other nodes on the same store.
#[async_trait]
pub trait Peers: Send + Sync + fmt::Debug {
    /// Says that this node lives, renews the leases it holds, and takes those that it wants and that are free: never held, lapsed
    /// or released, and not asked for by another node that still waits.
    ///
    /// # Errors
    /// [`Failure`] where the store cannot be reached; what was held lapses after [`LEASE`].
    async fn beat(&self, me: &Peer, claims: &[Claim]) -> Result<Roll, Failure>;

    /// Looks at leases without being counted among the nodes.
    ///
    /// # Errors
    /// [`Failure`] where the store cannot be reached.
    async fn look(&self, projections: &[Arc<str>]) -> Result<Vec<Lease>, Failure>;

    /// Whether nodes that are not counted may look, so that it is worth telling them something.
    fn may_be_looked_at(&self) -> bool {
        true
    }

    /// Asks whoever runs this projection to hand it over. For [`LEASE`] from now nobody else takes it.
    ///
    /// # Errors
    /// [`Failure`] where the store cannot be reached.
    async fn ask(&self, me: &Peer, projection: &str) -> Result<(), Failure>;

    /// Lets go of the leases that this node holds on these projections. What it told of them stays.
    ///
    /// # Errors
    /// [`Failure`] where the store cannot be reached; they lapse.
    async fn release(&self, me: &Peer, projections: &[Arc<str>]) -> Result<(), Failure>;

    /// Lets go of all leases and is no longer counted.
    ///
    /// # Errors
    /// [`Failure`] where the store cannot be reached; they lapse.
    async fn leave(&self, me: &Peer) -> Result<(), Failure>;

    /// Tells the others how far runs have come. It is a hint: it may be lost, and is told again in reports.
    ///
    /// # Errors
    /// [`Failure`] where the store cannot be reached.
    async fn tell(&self, me: &Peer, reached: &[Reached]) -> Result<(), Failure>;

    /// Hears what others tell from now on. A node hears its own changes of leases too, but not how far it has come itself.
    fn news(&self, me: &Peer) -> Box<dyn PeerNews>;
}

/// Hears what other nodes tell.
#[async_trait]
pub trait PeerNews: Send {
    /// The next notice. Safe to drop and call again.
    ///
    /// # Errors
    /// [`Failure`] once there can be no more, since the store was closed.
    async fn next(&mut self) -> Result<Notice, Failure>;
}
