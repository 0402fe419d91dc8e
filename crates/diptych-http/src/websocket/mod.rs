//! WebSockets: at `/ws` the changes of everything, at `/` those of the one category that the application chose.
//!
//! [`session`] is one socket from its opening to its end; [`subscribe`] is what a client may say; [`frame`] what it is
//! told; [`visible`] what it is told of changes from before it asked. Bounded: so many sockets, so many changes that wait
//! for one, so long for a client to take a frame.

mod frame;
mod session;
mod subscribe;
#[cfg(test)]
mod tests;
mod visible;

use std::sync::Arc;

use axum::{
    Router,
    extract::{
        State, WebSocketUpgrade,
        ws::{WebSocket, rejection::WebSocketUpgradeRejection},
    },
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::{TaskTracker, task_tracker::TaskTrackerToken};

use crate::{Problem, Serving, Thing};
use session::Session;

/// How many sockets are open at once.
const SOCKETS: usize = 4_096;
/// The most bytes that are read of one message; what is longer than the contract allows is refused politely up to here.
const READ: usize = 256 * 1024;
/// What a socket's buffers begin with; the default of 128 KiB is for bulk.
const BUFFER: usize = 4 * 1024;
/// The most bytes that wait for a client to read. Answers to its pings that do not fit are merged into the last.
const WAITING: usize = 64 * 1024;

/// The sockets that are open. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Sockets {
    places: Arc<Semaphore>,
    open: TaskTracker,
}

impl Default for Sockets {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(SOCKETS)), open: TaskTracker::new() }
    }
}

impl Sockets {
    /// Waits until all have ended; none is opened from now on that this waits for. Cancel `Serving::stopping` first.
    pub(crate) async fn ended(&self) {
        self.open.close();
        self.open.wait().await;
    }

    fn place(&self) -> Option<(OwnedSemaphorePermit, TaskTrackerToken)> {
        let permit = Arc::clone(&self.places).try_acquire_owned().ok()?;
        Some((permit, self.open.token()))
    }
}

type Upgrade = Result<WebSocketUpgrade, WebSocketUpgradeRejection>;

pub(crate) fn routes() -> Router<Serving> {
    Router::new().route("/", get(at_root)).route("/ws", get(of_everything))
}

/// A plain request is shown the way to the console.
async fn at_root(State(serving): State<Serving>, headers: HeaderMap, upgrade: Upgrade) -> Response {
    if !headers.contains_key(header::UPGRADE) {
        return Redirect::to("/console").into_response();
    }
    let Some(category) = serving.root_socket() else {
        return Problem::not_found("there is no socket here; there is one at /ws").into_response();
    };
    let things = serving.things().iter().filter(|thing| thing.category() == category).cloned().collect();
    open(&serving, upgrade, things)
}

async fn of_everything(State(serving): State<Serving>, upgrade: Upgrade) -> Response {
    let things = serving.things().to_vec();
    open(&serving, upgrade, things)
}

fn open(serving: &Serving, upgrade: Upgrade, things: Vec<Thing>) -> Response {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return refused(&rejection),
    };
    let Some(place) = serving.sockets().place() else {
        return Problem::unavailable("there are as many sockets as are served at once", 1).into_response();
    };
    let counted = serving.subscribers().one("websocket");
    // Followed from before the answer, so that no change falls between the two.
    let (recent, changes) = serving.feed().follow_with_recent();
    let session = Session::new(serving.node().clone(), serving.stopping().clone(), things, recent, changes);
    upgrade
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_write_buffer_size(WAITING)
        .max_message_size(READ)
        .max_frame_size(READ)
        .on_failed_upgrade(|error| tracing::debug!(%error, "a socket was not opened"))
        .on_upgrade(move |socket: WebSocket| async move {
            session.run(socket).await;
            drop((place, counted));
        })
}

fn refused(rejection: &WebSocketUpgradeRejection) -> Response {
    let detail = rejection.body_text();
    let is_plain = matches!(
        rejection,
        WebSocketUpgradeRejection::InvalidConnectionHeader(_)
            | WebSocketUpgradeRejection::InvalidUpgradeHeader(_)
            | WebSocketUpgradeRejection::ConnectionNotUpgradable(_)
    );
    if !is_plain {
        return Problem::malformed(detail).into_response();
    }
    let status = StatusCode::UPGRADE_REQUIRED;
    let problem = Problem::new(status, "upgrade-required", "Upgrade Required", "this is a WebSocket");
    let mut response = problem.into_response();
    response.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    response
}
