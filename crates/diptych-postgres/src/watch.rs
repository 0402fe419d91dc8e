//! Tells of news: each watch follows one value, the head, which this handle's own commits and notifications of others move.
//!
//! One connection listens. Where it is lost it is made again with back-off, and the head is read from the log, since what was
//! notified meanwhile is gone. It is read after every `poll` too, which bounds how late news is where no notification
//! comes: behind a pooler that loses LISTEN, or while the server cannot be listened to.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use backon::{BackoffBuilder, ExponentialBuilder};
use diptych_core::{Failure, Position, peers::Notice, store::HeadWatch};
use futures::future::poll_fn;
use tokio::sync::{broadcast, mpsc, watch};
use tokio_postgres::AsyncMessage;

use crate::{
    failure::closed,
    peers::{self, Heard},
    pool::Database,
    read,
    server::{ConnectError, Server, Silent},
};

/// What all watches follow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct News {
    /// The last position that this handle knows to be committed.
    pub(crate) head: Position,
    /// Whether the store takes appends.
    pub(crate) open: bool,
}

/// Moves the news.
pub(crate) type Teller = Arc<watch::Sender<News>>;

/// Both ends, with nothing known yet.
pub(crate) fn news() -> (watch::Receiver<News>, Teller) {
    let (sender, receiver) = watch::channel(News { head: Position::START, open: true });
    (receiver, Arc::new(sender))
}

/// The head is at least here.
pub(crate) fn tell(news: &watch::Sender<News>, head: Position) {
    news.send_if_modified(|news| {
        let moves = head > news.head;
        if moves {
            news.head = head;
        }
        moves
    });
}

/// One watch.
#[derive(Debug)]
pub(crate) struct PostgresWatch(pub(crate) watch::Receiver<News>);

#[async_trait]
impl HeadWatch for PostgresWatch {
    async fn past(&mut self, position: Position) -> Result<Position, Failure> {
        match self.0.wait_for(|news| !news.open || news.head > position).await {
            Ok(news) if news.open => Ok(news.head),
            // The store was closed, or its handle is gone and the news with it.
            Ok(_) | Err(_) => Err(closed()),
        }
    }
}

/// Starts the task that listens. It ends when the store is closed, or nobody follows the news any more.
pub(crate) fn follow(listener: Listener) {
    tokio::spawn(async move {
        let mut ended = listener.news.subscribe();
        tokio::select! {
            () = listen_for_ever(&listener) => {}
            _ = ended.wait_for(|news| !news.open) => {}
        }
    });
}

/// What listening needs.
pub(crate) struct Listener {
    pub(crate) server: Server,
    pub(crate) database: Database,
    pub(crate) news: Teller,
    /// What is heard of other nodes goes here.
    pub(crate) peers: broadcast::Sender<Heard>,
    pub(crate) poll: Duration,
}

async fn listen_for_ever(listener: &Listener) {
    let poll = listener.poll;
    let waits =
        || ExponentialBuilder::default().with_max_delay(poll).with_jitter().without_max_times().build();
    let mut pauses = waits();
    loop {
        let Err(error) = listen(listener, &mut || pauses = waits()).await else {
            continue;
        };
        tracing::warn!(%error, "news of the log cannot be listened for; it is tried again");
        let pause = pauses.next().unwrap_or(poll);
        tokio::time::sleep(pause).await;
        refresh(&listener.database, &listener.news).await;
    }
}

/// Listens until the connection is lost.
async fn listen(listener: &Listener, listening: &mut impl FnMut()) -> Result<(), ConnectError> {
    let Listener { server, database, news, peers, poll } = listener;
    let told_of_peers = |heard: Vec<Heard>| {
        for heard in heard {
            // Nobody may be listening.
            drop(peers.send(heard));
        }
    };
    let (client, mut line) = server.connect().await?;
    let (heads, mut told) = mpsc::unbounded_channel();
    let moved = async move {
        while let Some(message) = poll_fn(|cx| line.poll_message(cx)).await {
            let AsyncMessage::Notification(notification) = message? else { continue };
            if notification.channel().ends_with("_peers") {
                told_of_peers(peers::heard(notification.payload()));
            } else if heads.send(notification.payload().parse::<u64>().ok()).is_err() {
                break;
            }
        }
        Ok::<_, ConnectError>(())
    };
    let heard = async {
        let listen = database.schema.sql("LISTEN diptych_{schema}; LISTEN diptych_{schema}_peers");
        answered(server, client.batch_execute(&listen)).await?;
        listening();
        // What other nodes told meanwhile is gone.
        told_of_peers(vec![(None, Notice::Leases)]);
        refresh(database, news).await;
        loop {
            match tokio::time::timeout(*poll, told.recv()).await {
                Ok(Some(Some(head))) => tell(news, Position::new(head)),
                Ok(None) => return Ok(()),
                Ok(Some(None)) => refresh(database, news).await,
                Err(_) => {
                    refresh(database, news).await;
                    // A line that nobody speaks on may have been cut without a word.
                    answered(server, client.batch_execute("")).await?;
                }
            }
        }
    };
    tokio::select! {
        ended = moved => ended,
        ended = heard => ended,
    }
}

async fn answered(
    server: &Server,
    answer: impl Future<Output = Result<(), tokio_postgres::Error>>,
) -> Result<(), ConnectError> {
    let answer = tokio::time::timeout(server.patience, answer).await;
    Ok(answer.map_err(|_| Silent(server.patience))??)
}

/// Reads the head from the log.
async fn refresh(database: &Database, news: &watch::Sender<News>) {
    match read::head(database).await {
        Ok(head) => tell(news, head),
        Err(failure) => tracing::debug!(failure = failure.chain(), "the head could not be read"),
    }
}
