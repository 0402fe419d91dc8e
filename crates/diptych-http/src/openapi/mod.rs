//! The OpenAPI document: 3.1, of every route.
//!
//! What an application declares becomes operations in [`operation`], with answers of its kind from [`answers`] and
//! schemas gathered by [`schemas`]. `own.json` has what is the same for every application: the operating and the
//! operator's routes, and the parameters, headers and schemas that all share. Answers are described strictly, so that a
//! checker finds what is answered outside of it.

mod answers;
mod document;
mod example;
mod operation;
mod schemas;
#[cfg(test)]
mod tests;

use std::sync::OnceLock;

use axum::{Router, extract::State, response::Response, routing::get};
use http::HeaderMap;
use schemars::{JsonSchema, Schema, generate::SchemaSettings};
use serde_json::Value;

use crate::{Serving, asset::Asset};

pub(crate) use example::example;

/// The document, made when it is first asked for.
#[derive(Default)]
pub(crate) struct OpenApi(OnceLock<(Value, Asset)>);

impl OpenApi {
    fn both(&self, serving: &Serving) -> &(Value, Asset) {
        self.0.get_or_init(|| {
            let document = document::of(serving.title(), serving.documented(), serving.token().is_some());
            let asset = Asset::new("application/json", document.to_string());
            (document, asset)
        })
    }

    pub(crate) fn document(&self, serving: &Serving) -> &Value {
        &self.both(serving).0
    }
}

pub(crate) fn routes() -> Router<Serving> {
    Router::new().route("/openapi.json", get(document))
}

async fn document(State(serving): State<Serving>, headers: HeaderMap) -> Response {
    serving.openapi().both(&serving).1.answer(&headers)
}

/// The JSON Schema of what is answered: a member that is always there is required.
pub(crate) fn schema_of_answer<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>()
}
