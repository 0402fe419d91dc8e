//! A part of a list, with links onward.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use diptych::{InvalidId, Listed, Part, Query, SortKeys, Start, StreamId};
use http::{Method, request::Parts};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Documented, Kind, Parameter, Routes, Serving, path::PathIds, required::Required, view::answer};
use crate::{
    Cursor, Direction, Page, PageLinks, Problem,
    asked::{Asked, from_read_model},
    params::{self, Params},
};

/// Where a list is.
#[derive(Clone, Debug)]
pub struct ListRoute {
    path: &'static str,
    summary: String,
    parameters: Vec<Parameter>,
}

impl ListRoute {
    /// A list at this path.
    #[must_use]
    pub fn at(path: &'static str) -> Self {
        Self { path, summary: String::new(), parameters: Vec::new() }
    }

    /// What it lists, in a sentence.
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

/// One call of a list's route.
pub struct ListCall<'a> {
    /// The query parameters.
    pub params: Params<'a>,
    /// Which part is asked for.
    pub part: Part,
    path: &'a PathIds,
    required: Required,
}

impl ListCall<'_> {
    /// The id in the path, `{id}`.
    ///
    /// # Errors
    /// 404 where it breaks the rules of ids: there is no such thing.
    pub fn id<I: std::str::FromStr<Err = InvalidId>>(&self) -> Result<I, Problem> {
        self.path.parse("id")
    }

    /// An id in a parameter.
    ///
    /// # Errors
    /// 404 where it breaks the rules of ids: there is no such thing; 422 where the parameter cannot be read.
    pub fn id_in<I: std::str::FromStr<Err = InvalidId>>(
        &self,
        name: &'static str,
    ) -> Result<Option<I>, Problem> {
        let Some(text) = self.params.text(name)? else { return Ok(None) };
        text.parse().map(Some).map_err(|error: InvalidId| Problem::not_found(error.to_string()))
    }

    /// Holds that the part begins at a place of this list, as `check` says: a link that was made up is 422.
    ///
    /// # Errors
    /// 422 at `after` where it does not.
    pub fn begins_well<E: std::fmt::Display>(
        &self,
        check: impl Fn(&Part) -> Result<(), E>,
    ) -> Result<(), Problem> {
        check(&self.part).map_err(|error| {
            Problem::invalid_parameter("after", format!("must be taken from the links of this list: {error}"))
        })
    }

    /// The list is of this thing: 404 where it does not exist.
    pub fn of(&mut self, stream: StreamId) {
        self.required.add(stream);
    }
}

impl std::fmt::Debug for ListCall<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ListCall").field("part", &self.part).finish_non_exhaustive()
    }
}

impl Routes {
    /// Answers a list; `make` turns the call into the query.
    #[must_use]
    pub fn list<Q, T, F>(self, route: ListRoute, make: F) -> Self
    where
        Q: Query<Answer = Listed<T>>,
        T: Serialize + JsonSchema + Send + 'static,
        F: Fn(&mut ListCall<'_>) -> Result<Q, Problem> + Clone + Send + Sync + 'static,
    {
        let documented = Documented {
            method: Method::GET,
            path: route.path,
            summary: route.summary,
            kind: Kind::List,
            message: Some(Q::NAME),
            member: None,
            body: None,
            answer: Some(crate::openapi::schema_of_answer::<T>()),
            parameters: route.parameters,
        };
        let name = route.path;
        let handler = move |State(serving): State<Serving>, head: Parts| {
            let make = make.clone();
            async move {
                let path = PathIds::of(name, head.uri.path());
                answer(list(&serving, name, &path, &head, make).await)
            }
        };
        self.route(documented, get(handler))
    }
}

async fn list<Q, T, F>(
    serving: &Serving,
    name: &'static str,
    path: &PathIds,
    head: &Parts,
    make: F,
) -> Result<Response, Problem>
where
    Q: Query<Answer = Listed<T>>,
    T: Serialize,
    F: Fn(&mut ListCall<'_>) -> Result<Q, Problem>,
{
    let params = Params::of(&head.uri);
    let (part, page) = part(params, name)?;
    let mut call = ListCall { params, part: part.clone(), path, required: Required::default() };
    let query = make(&mut call)?;
    let required = std::mem::take(&mut call.required);
    let asked = Asked::of(serving.node(), &head.uri, &head.headers).await?;
    required.exist(serving).await?;
    match serving.in_time(serving.node().ask_with(query, asked.options())).await? {
        Some(answered) => {
            let links = Links { params, path: head.uri.path(), name, page };
            let page = links.page(answered.value, part.limit);
            Ok(from_read_model(answered.position, axum::Json(page).into_response()))
        }
        None => Ok(asked.too_early("PROCESSING")),
    }
}

/// Which part is asked for, and the number of its page.
fn part(params: Params<'_>, name: &str) -> Result<(Part, u32), Problem> {
    let paging = params.paging()?;
    let limit = paging.limit;
    match &paging.start {
        params::Start::Page(page) => Ok((Part { start: Start::Offset(paging.offset()), limit }, *page)),
        params::Start::After(text) => {
            let cursor = Cursor::<SortKeys>::decode(name, text)?;
            let start = match cursor.direction {
                Direction::Forward => Start::After(cursor.keys),
                Direction::Backward => Start::Before(cursor.keys),
            };
            Ok((Part { start, limit }, cursor.page))
        }
    }
}

struct Links<'a> {
    params: Params<'a>,
    path: &'a str,
    name: &'a str,
    page: u32,
}

impl Links<'_> {
    fn page<T>(&self, listed: Listed<T>, limit: u32) -> Page<T> {
        let first = listed.items.first().filter(|_| listed.more_before).map(|(keys, _)| keys.clone());
        let last = listed.items.last().filter(|_| listed.more_after).map(|(keys, _)| keys.clone());
        let links = PageLinks {
            next: last.map(|keys| self.link(Direction::Forward, self.page.saturating_add(1), keys)),
            prev: first.map(|keys| self.link(Direction::Backward, self.page.saturating_sub(1).max(1), keys)),
        };
        let items = listed.items.into_iter().map(|(_, item)| item).collect();
        Page { items, page: self.page, limit, total: listed.total, links }
    }

    fn link(&self, direction: Direction, page: u32, keys: SortKeys) -> String {
        self.params.link(self.path, &Cursor { direction, page, keys }.encode(self.name))
    }
}
