//! The peers of a store that one process serves: in memory, but what leaders told is kept in a file, so that what an operator
//! paused stays so after a restart, as it does on a database.
//!
//! The file is written when an operator has changed something, not as projections go on. It is replaced by rename.

use std::{
    collections::BTreeMap,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use diptych_core::{
    Failure, FailureKind,
    peers::{Claim, Lease, Peer, PeerNews, Peers, Reached, Roll},
};

use crate::memory::MemoryPeers;

/// What was told last, by projection.
type Told = BTreeMap<String, String>;

/// See the page.
#[derive(Debug)]
pub(super) struct KeptPeers {
    peers: MemoryPeers,
    file: PathBuf,
    told: Mutex<Told>,
    /// One write at a time.
    writing: tokio::sync::Mutex<()>,
}

impl KeptPeers {
    /// Knows what is in the file, if there is one.
    ///
    /// # Errors
    /// [`Failure`] where it is there and cannot be read.
    pub(super) fn open(file: PathBuf) -> Result<Self, Failure> {
        let told = match std::fs::read(&file) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| {
                let text = format!("{} is damaged; without it no projection is paused", file.display());
                Failure::new(FailureKind::Unreadable, text, error)
            })?,
            Err(error) if error.kind() == ErrorKind::NotFound => Told::new(),
            Err(error) => return Err(unkept(&file, error)),
        };
        let (told, writing) = (Mutex::new(told), tokio::sync::Mutex::default());
        Ok(Self { peers: MemoryPeers::new(), file, told, writing })
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds what was told before this process, where nothing was told since.
    fn complete(&self, leases: &mut [Lease]) {
        let told = self.told();
        for lease in leases.iter_mut().filter(|lease| lease.report.is_none()) {
            lease.report = told.get(&*lease.projection).map(|report| report.as_str().into());
        }
    }

    /// Keeps what is told anew of those that this node leads.
    async fn keep(&self, claims: &[Claim]) -> Result<(), Failure> {
        let anew: Vec<_> = claims.iter().filter_map(|claim| Some((claim, claim.report.as_ref()?))).collect();
        if anew.is_empty() {
            return Ok(());
        }
        let writing = self.writing.lock().await;
        let mut told = self.told().clone();
        told.extend(anew.into_iter().map(|(claim, report)| (claim.projection.to_string(), report.clone())));
        let (file, text) = (self.file.clone(), told.clone());
        let written = tokio::task::spawn_blocking(move || write(&file, &text)).await;
        written.map_err(|error| Failure::new(FailureKind::Internal, "keeping what is paused", error))??;
        *self.told() = told;
        drop(writing);
        Ok(())
    }
}

#[async_trait]
impl Peers for KeptPeers {
    async fn beat(&self, me: &Peer, claims: &[Claim]) -> Result<Roll, Failure> {
        self.keep(claims).await?;
        let mut roll = self.peers.beat(me, claims).await?;
        self.complete(&mut roll.leases);
        Ok(roll)
    }

    /// Whoever would look cannot open the folder meanwhile.
    fn may_be_looked_at(&self) -> bool {
        false
    }

    async fn look(&self, projections: &[Arc<str>]) -> Result<Vec<Lease>, Failure> {
        let mut leases = self.peers.look(projections).await?;
        for projection in projections {
            if !leases.iter().any(|lease| lease.projection == *projection) {
                let projection = Arc::clone(projection);
                leases.push(Lease { projection, holder: None, version: 0, asked_by: None, report: None });
            }
        }
        self.complete(&mut leases);
        Ok(leases)
    }

    async fn ask(&self, me: &Peer, projection: &str) -> Result<(), Failure> {
        self.peers.ask(me, projection).await
    }

    async fn release(&self, me: &Peer, projections: &[Arc<str>]) -> Result<(), Failure> {
        self.peers.release(me, projections).await
    }

    async fn leave(&self, me: &Peer) -> Result<(), Failure> {
        self.peers.leave(me).await
    }

    async fn tell(&self, me: &Peer, reached: &[Reached]) -> Result<(), Failure> {
        self.peers.tell(me, reached).await
    }

    fn news(&self, me: &Peer) -> Box<dyn PeerNews> {
        self.peers.news(me)
    }
}

fn write(file: &Path, told: &Told) -> Result<(), Failure> {
    let wrap = |error| unkept(file, error);
    let text = serde_json::to_vec(told).map_err(|error| wrap(error.into()))?;
    let new = file.with_extension("new");
    let written = std::fs::File::create(&new).and_then(|mut open| {
        open.write_all(&text)?;
        open.sync_all()
    });
    written.and_then(|()| std::fs::rename(&new, file)).map_err(wrap)?;
    let folder = file.parent().unwrap_or_else(|| Path::new("."));
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(wrap)
}

fn unkept(file: &Path, error: std::io::Error) -> Failure {
    let text = format!("keeping what operators did in {}", file.display());
    Failure::new(FailureKind::Unavailable, text, error)
}
