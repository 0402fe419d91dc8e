//! Requests, and what came back: checks that every answer of its kind must pass.

use std::{collections::BTreeMap, time::Duration};

use reqwest::header::HeaderMap;
use serde_json::{Value, value::RawValue};

use crate::receipt::Receipt;

/// A request to be filled in.
#[derive(Debug)]
pub(crate) struct Call(reqwest::RequestBuilder);

impl Call {
    pub(crate) fn new(request: reqwest::RequestBuilder) -> Self {
        Self(request)
    }

    pub(crate) fn header(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        Self(self.0.header(name, value.as_ref()))
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        Self(self.0.header("content-type", "application/json").body(body.to_string()))
    }

    pub(crate) fn body(self, body: impl Into<reqwest::Body>) -> Self {
        Self(self.0.body(body))
    }

    /// The response as it streams.
    pub(crate) async fn open(self) -> reqwest::Response {
        self.0.send().await.unwrap()
    }

    /// The same; none where there was none.
    pub(crate) async fn try_open(self) -> Option<reqwest::Response> {
        self.0.send().await.ok()
    }

    /// The answer; none where there was none.
    pub(crate) async fn try_answer(self) -> Option<Answer> {
        let response = self.0.timeout(Duration::from_secs(45)).send().await.ok()?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.ok()?.to_vec();
        Some(Answer { status, headers, body })
    }

    pub(crate) async fn answer(self) -> Answer {
        self.try_answer().await.expect("no answer came")
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("answers are UTF-8")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The same, which must have this status.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{} {:?}", self.text(), self.headers);
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/json"));
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// How a member of the answer is written.
    #[track_caller]
    pub(crate) fn literal(&self, member: &str) -> String {
        let members: BTreeMap<&str, &RawValue> = serde_json::from_slice(&self.body).unwrap();
        members[member].get().to_owned()
    }

    /// The problem that it must be, of the one shape that all have.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        let problem: Value = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(problem["status"], status);
        for member in ["type", "title", "detail", "correlationId"] {
            let text = problem[member].as_str();
            assert!(text.is_some_and(|text| !text.is_empty()), "{member} is missing: {problem}");
        }
        assert_eq!(problem["error"], problem["title"]);
        assert_eq!(problem["message"], problem["detail"]);
        assert_eq!(self.header("x-correlation-id"), problem["correlationId"].as_str());
        problem
    }

    /// 422 for this place of the body.
    #[track_caller]
    pub(crate) fn invalid_at(&self, pointer: &str) {
        let problem = self.problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        assert!(problem["errors"][0]["detail"].is_string(), "{problem}");
    }

    /// 422 for this query parameter.
    #[track_caller]
    pub(crate) fn invalid_parameter(&self, name: &str) {
        let problem = self.problem(422);
        assert_eq!(problem["errors"][0]["parameter"], name, "{problem}");
        assert!(problem["errors"][0]["detail"].is_string(), "{problem}");
    }

    /// 400 for this header.
    #[track_caller]
    pub(crate) fn malformed_header(&self, name: &str) {
        let problem = self.problem(400);
        assert_eq!(problem["errors"][0]["header"], name, "{problem}");
        assert!(problem["errors"][0]["detail"].is_string(), "{problem}");
    }

    /// 202 for what is not there yet.
    #[track_caller]
    pub(crate) fn not_yet(&self, status: &str) {
        assert_eq!(self.status, 202, "{}", self.text());
        let body = self.json();
        assert_eq!(body["status"], status);
        assert_eq!(body["retryAfter"], 1);
        assert!(body["message"].is_string());
        assert_eq!(members(&body), ["message", "retryAfter", "status"]);
        assert_eq!(self.header("retry-after"), Some("1"));
    }

    /// The receipt that it must be.
    #[track_caller]
    pub(crate) fn receipt(&self, id_member: &str) -> Receipt {
        Receipt::of(self, id_member)
    }
}

/// The names of an object's members, sorted.
#[track_caller]
pub(crate) fn members(object: &Value) -> Vec<&str> {
    let mut names: Vec<_> = object.as_object().expect("an object").keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

/// The cents of an amount as it is written.
#[track_caller]
pub(crate) fn cents(literal: &str) -> i128 {
    assert!(!literal.contains(['e', 'E', '-']), "{literal}");
    let (whole, fraction) = literal.split_once('.').unwrap_or((literal, ""));
    assert!(fraction.len() <= 2, "{literal}");
    format!("{whole}{fraction:0<2}").parse().unwrap()
}
