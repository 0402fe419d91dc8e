//! A connection that is kept and asked again and again: HTTP/1.1 as far as it takes to ask our own servers.

use diptych::Result;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream},
    net::TcpStream,
};

/// A connection that is kept.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: BufStream<TcpStream>,
    address: String,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Connection {
    /// To `address:port`.
    ///
    /// # Errors
    /// What the system said.
    pub(crate) async fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufStream::new(stream), address: address.to_owned() })
    }

    /// Asks, and reads the whole answer.
    ///
    /// # Errors
    /// Where the answer is none, or has no length.
    pub(crate) async fn get(&mut self, path: &str) -> Result<Answer> {
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: {}\r\naccept: application/json\r\n\r\n", self.address);
        self.stream.write_all(request.as_bytes()).await?;
        self.stream.flush().await?;
        let status = self.line().await?;
        let status = status.split(' ').nth(1).ok_or("an answer without a status")?.parse()?;
        let mut length = 0;
        loop {
            let header = self.line().await?.to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await?;
        Ok(Answer { status, body })
    }

    async fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line).await? == 0 {
            return Err("the server has gone".into());
        }
        Ok(line.trim_end().to_owned())
    }
}
