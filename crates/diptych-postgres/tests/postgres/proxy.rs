//! A proxy between a store and its server that does what networks do: it delays, cuts, half-closes, and swallows.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

use crate::server::Place;

/// What happens to the connections that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Pass,
    /// What is sent comes later by so long.
    Delay(Duration),
    /// Both sides are told that it has ended.
    Cut,
    /// The client is told that nothing comes any more; the server is not.
    HalfClose,
    /// Nothing comes any more, and nobody is told.
    Swallow,
}

/// What happens when a client says COMMIT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AtCommit {
    Pass,
    /// The server never hears it.
    CutBefore,
    /// The server has done it; the client never hears so.
    CutAfter,
    /// The same, and nobody is told that the connection has ended.
    SwallowAnswer,
    /// The server has done it, the client is cut, and cannot connect any more.
    CutAfterAndShut,
}

pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    state: Arc<State>,
}

struct State {
    upstream: String,
    fate: watch::Sender<Fate>,
    at_commit: Mutex<AtCommit>,
    open: watch::Sender<bool>,
    met: AtomicU64,
}

/// `host:port` of the server of the tests, or of another one by its URL.
fn upstream(url: &str) -> String {
    let place = url.split("://").nth(1).unwrap().split(['/', '?']).next().unwrap();
    place.rsplit('@').next().unwrap().to_owned()
}

impl Proxy {
    /// One before the server of the tests.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            upstream: upstream(&Place::url()),
            fate: watch::Sender::new(Fate::Pass),
            at_commit: Mutex::new(AtCommit::Pass),
            open: watch::Sender::new(true),
            met: AtomicU64::new(0),
        });
        tokio::spawn(accept(listener, Arc::clone(&state)));
        Self { address, state }
    }

    /// The URL of the server through it.
    pub(crate) fn url(&self) -> String {
        let url = Place::url();
        url.replace(&upstream(&url), &self.address.to_string())
    }

    /// Decides on the connections that there are; those that come are passed.
    pub(crate) fn decide(&self, fate: Fate) {
        self.state.fate.send_replace(fate);
    }

    /// What happens at the next COMMIT, once.
    pub(crate) fn at_commit(&self, what: AtCommit) {
        *self.state.at_commit.lock().unwrap() = what;
    }

    /// Whether connections are taken.
    pub(crate) fn open(&self, open: bool) {
        self.state.open.send_replace(open);
    }

    /// How many connections have met another fate than to be passed.
    pub(crate) fn met(&self) -> u64 {
        self.state.met.load(Ordering::Relaxed)
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    while let Ok((client, _)) = listener.accept().await {
        if !*state.open.borrow() {
            continue;
        }
        let Ok(server) = TcpStream::connect(&state.upstream).await else { continue };
        client.set_nodelay(true).unwrap();
        server.set_nodelay(true).unwrap();
        tokio::spawn(carry(client, server, Arc::clone(&state)));
    }
}

async fn carry(client: TcpStream, server: TcpStream, state: Arc<State>) {
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    // What was decided before it came is not its fate.
    let mut fate = state.fate.subscribe();
    fate.mark_unchanged();
    let ended = watch::Sender::new(Ended::Not);
    let there = pump(from_client, to_server, fate.clone(), &state, Way::ToServer, &ended);
    let back = pump(from_server, to_client, fate, &state, Way::ToClient, &ended);
    tokio::join!(there, back);
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    ToServer,
    ToClient,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    Not,
    /// After what is under way has come back from the server, which nobody is to hear.
    AfterAnswer(AtCommit),
    Now,
    Silently,
}

enum Step {
    Over,
    Decided,
    /// So many bytes; none when there are no more.
    Read(usize),
}

/// Waits for the end.
async fn over(end: &mut watch::Receiver<Ended>) {
    let is_over = |end: &Ended| matches!(end, Ended::Now | Ended::Silently);
    assert!(end.wait_for(is_over).await.is_ok(), "whoever waits holds the other side");
}

/// Carries bytes one way until an end, or the connection's fate.
async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut fate: watch::Receiver<Fate>,
    state: &State,
    way: Way,
    ended: &watch::Sender<Ended>,
) {
    let mut end = ended.subscribe();
    let mut buffer = vec![0; 16 * 1024];
    let mut mine = Fate::Pass;
    loop {
        let step = tokio::select! {
            biased;
            () = over(&mut end) => Step::Over,
            changed = fate.changed() => if changed.is_ok() { Step::Decided } else { Step::Over },
            read = from.read(&mut buffer) => Step::Read(read.unwrap_or(0)),
        };
        let count = match step {
            Step::Over => break,
            Step::Decided => {
                mine = *fate.borrow_and_update();
                if mine != Fate::Pass && way == Way::ToClient {
                    state.met.fetch_add(1, Ordering::Relaxed);
                }
                if mine == Fate::Cut {
                    ended.send_replace(Ended::Now);
                }
                if mine == Fate::HalfClose && way == Way::ToClient && to.shutdown().await.is_err() {
                    break;
                }
                continue;
            }
            Step::Read(0) => {
                ended.send_if_modified(|end| std::mem::replace(end, Ended::Now) != Ended::Now);
                break;
            }
            Step::Read(count) => count,
        };
        let bytes = &buffer[..count];
        match mine {
            // They stand still until the connection ends on either side.
            Fate::Swallow => continue,
            Fate::HalfClose if way == Way::ToClient => continue,
            Fate::Delay(time) => tokio::time::sleep(time).await, // tidy: a network that is slow
            Fate::Pass | Fate::Cut | Fate::HalfClose => {}
        }
        if way == Way::ToServer && says_commit(bytes) {
            let what = std::mem::replace(&mut *state.at_commit.lock().unwrap(), AtCommit::Pass);
            match what {
                AtCommit::Pass => {}
                AtCommit::CutBefore => {
                    ended.send_replace(Ended::Now);
                    break;
                }
                AtCommit::CutAfterAndShut => {
                    state.open.send_replace(false);
                    ended.send_replace(Ended::AfterAnswer(what));
                }
                AtCommit::CutAfter | AtCommit::SwallowAnswer => {
                    ended.send_replace(Ended::AfterAnswer(what));
                }
            }
        }
        // What was sent before COMMIT is answered first.
        let dropped = if says_commit(bytes) { *end.borrow() } else { Ended::Not };
        if let (Way::ToClient, Ended::AfterAnswer(what)) = (way, dropped) {
            let last = if what == AtCommit::SwallowAnswer { Ended::Silently } else { Ended::Now };
            ended.send_replace(last);
            break;
        }
        if to.write_all(bytes).await.is_err() {
            break;
        }
    }
    if *ended.borrow() == Ended::Silently {
        // Held open, and nothing is said.
        std::future::pending::<()>().await;
    }
}

fn says_commit(bytes: &[u8]) -> bool {
    bytes.windows(7).any(|window| window == b"COMMIT\0")
}
