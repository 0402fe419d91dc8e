//! A check of the store and of every projection, told line by line: `{ "progress": … }` now and then, `{ "result": … }` at the end.

use std::convert::Infallible;

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use diptych::{Against, CheckProgress};
use futures::{Stream, StreamExt};
use http::header;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{exchange::NDJSON, projections::Nothing};
use crate::{Problem, Serving, body, outcome, params::Params};

/// It goes on while the answer is read, and is called off with it.
pub(super) async fn check(State(serving): State<Serving>, request: Request) -> Result<Response, Problem> {
    let (head, sent) = request.into_parts();
    let Nothing {} = body::from_json(&body::read(&head.headers, sent).await?)?;
    let only_log = Params::of(&head.uri).flag("onlyLog")?;
    let against = if only_log { Against::Nothing } else { Against::Log };
    let body = Body::from_stream(lines(serving, against).map(Ok::<_, Infallible>));
    Ok(([(header::CONTENT_TYPE, NDJSON)], body).into_response())
}

fn lines(serving: Serving, against: Against) -> impl Stream<Item = Bytes> {
    let (tell, mut told) = mpsc::unbounded_channel::<CheckProgress>();
    async_stream::stream! {
        let node = serving.node().clone();
        let checking = async move {
            node.check(against, move |progress| {
                // Nobody may be listening any more.
                drop(tell.send(progress));
            })
            .await
        };
        tokio::pin!(checking);
        let done = loop {
            tokio::select! {
                biased;
                Some(progress) = told.recv() => yield line(&json!({ "progress": progress })),
                done = &mut checking => break done,
            }
        };
        yield match done {
            Ok(checked) => line(&json!({ "result": checked })),
            Err(failure) => line(&json!({ "problem": outcome::of_failure(&failure).detail() })),
        };
    }
}

fn line(value: &Value) -> Bytes {
    Bytes::from(format!("{value}\n"))
}
