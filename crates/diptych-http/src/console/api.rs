//! The public HTTP API, asked in this process: the same routes, handlers and refusals as for any other caller.

use axum::{Router, body::Body};
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use crate::{admin::audit::ByConsole, guard::Connection, headers::CorrelationId};

/// On whose behalf something is asked.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) connection: Connection,
    /// The operator's token, once its user has shown that they know it.
    pub(super) token: Option<String>,
    pub(super) correlation: Option<CorrelationId>,
}

/// What is to be sent.
pub(super) struct Sent {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) body: String,
}

/// What was answered, whatever it was.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) text: String,
}

impl Answer {
    /// The body, where it is JSON; else a string of it.
    pub(super) fn value(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| Value::from(self.text.as_str()))
    }
}

/// A refusal of the API, or an answer that is none.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) title: String,
    pub(super) detail: String,
}

impl Refusal {
    /// A refusal of the console's own.
    pub(super) fn new(status: StatusCode, title: &str, detail: &str) -> Self {
        Self { status, title: title.to_owned(), detail: detail.to_owned() }
    }

    fn of(answer: &Answer) -> Self {
        let problem = answer.value();
        let text = |name: &str| problem[name].as_str().unwrap_or_default().to_owned();
        Self { status: answer.status, title: text("title"), detail: text("detail") }
    }
}

/// The router of the API. Cheap to clone.
#[derive(Clone)]
pub(super) struct Api(Router);

impl Api {
    pub(super) const fn of(router: Router) -> Self {
        Self(router)
    }

    /// What a `GET` answers, as JSON.
    pub(super) async fn get(&self, caller: &Caller, path: &str) -> Result<Value, Refusal> {
        Ok(self.ask(caller, path).await?.value())
    }

    /// What a `GET` answers with 200.
    pub(super) async fn ask(&self, caller: &Caller, path: &str) -> Result<Answer, Refusal> {
        let (path, headers, body) = (path.to_owned(), Vec::new(), String::new());
        let answer = self.send(caller, Sent { method: Method::GET, path, headers, body }).await?;
        if answer.status == StatusCode::OK { Ok(answer) } else { Err(Refusal::of(&answer)) }
    }

    /// What is answered to anything. An error only where it could not be asked.
    pub(super) async fn send(&self, caller: &Caller, sent: Sent) -> Result<Answer, Refusal> {
        let malformed = |_| Refusal::new(StatusCode::BAD_REQUEST, "Bad Request", "this cannot be asked for");
        let mut request = Request::builder().method(sent.method).uri(&sent.path);
        for (name, value) in sent.headers {
            request = request.header(name, value);
        }
        if let Some(token) = &caller.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(correlation) = &caller.correlation {
            request = request.header(CorrelationId::HEADER, correlation.as_str());
        }
        let mut request = request.body(Body::from(sent.body)).map_err(malformed)?;
        request.extensions_mut().insert(caller.connection);
        request.extensions_mut().insert(ByConsole);
        let response = match self.0.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let (head, body) = response.into_parts();
        let broken = |_| {
            let detail = "the answer broke off";
            Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error", detail)
        };
        let bytes = body.collect().await.map_err(broken)?.to_bytes();
        Ok(Answer { status: head.status, text: String::from_utf8_lossy(&bytes).into_owned() })
    }

    /// Does what changes something; the answer where it was taken, else the refusal.
    pub(super) async fn post(&self, caller: &Caller, path: &str) -> Result<Answer, Refusal> {
        let (path, headers, body) = (path.to_owned(), Vec::new(), String::new());
        let answer = self.send(caller, Sent { method: Method::POST, path, headers, body }).await?;
        if answer.status.is_success() { Ok(answer) } else { Err(Refusal::of(&answer)) }
    }
}
