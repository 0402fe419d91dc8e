//! The view of one thing: 200 from the read model, 202 where it has not come so far, 404 where there is no such thing.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use diptych::Position;
use http::{HeaderValue, Method, StatusCode, header, request::Parts};

use super::{Documented, Kind, Routes, Serving, path::PathIds};
use crate::{
    Problem, Thing,
    asked::{Asked, from_read_model},
    headers::{ETag, IfNoneMatch},
    outcome,
    params::Patience,
    thing::Rendered,
};

impl Routes {
    /// Shows one kind of thing: its view, its `/status` and its `/stream`.
    #[must_use]
    pub fn thing(mut self, thing: &Thing, paths: ThingPaths) -> Self {
        self.things.push(thing.clone());
        let documented = |path, kind, summary: &str, answer| Documented {
            method: Method::GET,
            path,
            summary: summary.to_owned(),
            kind,
            message: (kind == Kind::View).then_some(thing.query()),
            member: None,
            body: None,
            answer,
            parameters: Vec::new(),
        };
        let (shown, watched, streamed) = (thing.clone(), thing.clone(), thing.clone());
        self.route(
            documented(thing.path(), Kind::View, "Its view", Some(thing.schema().clone())),
            get(move |State(serving): State<Serving>, head: Parts| async move {
                answer(show(&serving, &shown, &id_in(shown.path(), &head), &head).await)
            }),
        )
        .route(
            documented(paths.status, Kind::Status, "How far a command's effect has come", None),
            get(move |State(serving): State<Serving>, head: Parts| async move {
                answer(super::status::status(&serving, &watched, &id_in(paths.status, &head), &head).await)
            }),
        )
        .route(
            documented(paths.stream, Kind::Stream, "Its view after each change, as Server-Sent Events", None),
            get(move |State(serving): State<Serving>, head: Parts| async move {
                answer(super::stream::stream(serving, streamed, id_in(paths.stream, &head), head).await)
            }),
        )
    }
}

/// Where a thing's status and stream are.
#[derive(Clone, Copy, Debug)]
pub struct ThingPaths {
    /// `/api/orders/{id}/status`.
    pub status: &'static str,
    /// `/api/orders/{id}/stream`.
    pub stream: &'static str,
}

fn id_in(template: &'static str, head: &Parts) -> String {
    PathIds::of(template, head.uri.path()).text("id").to_owned()
}

pub(super) fn answer(result: Result<Response, Problem>) -> Response {
    result.unwrap_or_else(IntoResponse::into_response)
}

async fn show(serving: &Serving, thing: &Thing, id: &str, head: &Parts) -> Result<Response, Problem> {
    let unless = IfNoneMatch::of(&head.headers)?;
    let mut asked = Asked::of(serving.node(), &head.uri, &head.headers).await?;
    if is_ahead(serving, thing, asked) {
        last_change(serving, thing, id).await?;
    }
    loop {
        match serving.in_time(thing.ask(serving.node(), id, asked.options())).await? {
            Some(answered) => match answered.value {
                Some(view) => return Ok(shown(&view, answered.position, unless.as_ref())),
                None => {
                    let last = last_change(serving, thing, id).await?;
                    if answered.position >= last {
                        return Err(no_such(thing, id));
                    }
                    let waited_already = asked.at.is_some_and(|at| at >= last);
                    if matches!(asked.patience, Patience::None) || waited_already {
                        return Ok(asked.too_early("pending"));
                    }
                    asked = asked.from(last);
                }
            },
            None => {
                last_change(serving, thing, id).await?;
                return Ok(asked.too_early("PROCESSING"));
            }
        }
    }
}

/// Whether the view is asked for with a position to come: then it is worth looking whether there is such a thing at all.
fn is_ahead(serving: &Serving, thing: &Thing, asked: Asked) -> bool {
    let projections = thing.projections(serving.node());
    asked.at.is_some_and(|at| serving.node().watermarks().check(&projections, at).is_err())
}

/// The last position of the thing's own stream.
///
/// # Errors
/// 404 where it has none: it exists nowhere.
pub(super) async fn last_change(serving: &Serving, thing: &Thing, id: &str) -> Result<Position, Problem> {
    let stream = thing.stream(id).ok_or_else(|| no_such(thing, id))?;
    let last = serving.node().store().last_of(&stream).await;
    let last = last.map_err(|failure| outcome::of_failure(&failure))?;
    last.map(|(_, position)| position).ok_or_else(|| no_such(thing, id))
}

pub(super) fn no_such(thing: &Thing, id: &str) -> Problem {
    Problem::not_found(format!("there is no {} {id:?}", thing.category()))
}

fn shown(view: &Rendered, position: Position, unless: Option<&IfNoneMatch>) -> Response {
    let etag = ETag::of_view(view.version.get(), view.changed.get());
    let mut response = if unless.is_some_and(|tags| tags.has(&etag)) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let json = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        (json, view.json.clone()).into_response()
    };
    response.headers_mut().insert(header::ETAG, HeaderValue::from(&etag));
    from_read_model(position, response)
}
