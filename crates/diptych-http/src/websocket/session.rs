//! One socket, from its opening to its end.
//!
//! One task per socket reads, tells and keeps time. What waits for a slow client is bounded: a frame is sent before the
//! next change is taken from the feed, the feed holds a fixed number of changes for all sockets together, and a client
//! that falls out of it, or does not take a frame in time, is closed with 1013.

use std::{borrow::Cow, collections::VecDeque, time::Duration};

use axum::{
    Error,
    extract::ws::{CloseFrame, Message, close_code},
};
use diptych::{Node, Position};
use futures::{Sink, SinkExt, Stream, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use tokio::{
    sync::broadcast::error::RecvError,
    time::{Instant, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    frame,
    subscribe::{LONGEST, Wish},
    visible::{self, Told},
};
use crate::{
    Thing,
    feed::{Change, Changes, REMEMBERED},
};

/// How long a client may take for one frame.
const PATIENCE: Duration = Duration::from_secs(5);
/// After so much silence of the client it is pinged, and after as much again it is taken for gone.
const SILENCE: Duration = Duration::from_secs(30);
/// How long the closing may take.
const FAREWELL: Duration = Duration::from_secs(1);
/// The most bytes that a closing frame has for its reason.
const REASON: usize = 123;
/// How many changes wait for the time at which a client that has not subscribed is told.
const WAITING: usize = 4_096;

/// What a session needs of a socket.
pub(super) trait Socket:
    Stream<Item = Result<Message, Error>> + Sink<Message, Error = Error> + Unpin + Send
{
}

impl<S> Socket for S where
    S: Stream<Item = Result<Message, Error>> + Sink<Message, Error = Error> + Unpin + Send
{
}

/// Why a session ended.
enum End {
    /// The client closed it, or is gone.
    Left,
    /// We close it.
    Close(u16, Cow<'static, str>),
}

const TOO_SLOW: End = End::Close(close_code::AGAIN, Cow::Borrowed("the client reads too slowly"));
const GOING: End = End::Close(close_code::AWAY, Cow::Borrowed("the server stops"));

fn refused(reason: impl Into<Cow<'static, str>>) -> End {
    End::Close(close_code::POLICY, reason.into())
}

/// What a client has subscribed to, and for each kind of thing up to where it was told so far.
struct Subscribed {
    wish: Wish,
    told: Vec<Position>,
}

impl Subscribed {
    fn wants(&self, change: &Change) -> bool {
        let Wish { things, correlation_id } = &self.wish;
        let kind = things.iter().position(|thing| thing.category() == change.thing.category());
        kind.is_some_and(|kind| match correlation_id {
            None => true,
            Some(id) => *id == change.correlation_id && change.position > self.told[kind],
        })
    }
}

/// What happens next.
enum Next {
    Heard(Option<Result<Message, Error>>),
    Changed(Result<Change, RecvError>),
    /// A change that the feed does not tell has become visible.
    Owed(Change),
    /// The oldest change that waits has waited long enough.
    Due,
    Silence,
}

/// One socket.
pub(super) struct Session {
    node: Node,
    stopping: CancellationToken,
    things: Vec<Thing>,
    changes: Changes,
    subscribed: Option<Subscribed>,
    /// For a client that has not subscribed: changes that it is told of [`REMEMBERED`] after they were made.
    waiting: VecDeque<Change>,
    owed: FuturesUnordered<BoxFuture<'static, Change>>,
    heard: Instant,
    pinged: bool,
}

impl Session {
    /// A session that tells of these kinds of things; `recent` and `changes` were taken together from the feed.
    pub(super) fn new(
        node: Node,
        stopping: CancellationToken,
        things: Vec<Thing>,
        recent: Vec<Change>,
        changes: Changes,
    ) -> Self {
        let mut session = Self {
            node,
            stopping,
            things,
            changes,
            subscribed: None,
            waiting: VecDeque::new(),
            owed: FuturesUnordered::new(),
            heard: Instant::now(),
            pinged: false,
        };
        session.waiting = recent.into_iter().filter(|change| session.has(change)).collect();
        session
    }

    fn has(&self, change: &Change) -> bool {
        self.things.iter().any(|thing| thing.category() == change.thing.category())
    }

    /// Runs to the end of the socket.
    pub(super) async fn run(mut self, mut socket: impl Socket) {
        self.heard = Instant::now();
        let stopping = self.stopping.clone();
        let end = tokio::select! {
            end = self.talk(&mut socket) => end,
            () = stopping.cancelled() => GOING,
        };
        if timeout(FAREWELL, take_leave(&mut socket, end)).await.is_err() {
            tracing::debug!("a socket is dropped before its closing was answered");
        }
    }

    async fn talk(&mut self, socket: &mut impl Socket) -> End {
        loop {
            let next = self.next(socket).await;
            if let Err(end) = self.act(next, socket).await {
                return end;
            }
        }
    }

    async fn next(&mut self, socket: &mut impl Socket) -> Next {
        let due = self.waiting.front().map(|change| change.at + REMEMBERED);
        let silence = self.heard + if self.pinged { SILENCE * 2 } else { SILENCE };
        let has_room = self.waiting.len() < WAITING;
        tokio::select! {
            message = socket.next() => Next::Heard(message),
            change = self.changes.next(), if has_room => Next::Changed(change),
            Some(change) = self.owed.next() => Next::Owed(change),
            () = sleep_until(due.unwrap_or(silence)), if due.is_some() => Next::Due,
            () = sleep_until(silence) => Next::Silence,
        }
    }

    async fn act(&mut self, next: Next, socket: &mut impl Socket) -> Result<(), End> {
        match next {
            Next::Heard(message) => self.heard(message, socket).await,
            Next::Changed(Ok(change)) => match &self.subscribed {
                Some(subscribed) if subscribed.wants(&change) => tell(socket, &change).await,
                None if self.has(&change) => {
                    self.waiting.push_back(change);
                    Ok(())
                }
                Some(_) | None => Ok(()),
            },
            Next::Changed(Err(RecvError::Lagged(_))) => Err(TOO_SLOW),
            Next::Changed(Err(RecvError::Closed)) => Err(GOING),
            Next::Owed(change) => tell(socket, &change).await,
            Next::Due => match self.waiting.pop_front() {
                Some(change) => tell(socket, &change).await,
                None => Ok(()),
            },
            Next::Silence if self.pinged => Err(End::Left),
            Next::Silence => {
                self.pinged = true;
                send(socket, Message::Ping(bytes::Bytes::new())).await
            }
        }
    }

    async fn heard(
        &mut self,
        message: Option<Result<Message, Error>>,
        socket: &mut impl Socket,
    ) -> Result<(), End> {
        (self.heard, self.pinged) = (Instant::now(), false);
        match message {
            Some(Ok(Message::Text(text))) => {
                let wish = Wish::parse(&text, &self.things).map_err(refused)?;
                self.subscribe(wish, socket).await
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Binary(_))) => Err(refused("binary messages are not taken")),
            Some(Ok(Message::Close(_))) | None => Err(End::Left),
            Some(Err(error)) => {
                tracing::debug!(%error, "a socket cannot be read");
                Err(refused(format!("only messages of text of at most {LONGEST} bytes are taken")))
            }
        }
    }

    /// Replaces what was subscribed to before.
    async fn subscribe(&mut self, wish: Wish, socket: &mut impl Socket) -> Result<(), End> {
        self.owed.clear();
        // The feed is followed already: what is not visible yet at these places will be told by it.
        let told: Vec<_> = wish.things.iter().map(|thing| visible::filled(&self.node, thing)).collect();
        send(socket, frame::subscribed(told.iter().max().copied().unwrap_or_default())).await?;
        let subscribed = Subscribed { wish, told };
        self.tell_visible(&subscribed, socket).await?;
        for change in std::mem::take(&mut self.waiting).into_iter().filter(|change| subscribed.wants(change))
        {
            tell(socket, &change).await?;
        }
        self.subscribed = Some(subscribed);
        Ok(())
    }

    /// Tells what is visible already of the conversation that was asked for.
    async fn tell_visible(&mut self, subscribed: &Subscribed, socket: &mut impl Socket) -> Result<(), End> {
        let Wish { things, correlation_id } = &subscribed.wish;
        let Some(id) = correlation_id else { return Ok(()) };
        let broken = |failure: diptych::Failure| {
            tracing::error!(error = failure.chain(), "a conversation cannot be looked up");
            End::Close(close_code::ERROR, Cow::Borrowed("the conversation cannot be looked up"))
        };
        let Some(known) = self.node.correlation(id).await.map_err(broken)? else { return Ok(()) };
        for (thing, filled) in things.iter().zip(&subscribed.told) {
            for touched in visible::touched(&known, thing) {
                let told = visible::told(&self.node, thing, touched, (id, &known), *filled).await;
                match told.map_err(broken)? {
                    Told::Now(change) => tell(socket, &change).await?,
                    Told::Once(change) => self.owe(change),
                    Told::ByFeed => {}
                }
            }
        }
        Ok(())
    }

    fn owe(&self, change: Change) {
        let node = self.node.clone();
        self.owed.push(Box::pin(async move {
            for name in change.thing.projections(&node) {
                let mut mark = node.watermarks().watch(name);
                if mark.wait_for(|at| *at >= change.position).await.is_err() {
                    // The node is gone, and this socket with it.
                    std::future::pending::<()>().await;
                }
            }
            change
        }));
    }
}

async fn tell(socket: &mut impl Socket, change: &Change) -> Result<(), End> {
    send(socket, frame::updated(change)).await
}

async fn send(socket: &mut impl Socket, message: Message) -> Result<(), End> {
    match timeout(PATIENCE, socket.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a socket was lost");
            Err(End::Left)
        }
        Err(_) => Err(TOO_SLOW),
    }
}

/// Closes the socket. What the client still sends is read and thrown away, since closing a connection with unread bytes
/// would take the last frame back from it.
async fn take_leave(socket: &mut impl Socket, end: End) {
    let closed = match end {
        End::Left => socket.close().await,
        End::Close(code, reason) => {
            let reason = reason.get(..reason.floor_char_boundary(REASON)).unwrap_or_default();
            socket.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await
        }
    };
    if let Err(error) = closed {
        tracing::trace!(%error, "a socket was lost before it was closed");
        return;
    }
    while let Some(Ok(_)) = socket.next().await {}
}
