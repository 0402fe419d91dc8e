//! One connection of Server-Sent Events, as the stream of a view uses them.
//!
//! Parsing is `sse-stream`'s; here is what the contract adds: what is an event with a view, what is the server's "not
//! yet", and which id to resume from. Used by `follow.rs`, which goes on, and `wait/sse.rs`, which ends at the first.

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt};
use reqwest::header::ACCEPT;
use reqwest::{Method, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sse_stream::{Sse, SseByteStream};

use crate::view::parse;
use crate::{Client, ETag, Error, View};

type Bytestream = Pin<Box<dyn Stream<Item = Result<Bytes, reqwest::Error>> + Send>>;

/// An open connection.
pub(crate) struct Events {
    blocks: SseByteStream<Bytestream>,
    correlation_id: Option<String>,
}

/// What a connection gives next.
pub(crate) enum Next<T> {
    /// The view has changed, or is there at last.
    View(View<T>),
    /// The server had no view for as long as it cares to wait, and has ended the stream.
    NoViewYet,
}

/// Where to take a broken connection up, as the server has told so far.
#[derive(Default)]
pub(crate) struct Resume {
    last_event_id: Option<String>,
    /// The least time to be away for, by the server's `retry:`.
    pub(crate) pause: Duration,
}

/// The one member of a view that every versioned view has.
#[derive(Deserialize)]
struct Versioned {
    version: Option<u64>,
}

impl Client {
    /// Opens a connection; none when the server says that nothing newer will come (204).
    pub(crate) async fn open_events(
        &self,
        url: Url,
        resume: &Resume,
        correlation_id: Option<&str>,
    ) -> Result<Option<Events>, Error> {
        let mut request = self.request(Method::GET, url).header(ACCEPT, "text/event-stream");
        if let Some(id) = &resume.last_event_id {
            request = request.header("last-event-id", id);
        }
        let response = self.answer(request, correlation_id).await?;
        let correlation_id = correlation_id.map(ToOwned::to_owned);
        if response.status() == StatusCode::NO_CONTENT {
            return Ok(None);
        }
        let bytes: Bytestream = Box::pin(response.bytes_stream());
        Ok(Some(Events { blocks: SseByteStream::new(bytes), correlation_id }))
    }
}

impl Events {
    /// The next event that means something, keeping `resume` up to date.
    ///
    /// # Errors
    ///
    /// [`Error::Interrupted`] when the connection ends, cleanly or not; [`Error::Unreadable`] when the event does not
    /// hold a view.
    pub(crate) async fn next<T: DeserializeOwned>(&mut self, resume: &mut Resume) -> Result<Next<T>, Error> {
        loop {
            let block = match self.blocks.next().await {
                Some(Ok(block)) => block,
                Some(Err(error)) => return Err(self.interrupted(error.into())),
                None => return Err(self.interrupted("the server has ended the stream".into())),
            };
            if let Some(id) = block.id.as_ref() {
                resume.last_event_id = Some(id.clone()).filter(|id| !id.is_empty());
            }
            if let Some(pause) = block.retry {
                resume.pause = Duration::from_millis(pause);
            }
            match (block.event.as_deref(), block.data.as_deref()) {
                (Some("timeout"), _) => return Ok(Next::NoViewYet),
                (None | Some("" | "message"), Some(_)) => return self.view(&block).map(Next::View),
                _ => {}
            }
        }
    }

    fn view<T: DeserializeOwned>(&self, block: &Sse) -> Result<View<T>, Error> {
        let data = block.data.as_deref().unwrap_or_default().as_bytes();
        let value = parse(data, "a view of the type asked for", self.correlation_id.as_deref())?;
        let version = serde_json::from_slice::<Versioned>(data).ok().and_then(|view| view.version);
        let position = block.id.as_ref().and_then(|id| id.parse().ok());
        let etag = version.zip(position).map(|(version, position)| ETag { version, position });
        Ok(View { value, version, etag, position })
    }

    fn interrupted(&self, source: crate::Source) -> Error {
        Error::Interrupted { correlation_id: self.correlation_id.clone(), source }
    }
}
