//! Bytes as they stand on the wire, where a client's library would put them right.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{answer::Answer, shop::Shop};

impl Shop {
    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address).await.unwrap()
    }

    /// Sends bytes and reads until the server closes, which the bytes must ask it for.
    pub(crate) async fn raw(&self, request: impl AsRef<[u8]>) -> Answer {
        let mut connection = self.connect().await;
        // The server may have answered, and closed, before it has read everything.
        let _ = connection.write_all(request.as_ref()).await;
        let mut bytes = Vec::new();
        let read = timeout(Duration::from_secs(15), connection.read_to_end(&mut bytes)).await;
        let read = read.expect("the server neither answers nor closes");
        assert!(read.is_ok() || !bytes.is_empty(), "{read:?}");
        parse(&bytes)
    }

    /// A request with exactly these header lines, and a body.
    pub(crate) async fn sent(&self, line: &str, headers: &[&str], body: impl AsRef<[u8]>) -> Answer {
        let (address, body) = (&self.address, body.as_ref());
        let mut request = format!("{line} HTTP/1.1\r\nConnection: close\r\n");
        if !headers.iter().any(|header| header.to_ascii_lowercase().starts_with("host:")) {
            request.push_str(&format!("Host: {address}\r\n"));
        }
        for header in headers {
            request.push_str(&format!("{header}\r\n"));
        }
        request.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
        self.raw([request.as_bytes(), body].concat()).await
    }
}

fn parse(bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer with a head");
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status line");
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let name: HeaderName = name.parse().unwrap();
        headers.append(name, HeaderValue::from_str(value.trim()).unwrap());
    }
    let rest = &bytes[end + 4..];
    let chunked = headers.get("transfer-encoding").is_some_and(|value| value == "chunked");
    let body = if chunked { unchunked(rest) } else { rest.to_vec() };
    Answer { status: status.parse().unwrap(), headers, body }
}

fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        let from = end + 2;
        body.extend_from_slice(&rest[from..from + length]);
        rest = &rest[from + length + 2..];
    }
    body
}
