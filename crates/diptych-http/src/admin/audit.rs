//! What operators have asked of this server: the last of it, and all of it in the log of the program, under the target `audit`.
//!
//! It holds the names of projections and operations and the address that asked, never a token or a payload.

use std::{
    collections::VecDeque,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use diptych::{Operation, Timestamp};
use http::request::Parts;
use serde::Serialize;

use crate::{Problem, Serving, guard::Connection, headers::CorrelationId};

/// How many are kept.
const KEPT: usize = 500;

/// One thing that an operator asked.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    pub(crate) at: Timestamp,
    pub(crate) projection: String,
    pub(crate) operation: String,
    /// Whether it was done.
    pub(crate) done: bool,
    /// Why not, where it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refusal: Option<String>,
    /// The address that asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<IpAddr>,
    /// By what: `console`, or `api` for a call of its own.
    pub(crate) by: &'static str,
    pub(crate) correlation_id: String,
}

/// Among the extensions of a request that the console makes for its user.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ByConsole;

impl Entry {
    /// What was asked by this request, and whether it was done.
    pub(super) fn of(
        serving: &Serving,
        head: &Parts,
        (projection, operation): (&str, Operation),
        done: &Result<(), Problem>,
    ) -> Self {
        let correlation = head.extensions.get::<CorrelationId>();
        let by_console = head.extensions.get::<ByConsole>().is_some();
        Self {
            at: serving.node().clock().now(),
            projection: projection.to_owned(),
            operation: operation.to_string(),
            done: done.is_ok(),
            refusal: done.as_ref().err().map(|problem| problem.detail().to_owned()),
            from: head.extensions.get::<Connection>().map(|connection| connection.peer.ip().to_canonical()),
            by: if by_console { "console" } else { "api" },
            correlation_id: correlation.map(|id| id.as_str().to_owned()).unwrap_or_default(),
        }
    }
}

/// The last entries, the newest first.
#[derive(Debug, Default)]
pub(crate) struct Audit(Mutex<VecDeque<Entry>>);

impl Audit {
    pub(crate) fn enter(&self, entry: Entry) {
        let Entry { projection, operation, done, by, correlation_id, .. } = &entry;
        let (from, refusal) = (entry.from.map(|from| from.to_string()), entry.refusal.as_deref());
        tracing::info!(target: "audit", projection, operation, done, refusal, from, by, correlation_id, "an operator acts");
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.push_front(entry);
        entries.truncate(KEPT);
    }

    fn all(&self) -> Vec<Entry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

#[derive(Serialize)]
struct Items {
    items: Vec<Entry>,
}

pub(super) async fn list(State(serving): State<Serving>) -> Response {
    Json(Items { items: serving.audit().all() }).into_response()
}
