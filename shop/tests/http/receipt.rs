//! What every command answers.

use serde_json::json;

use crate::answer::{Answer, members};

/// A receipt that has been checked for everything that all have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    pub(crate) id: String,
    pub(crate) correlation: String,
    pub(crate) revision: u64,
    pub(crate) position: u64,
    /// Where the thing is: `links.self`.
    pub(crate) own: String,
    pub(crate) status: String,
    pub(crate) stream: String,
}

impl Receipt {
    #[track_caller]
    pub(crate) fn of(answer: &Answer, id_member: &str) -> Self {
        assert_eq!(answer.status, 202, "{}", answer.text());
        let body = answer.json();
        let mut expected = vec!["correlationId", id_member, "links", "position", "revision", "status"];
        expected.sort_unstable();
        assert_eq!(members(&body), expected);
        assert_eq!(members(&body["links"]), ["self", "status", "stream"]);
        assert_eq!(body["status"], json!("PROCESSING"));
        let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
        let receipt = Self {
            id: text(&body[id_member]),
            correlation: text(&body["correlationId"]),
            revision: body["revision"].as_u64().expect("a revision"),
            position: body["position"].as_u64().expect("a position"),
            own: text(&body["links"]["self"]),
            status: text(&body["links"]["status"]),
            stream: text(&body["links"]["stream"]),
        };
        assert_eq!(answer.header("location"), Some(receipt.own.as_str()));
        assert_eq!(answer.header("x-correlation-id"), Some(receipt.correlation.as_str()));
        assert!(receipt.status.ends_with(&format!("/status?correlation={}", receipt.correlation)));
        assert!(receipt.stream.ends_with(&format!("/stream?correlation={}&once=true", receipt.correlation)));
        assert!(receipt.position > 0);
        receipt
    }
}
