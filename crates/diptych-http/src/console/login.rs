//! Logging in with the operator's token, logging out, and how pages are to look.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::{StatusCode, Uri};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    Console,
    api::{Caller, Refusal},
    frame::{self, Page, Tab},
    session::{self, Guest, Theme, Visit},
};
use crate::params::Params;

/// What the login form sends.
#[derive(Deserialize)]
pub(super) struct Login {
    csrf: String,
    token: String,
    #[serde(default)]
    next: String,
}

/// What the other small forms send.
#[derive(Deserialize)]
pub(super) struct Chosen {
    csrf: String,
    #[serde(default)]
    theme: String,
    #[serde(default)]
    next: String,
}

pub(super) async fn form(State(console): State<Console>, Guest(visit): Guest, uri: Uri) -> Response {
    let next = Params::of(&uri).text("next").ok().flatten().unwrap_or_default().into_owned();
    if console.serving().token().is_none() || visit.may_leave {
        return frame::guarded(Redirect::to(safe(&next)).into_response());
    }
    frame::answer(&console, &visit, Ok(asking(&visit, &next, None)))
}

fn asking(visit: &Visit, next: &str, wrong: Option<&str>) -> Page {
    let body: Markup = html! {
        div class="login card" {
            h1 { "Log in" }
            p { "This server asks for the operator's token." }
            form method="post" action="/console/login" {
                (frame::hidden(visit))
                input type="hidden" name="next" value=(next);
                label for="token" { "Token" }
                input id="token" name="token" type="password" autocomplete="current-password" required autofocus
                    aria-describedby=[wrong.map(|_| "wrong")];
                @if let Some(wrong) = wrong { p id="wrong" class="bad" role="alert" { (wrong) } }
                button class="primary" { "Log in" }
            }
        }
    };
    Page::new(Tab::Nowhere, "Log in", body)
}

pub(super) async fn enter(
    State(console): State<Console>,
    Guest(visit): Guest,
    Form(login): Form<Login>,
) -> Response {
    if !visit.sent_by_us(&login.csrf) {
        return again(
            &console,
            &visit,
            &login.next,
            StatusCode::FORBIDDEN,
            "The form was too old; try again.",
        );
    }
    let caller = Caller { token: Some(login.token.clone()), ..visit.caller.clone() };
    if console.api().get(&caller, "/api/admin/audit").await.is_err() {
        return again(&console, &visit, &login.next, StatusCode::UNAUTHORIZED, "That is not the token.");
    }
    let mut response = Redirect::to(safe(&login.next)).into_response();
    let now = console.serving().node().clock().now();
    if !visit.let_in(&login.token, now, &mut response) {
        let refusal = Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "Not now", "no session can be made");
        return frame::answer(&console, &visit, Err(refusal));
    }
    frame::guarded(response)
}

fn again(console: &Console, visit: &Visit, next: &str, status: StatusCode, why: &str) -> Response {
    let mut response = frame::answer(console, visit, Ok(asking(visit, next, Some(why))));
    *response.status_mut() = status;
    response
}

pub(super) async fn leave(
    State(console): State<Console>,
    Guest(visit): Guest,
    Form(chosen): Form<Chosen>,
) -> Response {
    if !visit.sent_by_us(&chosen.csrf) {
        return frame::answer(&console, &visit, Err(not_ours()));
    }
    let mut response = Redirect::to("/console/login").into_response();
    visit.let_go(&mut response);
    frame::guarded(response)
}

pub(super) async fn theme(
    State(console): State<Console>,
    Guest(visit): Guest,
    Form(chosen): Form<Chosen>,
) -> Response {
    if !visit.sent_by_us(&chosen.csrf) {
        return frame::answer(&console, &visit, Err(not_ours()));
    }
    let mut response = Redirect::to(safe(&chosen.next)).into_response();
    session::keep_theme(Theme::named(&chosen.theme), &mut response);
    frame::guarded(response)
}

/// A form that was not made for this visit.
pub(super) fn not_ours() -> Refusal {
    let detail = "this form was not made for you, or is too old; go back, load the page again and repeat it";
    Refusal::new(StatusCode::FORBIDDEN, "Forbidden", detail)
}

/// Only pages of the console: a link elsewhere is not followed.
fn safe(next: &str) -> &str {
    let is_ours = next == "/console" || next.starts_with("/console/") || next.starts_with("/console?");
    let is_plain = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_ours && is_plain { next } else { "/console" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_logging_in_only_pages_of_ours_are_gone_to() {
        assert_eq!(safe("/console/map?x=1"), "/console/map?x=1");
        for elsewhere in
            ["", "//evil.example", "https://evil.example/", "/consoles", "/console/\r\nx", "/console/\\x"]
        {
            assert_eq!(safe(elsewhere), "/console", "{elsewhere}");
        }
    }
}
