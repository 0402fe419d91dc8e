//! One stream: its events, and the state after each.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use diptych::{
    Failure, Filter, Id, Node, Position, RecordedEvent, Revision, Scope, StreamId,
    state::{AnyState, Snapshots, StateKind},
    store::{MAX_PAGE, ReadRequest, StreamEnd, StreamsRequest},
};
use http::Uri;
use serde::Serialize;
use serde_json::Value;

use super::{
    events::Listed,
    log::{MOST, Stretch},
    shown::{ShownEvent, chain, hide_sealed},
};
use crate::{Problem, Serving, outcome, params::Params, routes::path::PathIds};

pub(super) const LIST: &str = "/api/admin/streams";
pub(super) const PATH: &str = "/api/admin/streams/{category}/{id}";

/// A stream in a list.
#[derive(Serialize)]
struct Listing {
    category: String,
    id: Id,
    revision: Revision,
    position: Position,
}

#[derive(Serialize)]
struct Listings {
    items: Vec<Listing>,
    /// What to give as `after` for those that follow; none at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<u64>,
}

pub(super) async fn list(State(serving): State<Serving>, uri: Uri) -> Result<Response, Problem> {
    let params = Params::of(&uri);
    let limit = usize::try_from(params.limit(100, MOST)?).unwrap_or(MAX_PAGE);
    let after = params.whole("after", 0..=u64::MAX)?.unwrap_or(0);
    let category = params.text("category")?.map(|text| text.into_owned());
    let ends = serving.node().store().streams(StreamsRequest { category, after, limit }).await;
    let ends = ends.map_err(|failure| outcome::of_failure(&failure))?;
    let next = ends.last().filter(|_| ends.len() == limit).map(|last| last.number);
    let listing = |end: StreamEnd| Listing {
        category: end.stream.category().to_owned(),
        id: end.stream.id().clone(),
        revision: end.revision,
        position: end.position,
    };
    Ok(Json(Listings { items: ends.into_iter().map(listing).collect(), next }).into_response())
}

/// An event, and the state after it; none where its kind has no form in JSON, or an event cannot be read.
#[derive(Serialize)]
struct Step {
    #[serde(flatten)]
    event: ShownEvent,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<Value>,
}

/// A part of a stream, and the revision of the stream's last event.
#[derive(Serialize)]
struct Folded {
    #[serde(flatten)]
    listed: Listed<Step>,
    revision: Revision,
}

pub(super) async fn show(State(serving): State<Serving>, uri: Uri) -> Result<Response, Problem> {
    let node = serving.node();
    let path = PathIds::of(PATH, uri.path());
    let (category, id) = (path.text("category"), path.text("id"));
    let unknown = || Problem::not_found(format!("there is no stream {category}/{id}"));
    let stream = StreamId::parse(category, id).map_err(|_| unknown())?;
    let params = Params::of(&uri);
    let stretch = Stretch::of(params, MOST)?;
    let first = Revision::new(params.whole("revision", 0..=u64::MAX)?.unwrap_or(0));
    let last = node.store().last_of(&stream).await.map_err(|failure| outcome::of_failure(&failure))?;
    let (revision, last) = last.ok_or_else(unknown)?;
    let part = Part { stretch, first, last };
    let listed = fold(node, stream, part).await.map_err(|failure| outcome::of_failure(&failure))?;
    Ok(Json(Folded { listed, revision }).into_response())
}

/// What is shown of a stream that ends at `last`.
#[derive(Clone, Copy)]
struct Part {
    stretch: Stretch,
    first: Revision,
    last: Position,
}

impl Part {
    fn holds(self, event: &RecordedEvent) -> bool {
        event.position() > self.stretch.from && event.metadata.revision >= self.first
    }
}

/// Folds from the first event on, whatever part is shown.
async fn fold(node: &Node, stream: StreamId, part: Part) -> Result<Listed<Step>, Failure> {
    let Part { stretch, last, .. } = part;
    let mut folding = node.state_of(stream.category()).and_then(Folding::begin);
    let filter = Filter::from(Scope::stream(stream));
    let mut considered = if folding.is_some() { Position::START } else { stretch.from };
    let mut items = Vec::new();
    loop {
        let page = node.store().read(ReadRequest::after(filter.clone(), considered)).await?;
        considered = page.considered;
        for event in &page.events {
            let state = folding.as_mut().map(|folding| folding.take(event));
            if part.holds(event) {
                items.push(step(event, state, node));
            }
            if items.len() == stretch.limit && event.position() < last {
                let next = Position::new(event.position().get().saturating_add(1));
                return Ok(Listed { items, next: Some(next), head: page.head });
            }
        }
        if considered >= last {
            return Ok(Listed { items, next: None, head: page.head });
        }
    }
}

fn step(event: &RecordedEvent, state: Option<Result<Value, String>>, node: &Node) -> Step {
    let mut event = ShownEvent::of(event, node.schemas());
    let state = match state {
        Some(Ok(state)) => Some(state),
        Some(Err(error)) => {
            event.error.get_or_insert(error);
            None
        }
        None => None,
    };
    Step { event, state }
}

/// A state that is folded event by event.
struct Folding {
    state: Box<dyn AnyState>,
    snapshots: Snapshots,
    /// Why it is not the state any more.
    broken: Option<String>,
}

impl Folding {
    /// None where states of this kind have no form in JSON.
    fn begin(kind: &StateKind) -> Option<Self> {
        Some(Self { state: (kind.begin)(), snapshots: kind.snapshots?, broken: None })
    }

    fn take(&mut self, event: &RecordedEvent) -> Result<Value, String> {
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        if let Err(error) = self.state.fold(event) {
            let error = chain(&error);
            self.broken = Some(format!("the state is not known: {error}"));
            return Err(error);
        }
        let written = (self.snapshots.write)(self.state.state());
        let mut state =
            written.and_then(|json| serde_json::from_slice(&json)).map_err(|error| error.to_string())?;
        hide_sealed(&mut state);
        Ok(state)
    }
}
