//! The task that appends: it takes what waits, writes it as a group, and goes on.

use std::{collections::HashMap, sync::Arc};

use diptych_core::{Failure, GroupSizes, InlineProjection, Position, StreamId, Tag, event::SmolStr};
use quick_cache::unsync::Cache;
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::Client;

use super::{ground::End, group::Member};
use crate::{
    failure::{closed, unconnected},
    inline::Inline,
    pool::{Database, rolled_back},
    watch::Teller,
};

/// The most members of a group.
const MEMBERS: usize = 512;
/// The most payload of a group, in bytes, unless one member alone has more.
const BYTES: usize = 8 << 20;
/// Tags whose numbers, and streams whose ends, are remembered.
const REMEMBERED: usize = 32_768;

/// Something to do.
pub(super) enum Job {
    Append(Box<Member>),
    Mount(Vec<Arc<dyn InlineProjection>>, oneshot::Sender<Result<(), Failure>>),
    Close(oneshot::Sender<Result<(), Failure>>),
}

/// What is remembered of committed transactions. Numbers of dictionaries say for ever what they say once; the ends of streams are
/// those of a log that ends with `head`.
pub(super) struct Known {
    pub(super) head: Position,
    pub(super) ends: Cache<StreamId, End>,
    pub(super) categories: HashMap<String, i64>,
    pub(super) types: HashMap<SmolStr, i64>,
    pub(super) tags: Cache<Tag, i64>,
}

/// See the page.
pub(crate) struct Writer {
    pub(crate) database: Database,
    client: Option<Arc<Client>>,
    pub(super) news: Teller,
    pub(super) known: Known,
    pub(crate) inline: Inline,
    pub(super) sizes: GroupSizes,
}

impl Writer {
    pub(super) fn new(database: Database, client: Client, news: Teller, sizes: GroupSizes) -> Self {
        let known = Known {
            head: Position::START,
            ends: Cache::new(REMEMBERED),
            categories: HashMap::new(),
            types: HashMap::new(),
            tags: Cache::new(REMEMBERED),
        };
        Self { database, client: Some(Arc::new(client)), news, known, inline: Inline::default(), sizes }
    }

    /// Runs until the store is closed or its handle is gone.
    pub(super) async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let (mut waiting, mut group) = (Vec::new(), Vec::new());
        while jobs.recv_many(&mut waiting, MEMBERS).await > 0 {
            let mut bytes = 0_usize;
            for job in waiting.drain(..) {
                match job {
                    Job::Append(member) => {
                        bytes = bytes.saturating_add(member.size());
                        group.push(*member);
                        if bytes > BYTES {
                            bytes = 0;
                            self.group(&mut group).await;
                        }
                    }
                    Job::Mount(projections, reply) => {
                        self.group(&mut group).await;
                        let mounted = self.mount(projections).await;
                        told(reply.send(mounted).is_ok());
                    }
                    Job::Close(reply) => {
                        self.group(&mut group).await;
                        jobs.close();
                        self.client = None;
                        self.news.send_modify(|news| news.open = false);
                        told(reply.send(Ok(())).is_ok());
                    }
                }
            }
            if jobs.is_closed() && !self.news.borrow().open {
                group.drain(..).for_each(|member| member.fail(closed()));
            }
            self.group(&mut group).await;
        }
        // The last handle is gone, or the store was closed: nobody waits for news any more.
        self.news.send_modify(|news| news.open = false);
    }

    /// The connection, made again where it was lost.
    ///
    /// # Errors
    /// [`Failure`] where the server cannot be reached.
    pub(crate) async fn connected(&mut self, doing: &str) -> Result<Arc<Client>, Failure> {
        if let Some(client) = self.client.as_ref().filter(|client| !client.is_closed()) {
            return Ok(Arc::clone(client));
        }
        if !self.news.borrow().open {
            return Err(closed());
        }
        let client = self.database.server.client().await.map_err(|error| unconnected(doing, error))?;
        let client = Arc::new(client);
        self.client = Some(Arc::clone(&client));
        Ok(client)
    }

    /// Nothing of the open transaction holds. A connection that cannot say so is given up, which says it too.
    pub(crate) async fn roll_back(&mut self) {
        let Some(client) = &self.client else { return };
        if !rolled_back(client, "ROLLBACK").await {
            self.client = None;
        }
    }
}

fn told(listened: bool) {
    if !listened {
        tracing::trace!("whoever asked the appender went away");
    }
}
