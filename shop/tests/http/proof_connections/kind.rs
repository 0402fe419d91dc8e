//! The ways in which a connection costs something and brings nothing.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// One way.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// Connects, and says nothing.
    Silent,
    /// Sends a head, byte by byte, and not to its end.
    SlowHead,
    /// Announces a body, and sends some of it.
    SlowBody,
    /// Waits to be told to go on, and does not.
    NeverGoesOn,
    /// Closes its half in the middle of a head.
    HalfOfAHead,
    /// Closes its half in the middle of a body.
    HalfOfABody,
    /// Asks, and closes its half: the server takes it for gone, as most do, and may answer or not.
    HalfClosed,
    /// Asks twenty times at once, and reads nothing.
    Pipelined,
    /// Sends a large body where none is taken, and reads nothing.
    Flooding,
    /// Sends a head that has no end.
    EndlessHead,
    /// Speaks something else.
    NoHttp,
    /// Follows a view, and reads nothing.
    DeafFollower,
    /// Opens a WebSocket, pings, and reads nothing.
    DeafSocket,
}

impl Kind {
    pub(super) const ALL: [Self; 13] = [
        Self::Silent,
        Self::SlowHead,
        Self::SlowBody,
        Self::NeverGoesOn,
        Self::HalfOfAHead,
        Self::HalfOfABody,
        Self::HalfClosed,
        Self::Pipelined,
        Self::Flooding,
        Self::EndlessHead,
        Self::NoHttp,
        Self::DeafFollower,
        Self::DeafSocket,
    ];

    /// A connection that has done what it does, and is still open at this end. `order` is the path of an order.
    pub(super) async fn opened(self, address: &str, order: &str) -> TcpStream {
        let mut connection = TcpStream::connect(address).await.unwrap();
        let post = "POST /api/orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n";
        match self {
            Self::Silent => {}
            Self::SlowHead => {
                for byte in post.bytes().take(20) {
                    say(&mut connection, [byte]).await;
                }
            }
            Self::SlowBody => say(&mut connection, format!("{post}\r\n{{\"customerId\":")).await,
            Self::NeverGoesOn => say(&mut connection, format!("{post}Expect: 100-continue\r\n\r\n")).await,
            Self::HalfOfAHead => half_closed(&mut connection, post).await,
            Self::HalfOfABody => half_closed(&mut connection, format!("{post}\r\n{{")).await,
            Self::HalfClosed => {
                let get = format!("GET {order} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
                half_closed(&mut connection, get).await;
            }
            Self::Pipelined => {
                say(&mut connection, format!("GET {order} HTTP/1.1\r\nHost: localhost\r\n\r\n").repeat(20))
                    .await;
            }
            Self::Flooding => {
                let head = "POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n";
                say(&mut connection, [head.as_bytes(), &[b' '; 100_000]].concat()).await;
            }
            Self::EndlessHead => {
                let line = format!("X-More: {}\r\n", "x".repeat(1_000));
                say(&mut connection, format!("{post}{}", line.repeat(100))).await;
            }
            Self::NoHttp => {
                say(&mut connection, b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03".repeat(10)).await
            }
            Self::DeafFollower => {
                let get = format!("GET {order}/stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
                say(&mut connection, get).await;
            }
            Self::DeafSocket => {
                let head = "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
                let ping = [&[0x89, 0x80 | 125, 0, 0, 0, 0][..], &[b'x'; 125]].concat();
                say(&mut connection, [head.as_bytes(), &ping.repeat(20)].concat()).await;
            }
        }
        connection
    }
}

/// Sends what the server takes; it may refuse to read more, or close.
async fn say(connection: &mut TcpStream, bytes: impl AsRef<[u8]>) {
    let _ = timeout(Duration::from_millis(200), connection.write_all(bytes.as_ref())).await;
}

/// Closes this half; the server must answer, or not, and close the other.
async fn half_closed(connection: &mut TcpStream, bytes: impl AsRef<[u8]>) {
    say(connection, bytes).await;
    // The server may have closed it before.
    let _ = connection.shutdown().await;
    let mut answer = Vec::new();
    let read = timeout(Duration::from_secs(10), connection.read_to_end(&mut answer)).await;
    assert!(read.is_ok(), "the server keeps what is closed at the other end");
}
