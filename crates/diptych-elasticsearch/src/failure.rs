//! What an answer of the server means to whoever asked: whether a retry may help, and whose fault it is.
//!
//! Only what the server says of one document is that document's fault (`bulk.rs`). A cluster that is full, overloaded, without its master, that has
//! blocked an index or refuses the user may be mended by its operator: what was asked is tried again, and no event is given up for it.

use diptych_core::{Failure, FailureKind};
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use crate::server::Unanswered;

/// What the server has said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it answered {status}, {kind}: {reason}")]
pub struct Told {
    /// The HTTP status.
    pub status: u16,
    /// What the server calls it: `cluster_block_exception`.
    pub kind: String,
    /// In its words.
    pub reason: String,
}

/// The part of an error that we read.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Cause {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    caused_by: Option<Box<Cause>>,
}

/// What became of something that was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// There is something newer, or someone was first.
    Conflict,
    /// The index is not there.
    NoIndex,
    /// Too much at once: soon it may be taken.
    Busy,
    /// It cannot be done now; someone may have to do something.
    Unavailable,
    /// What was asked cannot be done.
    Refused,
}

impl Told {
    /// Reads the body of an answer that is an error.
    pub(crate) fn of(status: u16, body: &[u8]) -> Self {
        let value: Value = serde_json::from_slice(body).unwrap_or_default();
        match value.get("error") {
            Some(Value::String(reason)) => Self { status, kind: String::new(), reason: reason.clone() },
            Some(cause) => Self::by(status, &Cause::deserialize(cause).unwrap_or_default()),
            // No error of the server's own: a proxy's.
            None => Self { status, kind: String::new(), reason: "without a reason".to_owned() },
        }
    }

    /// What is said of one document, or of a request.
    pub(crate) fn by(status: u16, cause: &Cause) -> Self {
        let mut reasons = Vec::new();
        let mut next = Some(cause);
        while let Some(cause) = next {
            reasons.extend(cause.reason.clone());
            next = cause.caused_by.as_deref();
        }
        Self { status, kind: cause.kind.clone(), reason: reasons.join(": ") }
    }

    pub(crate) fn meaning(&self) -> Meaning {
        match (self.status, &*self.kind) {
            // The second: there are as many shards as the cluster allows.
            (_, "cluster_block_exception") | (400, "validation_exception") => Meaning::Unavailable,
            (_, "index_not_found_exception") => Meaning::NoIndex,
            (409, _) => Meaning::Conflict,
            (429 | 503, _) => Meaning::Busy,
            (401 | 403 | 408 | 500.., _) => Meaning::Unavailable,
            _ => Meaning::Refused,
        }
    }

    /// As a failure while `doing` something that asks nothing of any document.
    pub(crate) fn failure(self, doing: &str) -> Failure {
        let kind = match self.meaning() {
            Meaning::Refused => FailureKind::Internal,
            Meaning::Conflict | Meaning::NoIndex | Meaning::Busy | Meaning::Unavailable => {
                FailureKind::Unavailable
            }
        };
        let advice = match self.status {
            401 => ": it does not know the user or the password in its URL",
            403 if self.kind != "cluster_block_exception" => {
                ": it does not allow this to the user in its URL"
            }
            _ if self.kind == "cluster_block_exception" => ": it takes no writing now; is its disk full?",
            _ => "",
        };
        Failure::new(kind, format!("{doing}{advice}"), self)
    }
}

/// The server was not reached, or has not answered, while `doing` something that changes nothing.
pub(crate) fn unanswered(doing: &str, error: Unanswered) -> Failure {
    Failure::new(FailureKind::Unavailable, doing, error)
}

/// The server has answered something that is none of its answers.
pub(crate) fn no_answer(doing: &str, status: StatusCode, error: serde_json::Error) -> Failure {
    let text = format!("{doing}: what answered (with {status}) is no Elasticsearch and no OpenSearch");
    Failure::new(FailureKind::Unavailable, text, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(status: u16, kind: &str) -> Told {
        let body = serde_json::json!({ "error": { "type": kind, "reason": "so" }, "status": status });
        Told::of(status, body.to_string().as_bytes())
    }

    #[test]
    fn what_an_operator_can_mend_is_tried_again() {
        for (status, kind) in [
            (429, "es_rejected_execution_exception"),
            (429, "circuit_breaking_exception"),
            (429, "cluster_block_exception"),
            (403, "cluster_block_exception"),
            (403, "security_exception"),
            (401, "security_exception"),
            (503, "unavailable_shards_exception"),
            (503, "master_not_discovered_exception"),
            (500, "i_o_exception"),
            (502, ""),
            (400, "validation_exception"),
            (404, "index_not_found_exception"),
        ] {
            assert!(told(status, kind).failure("doing").may_retry(), "{status} {kind}");
        }
        assert!(!told(400, "parsing_exception").failure("doing").may_retry());
    }

    #[test]
    fn a_reason_is_told_with_what_caused_it() {
        let body =
            br#"{"error":{"type":"a","reason":"one","caused_by":{"type":"b","reason":"two"}},"status":400}"#;
        assert_eq!(Told::of(400, body).to_string(), "it answered 400, a: one: two");
        assert_eq!(
            Told::of(404, br#"{"error":"alias [x] missing","status":404}"#).reason,
            "alias [x] missing"
        );
        assert_eq!(Told::of(502, b"<html>").status, 502);
    }
}
