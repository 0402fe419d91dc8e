//! The files that pages need: a style sheet, a script, an icon.

use axum::{
    Router,
    routing::{MethodRouter, get},
};
use http::HeaderMap;

use super::Console;
use crate::asset::Asset;

pub(super) fn routes() -> Router<Console> {
    let css = include_str!("../../assets/console.css");
    let js = include_str!("../../assets/console.js");
    let icon = include_str!("../../assets/console.svg");
    Router::new()
        .route("/console/console.css", asset("text/css; charset=utf-8", css))
        .route("/console/console.js", asset("text/javascript; charset=utf-8", js))
        .route("/console/icon.svg", asset("image/svg+xml", icon))
}

fn asset(media_type: &'static str, text: &'static str) -> MethodRouter<Console> {
    let asset = Asset::new(media_type, text);
    get(move |headers: HeaderMap| async move { asset.answer(&headers) })
}
