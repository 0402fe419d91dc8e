//! How far a command's effect has come: projection by projection.

use axum::response::{IntoResponse, Response};
use diptych::Position;
use http::{HeaderValue, header, request::Parts};
use serde_json::{Map, Value, json};

use super::{
    Serving,
    view::{last_change, no_such},
};
use crate::{Problem, Thing, asked, params::Params};

pub(super) async fn status(
    serving: &Serving,
    thing: &Thing,
    id: &str,
    head: &Parts,
) -> Result<Response, Problem> {
    let wanted = wanted(serving, thing, id, head).await?;
    let node = serving.node();
    let mut projections = Map::new();
    let mut completed = true;
    for name in thing.projections(node) {
        let at = node.watermarks().of(name);
        completed &= at >= wanted;
        let lag = wanted.get().saturating_sub(at.get());
        projections.insert(name.to_owned(), json!({ "position": at.get(), "lag": lag }));
    }
    let body = json!({
        "status": if completed { "COMPLETED" } else { "PROCESSING" },
        "position": wanted.get(),
        "projections": Value::Object(projections),
    });
    Ok(([(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))], axum::Json(body)).into_response())
}

/// The position that is asked about. A correlation id must be of a command that touched this thing.
async fn wanted(serving: &Serving, thing: &Thing, id: &str, head: &Parts) -> Result<Position, Problem> {
    let waiting = Params::of(&head.uri).waiting()?;
    match (&waiting.correlation, waiting.position) {
        (Some(correlation), position) => {
            let known = asked::known(serving.node(), correlation).await?;
            if !known.touched(thing.category(), id) {
                return Err(Problem::not_found(format!(
                    "no command with this correlation id touched the {} {id:?}",
                    thing.category()
                )));
            }
            Ok(position.map_or(known.position, |position| known.position.max(Position::new(position))))
        }
        (None, Some(position)) => {
            last_change(serving, thing, id).await.map_err(|_| no_such(thing, id))?;
            Ok(Position::new(position))
        }
        (None, None) => Err(Problem::invalid_parameter("correlation", "must be given, or position")),
    }
}
