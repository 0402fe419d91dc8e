//! A body that nobody reads to its end is read away before its connection closes.
//!
//! Who is refused early (413, 403, 404) may still be sending. Were the connection closed on what is unread, the system
//! would reset it, and the caller would lose the answer with it. So the rest is taken and thrown away, within bounds:
//! RFC 9112, section 9.6.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http::{HeaderMap, header};
use http_body_util::BodyExt;
use hyper::body::{Frame, Incoming, SizeHint};

/// The most bytes that are thrown away.
const MOST: usize = 32 * 1024 * 1024;
/// The longest time that is taken for it.
const PATIENCE: Duration = Duration::from_secs(5);

/// The body of a request, to be read away once it is dropped.
///
/// A caller that waits to be told to go on (`Expect: 100-continue`) has not begun to send, and needs none of it.
pub(crate) fn lingering(headers: &HeaderMap, body: Incoming) -> Body {
    if headers.contains_key(header::EXPECT) {
        return Body::new(body);
    }
    Body::new(Lingering(Some(body)))
}

/// None once it was read to its end.
struct Lingering(Option<Incoming>);

impl HttpBody for Lingering {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(body) = &mut self.0 else { return Poll::Ready(None) };
        let frame = ready!(Pin::new(body).poll_frame(cx));
        if !matches!(frame, Some(Ok(_))) {
            self.0 = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.0.as_ref().map_or_else(|| SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        let Some(body) = self.0.take().filter(|body| !body.is_end_stream()) else { return };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if tokio::time::timeout(PATIENCE, read_away(body)).await.is_err() {
                    tracing::debug!("a refused caller did not stop sending in time");
                }
            });
        }
    }
}

async fn read_away(mut body: Incoming) {
    let mut taken = 0;
    while let Some(Ok(frame)) = body.frame().await {
        taken += frame.data_ref().map_or(0, Bytes::len);
        if taken > MOST {
            return;
        }
    }
}
