//! Any other value of a read model: statistics, counts.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use diptych::{InvalidId, Query, StreamId};
use http::{Method, request::Parts};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Documented, Kind, Parameter, Routes, Serving, path::PathIds, required::Required, view::answer};
use crate::{
    Problem,
    asked::{Asked, from_read_model},
    params::Params,
};

/// Where a value is.
#[derive(Clone, Debug)]
pub struct ValueRoute {
    path: &'static str,
    summary: String,
    parameters: Vec<Parameter>,
}

impl ValueRoute {
    /// A value at this path.
    #[must_use]
    pub fn at(path: &'static str) -> Self {
        Self { path, summary: String::new(), parameters: Vec::new() }
    }

    /// What it tells, in a sentence.
    #[must_use]
    pub fn summary(mut self, sentence: &str) -> Self {
        sentence.clone_into(&mut self.summary);
        self
    }

    /// A parameter that narrows it, for the OpenAPI document.
    #[must_use]
    pub fn filter<T: JsonSchema>(mut self, name: &'static str, description: &'static str) -> Self {
        self.parameters.push(Parameter { name, description, schema: schemars::schema_for!(T) });
        self
    }
}

/// One call of a value's route.
pub struct ValueCall<'a> {
    /// The query parameters.
    pub params: Params<'a>,
    path: &'a PathIds,
    required: Required,
}

impl ValueCall<'_> {
    /// The id in the path, `{id}`.
    ///
    /// # Errors
    /// 404 where it breaks the rules of ids: there is no such thing.
    pub fn id<I: std::str::FromStr<Err = InvalidId>>(&self) -> Result<I, Problem> {
        self.path.parse("id")
    }

    /// The value is of this thing: 404 where it does not exist.
    pub fn of(&mut self, stream: StreamId) {
        self.required.add(stream);
    }
}

impl std::fmt::Debug for ValueCall<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ValueCall").field("path", self.path).finish_non_exhaustive()
    }
}

impl Routes {
    /// Answers a value; `make` turns the call into the query.
    #[must_use]
    pub fn value<Q, F>(self, route: ValueRoute, make: F) -> Self
    where
        Q: Query<Answer: Serialize + JsonSchema>,
        F: Fn(&mut ValueCall<'_>) -> Result<Q, Problem> + Clone + Send + Sync + 'static,
    {
        let documented = Documented {
            method: Method::GET,
            path: route.path,
            summary: route.summary,
            kind: Kind::Value,
            message: Some(Q::NAME),
            member: None,
            body: None,
            answer: Some(crate::openapi::schema_of_answer::<Q::Answer>()),
            parameters: route.parameters,
        };
        let template = route.path;
        let handler = move |State(serving): State<Serving>, head: Parts| {
            let make = make.clone();
            async move {
                let path = PathIds::of(template, head.uri.path());
                answer(value(&serving, &path, &head, make).await)
            }
        };
        self.route(documented, get(handler))
    }
}

async fn value<Q, F>(serving: &Serving, path: &PathIds, head: &Parts, make: F) -> Result<Response, Problem>
where
    Q: Query<Answer: Serialize>,
    F: Fn(&mut ValueCall<'_>) -> Result<Q, Problem>,
{
    let mut call = ValueCall { params: Params::of(&head.uri), path, required: Required::default() };
    let query = make(&mut call)?;
    let required = std::mem::take(&mut call.required);
    let asked = Asked::of(serving.node(), &head.uri, &head.headers).await?;
    required.exist(serving).await?;
    match serving.in_time(serving.node().ask_with(query, asked.options())).await? {
        Some(answered) => Ok(from_read_model(answered.position, axum::Json(answered.value).into_response())),
        None => Ok(asked.too_early("PROCESSING")),
    }
}
