//! Facts about one socket that take a clock, or a client that does not read.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{Error, extract::ws::Message};
use diptych::{App, CorrelationId, Node, Position, Shown};
use futures::{Sink, Stream};
use tokio::{sync::mpsc, time::Instant};
use tokio_util::sync::CancellationToken;

use super::session::Session;
use crate::{
    Thing,
    feed::{Change, Feed},
};

/// A client that reads or does not, and says nothing but pongs.
struct Client {
    reads: bool,
    answers_pings: bool,
    frames: mpsc::UnboundedSender<(Message, Instant)>,
    pongs: VecDeque<Message>,
}

impl Stream for Client {
    type Item = Result<Message, Error>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.pongs.pop_front().map_or(Poll::Pending, |pong| Poll::Ready(Some(Ok(pong))))
    }
}

impl Sink<Message> for Client {
    type Error = Error;

    fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), Error> {
        if matches!(message, Message::Ping(_)) && self.answers_pings {
            self.pongs.push_back(Message::Pong(bytes::Bytes::new()));
        }
        // A test that has seen enough may be gone.
        self.frames.send((message, Instant::now())).ok();
        Ok(())
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if self.reads { Poll::Ready(Ok(())) } else { Poll::Pending }
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll_flush(cx)
    }
}

#[derive(serde::Serialize, schemars::JsonSchema)]
struct View {}

struct GetView;

impl diptych::Query for GetView {
    const NAME: &'static str = "GetView";
    type Answer = Option<Shown<View>>;
}

fn thing() -> Thing {
    Thing::new("account", "/api/accounts/{id}", "accountId", "AccountViewUpdated", |_: diptych::Id| GetView)
}

struct Opened {
    feed: Feed,
    frames: mpsc::UnboundedReceiver<(Message, Instant)>,
    session: tokio::task::JoinHandle<()>,
}

struct Bank {
    node: Node,
    feed: Feed,
    stopping: CancellationToken,
}

impl Bank {
    async fn start() -> Self {
        let node = App::open("memory:").unwrap().start().await.unwrap();
        // From here on nothing but the sockets keeps time.
        tokio::time::pause();
        let stopping = CancellationToken::new();
        let feed = Feed::start(&node, &[], &stopping);
        Self { node, feed, stopping }
    }

    fn open(self, reads: bool, answers_pings: bool) -> Opened {
        let Self { node, feed, stopping } = self;
        let (recent, changes) = feed.follow_with_recent();
        let (sender, frames) = mpsc::unbounded_channel();
        let client = Client { reads, answers_pings, frames: sender, pongs: VecDeque::new() };
        let session = Session::new(node, stopping, vec![thing()], recent, changes);
        Opened { feed, frames, session: tokio::spawn(session.run(client)) }
    }
}

async fn open(reads: bool, answers_pings: bool) -> Opened {
    Bank::start().await.open(reads, answers_pings)
}

fn change(position: u64) -> Change {
    Change {
        thing: thing(),
        id: Arc::from("A-1"),
        position: Position::new(position),
        correlation_id: CorrelationId::new("C-1").unwrap(),
        at: Instant::now(),
    }
}

#[tokio::test]
async fn one_that_has_not_subscribed_is_told_after_100_ms() {
    let mut opened = open(true, true).await;
    let begun = Instant::now();
    opened.feed.publish(change(1));
    let (message, at) = opened.frames.recv().await.unwrap();
    assert!((100..105).contains(&at.duration_since(begun).as_millis()));
    let text = r#"{"type":"AccountViewUpdated","correlationId":"C-1","accountId":"A-1","position":1}"#;
    assert_eq!(message, Message::text(text));
}

#[tokio::test]
async fn one_that_opens_late_is_told_of_the_last_100_ms() {
    let bank = Bank::start().await;
    bank.feed.publish(change(1));
    tokio::time::advance(Duration::from_millis(60)).await;
    bank.feed.publish(change(2));
    tokio::time::advance(Duration::from_millis(60)).await;
    let mut opened = bank.open(true, true);
    opened.feed.publish(change(3));
    for position in [2, 3] {
        let (message, _) = opened.frames.recv().await.unwrap();
        assert!(message.to_text().unwrap().contains(&format!("\"position\":{position}")), "{message:?}");
    }
}

#[tokio::test]
async fn a_client_that_does_not_take_a_frame_is_dropped() {
    let mut opened = open(false, true).await;
    let begun = Instant::now();
    opened.feed.publish(change(1));
    opened.session.await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(7));
    assert!(matches!(opened.frames.recv().await, Some((Message::Text(_), _))));
    let Some((Message::Close(Some(frame)), _)) = opened.frames.recv().await else { panic!() };
    assert_eq!(frame.code, 1013);
}

#[tokio::test]
async fn a_client_that_falls_out_of_the_feed_is_closed() {
    let mut opened = open(true, true).await;
    for position in 1..=20_000 {
        opened.feed.publish(change(position));
    }
    let mut told = 0;
    loop {
        match opened.frames.recv().await {
            Some((Message::Close(Some(frame)), _)) => {
                assert_eq!(frame.code, 1013);
                break;
            }
            Some(_) => told += 1,
            None => panic!("it was dropped without a word"),
        }
    }
    assert!(told < 20_000);
}

#[tokio::test]
async fn silence_is_answered_with_a_ping_and_then_with_the_end() {
    let mut opened = open(true, false).await;
    let begun = Instant::now();
    let (message, at) = opened.frames.recv().await.unwrap();
    assert!(matches!(message, Message::Ping(_)));
    assert_eq!(at.duration_since(begun).as_secs(), 30);
    opened.session.await.unwrap();
    assert!((60..62).contains(&begun.elapsed().as_secs()));
}

#[tokio::test]
async fn one_that_answers_pings_is_kept() {
    let mut opened = open(true, true).await;
    for _ in 0..5 {
        assert!(matches!(opened.frames.recv().await, Some((Message::Ping(_), _))));
    }
    assert!(!opened.session.is_finished());
}
