//! Commands over HTTP: a body in, a receipt out.
//!
//! What is wrong is told in the contract's order: headers, the body, its shape, the thing, its version, then what the
//! domain says.

use std::str::FromStr;

use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
    routing::{MethodFilter, on},
};
use bytes::Bytes;
use diptych::{
    Command, CommandError, CommandOptions, CorrelationId, Expected, Identifier, InvalidId, Node, Receipt,
    Revision, StreamId, store::IdempotencyKey,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::{Documented, Kind, Routes, Serving, path::PathIds};
use crate::{
    Problem, Thing, body,
    headers::{self, IfMatch},
    outcome::{self, SaidIn},
};

/// Where a command is taken, and how its receipt names things.
#[derive(Clone, Debug)]
pub struct CommandRoute {
    method: Method,
    path: &'static str,
    thing: Thing,
    summary: String,
    made: Option<&'static str>,
    located: Option<&'static str>,
}

impl Thing {
    /// Commands to this kind of thing, sent to `path`.
    #[must_use]
    pub fn takes(&self, method: Method, path: &'static str) -> CommandRoute {
        let thing = self.clone();
        CommandRoute { method, path, thing, summary: String::new(), made: None, located: None }
    }
}

impl CommandRoute {
    /// What it does, in a sentence.
    #[must_use]
    pub fn summary(mut self, sentence: &str) -> Self {
        sentence.clone_into(&mut self.summary);
        self
    }

    /// The receipt names what the command made, not the thing in the path: `postId`, found at this path.
    #[must_use]
    pub const fn makes(mut self, member: &'static str, located: &'static str) -> Self {
        self.made = Some(member);
        self.located = Some(located);
        self
    }
}

/// One call of a command's route: what its path says, and what it needs to make the command.
#[derive(Debug)]
pub struct Call<'a> {
    node: &'a Node,
    path: &'a PathIds,
    version: Version,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    NotAsked,
    Asked(Option<u64>),
}

impl Call<'_> {
    /// The id in the path, `{id}`.
    ///
    /// # Errors
    /// 404 where it breaks the rules of ids: there is no such thing.
    pub fn id<I: Identifier>(&self) -> Result<I, Problem> {
        self.named("id")
    }

    /// An id in the path, by the name it has there.
    ///
    /// # Errors
    /// 404 where it breaks the rules of ids: there is no such thing.
    pub fn named<I: FromStr<Err = InvalidId>>(&self, name: &str) -> Result<I, Problem> {
        self.path.parse(name)
    }

    /// The id that the caller chose, or a fresh UUIDv7.
    ///
    /// # Errors
    /// 500 where the type takes no UUID, which is a defect.
    pub fn chosen<I: Identifier>(&self, given: Option<I>) -> Result<I, Problem> {
        match given {
            Some(id) => Ok(id),
            None => self.node.ids().draw().to_string().parse().map_err(|_| Problem::unexpected()),
        }
    }

    /// This command changes what the caller has read: its version must be given, here (from the body) or in `If-Match`.
    pub const fn version(&mut self, given: Option<u64>) {
        self.version = Version::Asked(given);
    }
}

impl Routes {
    /// Takes commands at a route; `make` turns the call and its body into the command.
    #[must_use]
    pub fn command<B, C, F>(self, route: CommandRoute, make: F) -> Self
    where
        B: DeserializeOwned + JsonSchema + Send + 'static,
        C: Command,
        F: Fn(&mut Call<'_>, B) -> Result<C, Problem> + Clone + Send + Sync + 'static,
    {
        let documented = Documented {
            method: route.method.clone(),
            path: route.path,
            summary: route.summary.clone(),
            kind: Kind::Command,
            message: Some(C::NAME),
            member: Some(route.made.unwrap_or(route.thing.member())),
            body: Some(schemars::schema_for!(B)),
            answer: None,
            parameters: Vec::new(),
        };
        let filter = MethodFilter::try_from(route.method.clone()).unwrap_or(MethodFilter::POST);
        let handler = move |State(serving): State<Serving>, request: axum::extract::Request| {
            let (route, make) = (route.clone(), make.clone());
            async move {
                let (head, body) = request.into_parts();
                let path = PathIds::of(route.path, head.uri.path());
                let taken = take(&serving, &route, &path, &head, body, make).await;
                taken.unwrap_or_else(IntoResponse::into_response)
            }
        };
        self.route(documented, on(filter, handler))
    }
}

async fn take<B, C, F>(
    serving: &Serving,
    route: &CommandRoute,
    path: &PathIds,
    head: &Parts,
    body: Body,
    make: F,
) -> Result<Response, Problem>
where
    B: DeserializeOwned,
    C: Command,
    F: Fn(&mut Call<'_>, B) -> Result<C, Problem>,
{
    let node = serving.node();
    let key = headers::IdempotencyKey::of(&head.headers)?;
    let if_match = IfMatch::of(&head.headers)?;
    let bytes = body::read(&head.headers, body).await?;
    let parsed = body::from_json(&bytes)?;
    let mut call = Call { node, path, version: Version::NotAsked };
    let command = make(&mut call, parsed)?;
    let key = key.map(|key| keyed(node, &key, head, &bytes));
    let said = Said { version: call.version, if_match, makes: !path.has("id") };
    let said_in = said.place();
    let options =
        CommandOptions { correlation_id: correlation(head), key: key.clone(), ..CommandOptions::default() };
    let sent = match expected(node, &command.target(), &said).await {
        Ok(expected) => node.send(command, CommandOptions { expected, ..options }).await,
        // A retry of what was taken before is answered as it was then, however stale its version is by now.
        Err(stale) => match replay(node, key.as_ref()).await? {
            Some(receipt) => receipt,
            None => return Err(stale),
        },
    };
    let receipt = sent.map_err(|error| outcome::of_command(error, said_in))?;
    Ok(accepted(route, path, &receipt))
}

fn correlation(head: &Parts) -> Option<CorrelationId> {
    let id = head.extensions.get::<headers::CorrelationId>()?;
    CorrelationId::new(id.as_str()).ok()
}

/// The caller's key, with a hash of what it was sent with.
fn keyed(node: &Node, key: &headers::IdempotencyKey, head: &Parts, body: &Bytes) -> IdempotencyKey {
    let parts = [head.method.as_str().as_bytes(), head.uri.path().as_bytes(), body];
    IdempotencyKey { key: key.as_str().to_owned(), fingerprint: node.vault().fingerprint(&parts) }
}

async fn replay(
    node: &Node,
    key: Option<&IdempotencyKey>,
) -> Result<Option<Result<Receipt, CommandError>>, Problem> {
    let Some(key) = key else { return Ok(None) };
    node.replay(key).await.map_err(|failure| outcome::of_failure(&failure))
}

/// What the caller said of the version.
struct Said {
    version: Version,
    if_match: Option<IfMatch>,
    /// The path addresses nothing yet: what does not exist cannot be refused as not found.
    makes: bool,
}

impl Said {
    fn place(&self) -> SaidIn {
        if matches!(self.version, Version::Asked(Some(_))) { SaidIn::Body } else { SaidIn::Header }
    }
}

/// What the store is to expect of the stream. A thing that does not exist is left to the command to refuse, unless the
/// command is to make it: then `If-Match` does not hold.
async fn expected(node: &Node, target: &StreamId, said: &Said) -> Result<Option<Expected>, Problem> {
    if said.version == Version::NotAsked && said.if_match.is_none() {
        return Ok(None);
    }
    let last = node.store().last_of(target).await.map_err(|failure| outcome::of_failure(&failure))?;
    let Some((current, _)) = last else {
        let fails = said.makes && said.if_match.is_some();
        return if fails { Err(Problem::precondition_failed(None)) } else { Ok(None) };
    };
    let version = match (said.version, &said.if_match) {
        (Version::Asked(None), None) => return Err(Problem::precondition_required()),
        (Version::Asked(version), _) => version,
        (Version::NotAsked, _) => None,
    };
    if said.if_match.as_ref().is_some_and(|demand| !demand.holds_for(Some(current.get()))) {
        return Err(outcome::stale(Some(current), SaidIn::Header));
    }
    if version.is_some_and(|version| version != current.get()) {
        return Err(outcome::stale(Some(current), SaidIn::Body));
    }
    match (version, &said.if_match) {
        (None, Some(IfMatch::Exists)) => Ok(Some(Expected::Exists)),
        _ => Ok(Some(Expected::Revision(current))),
    }
}

fn accepted(route: &CommandRoute, path: &PathIds, receipt: &Receipt) -> Response {
    let addressed = if path.has("id") { path.text("id") } else { receipt.id() };
    let (member, id) = match route.made {
        Some(member) => (member, receipt.id()),
        None => (route.thing.member(), addressed),
    };
    let view = route.thing.path_of(addressed);
    let own = route.located.map_or_else(|| view.clone(), |path| path.replace("{id}", addressed));
    let correlation = receipt.correlation_id.text();
    let correlation = &*correlation;
    let mut body = Map::new();
    body.insert(member.to_owned(), Value::from(id));
    body.insert("correlationId".to_owned(), Value::from(correlation));
    body.insert("revision".to_owned(), json!(receipt.revision.map(Revision::get)));
    body.insert("position".to_owned(), Value::from(receipt.position.get()));
    body.insert("status".to_owned(), Value::from("PROCESSING"));
    body.insert(
        "links".to_owned(),
        json!({
            "self": own,
            "status": format!("{view}/status?correlation={correlation}"),
            "stream": format!("{view}/stream?correlation={correlation}&once=true"),
        }),
    );
    let mut response = (StatusCode::ACCEPTED, axum::Json(Value::Object(body))).into_response();
    tell(response.headers_mut(), header::LOCATION, &own);
    tell(response.headers_mut(), http::HeaderName::from_static("x-correlation-id"), correlation);
    response
}

/// Ids and paths have only characters that a header takes.
fn tell(headers: &mut HeaderMap, name: http::HeaderName, value: &str) {
    match HeaderValue::from_str(value) {
        Ok(value) => {
            headers.insert(name, value);
        }
        Err(error) => tracing::error!(%name, %error, "a header was left out"),
    }
}
