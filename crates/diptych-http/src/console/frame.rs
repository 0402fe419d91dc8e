//! What is around every page: head, navigation, and the headers that keep others out.

use axum::response::{Html, IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use maud::{DOCTYPE, Markup, html};

use super::{
    Console,
    api::Refusal,
    session::{Theme, Visit},
};

/// Scripts and styles are files of ours, nothing is asked of others, and nobody puts a page into theirs.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Where in the navigation a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tab {
    Overview,
    Projections,
    Events,
    Streams,
    Correlations,
    Map,
    Try,
    /// In none of it.
    Nowhere,
}

const TABS: [(Tab, &str, &str); 7] = [
    (Tab::Overview, "Overview", "/console"),
    (Tab::Projections, "Projections", "/console/projections"),
    (Tab::Events, "Events", "/console/events"),
    (Tab::Streams, "Stream", "/console/streams"),
    (Tab::Correlations, "Correlation", "/console/correlations"),
    (Tab::Map, "Map", "/console/map"),
    (Tab::Try, "Try it", "/console/try"),
];

/// A page without what is around it.
pub(super) struct Page {
    pub(super) title: String,
    pub(super) tab: Tab,
    /// After how many milliseconds the parts that are marked as live are asked for again.
    pub(super) every: Option<u32>,
    pub(super) body: Markup,
}

impl Page {
    pub(super) fn new(tab: Tab, title: impl Into<String>, body: Markup) -> Self {
        Self { title: title.into(), tab, every: None, body }
    }

    /// The parts that are marked as live are kept up to date.
    pub(super) const fn live(mut self, every: u32) -> Self {
        self.every = Some(every);
        self
    }
}

/// The page in its frame, or the refusal in it.
pub(super) fn answer(console: &Console, visit: &Visit, page: Result<Page, Refusal>) -> Response {
    let (status, page) = match page {
        Ok(page) => (StatusCode::OK, page),
        Err(refusal) => (refusal.status, refused(&refusal)),
    };
    let html = framed(console, visit, &page).into_string();
    let mut response = (status, Html(html)).into_response();
    visit.remember(&mut response);
    guarded(response)
}

fn refused(refusal: &Refusal) -> Page {
    let title = if refusal.title.is_empty() { refusal.status.as_str() } else { &refusal.title };
    let body = html! {
        h1 { (title) }
        p class="lead" { (refusal.detail) }
        p { a href="/console" { "To the overview" } }
    };
    Page::new(Tab::Nowhere, title, body)
}

/// Sets what every answer of the console has.
pub(super) fn guarded(mut response: Response) -> Response {
    let own = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        // With none at all, a browser would say of our own forms that they come from nowhere.
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in own {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn framed(console: &Console, visit: &Visit, page: &Page) -> Markup {
    let application = console.serving().title();
    html! {
        (DOCTYPE)
        html lang="en" data-theme=(visit.theme.name()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content=(scheme(visit.theme));
                title { (page.title) " – " (application) }
                link rel="icon" href="/console/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/console/console.css";
                script type="module" src="/console/console.js" {}
            }
            body data-every=[page.every] {
                a class="skip" href="#main" { "Skip to the content" }
                header class="side" {
                    a class="brand" href="/console" { (mark()) span { (application) } }
                    nav aria-label="Console" {
                        @for (tab, name, path) in TABS {
                            a href=(path) aria-current=[(tab == page.tab).then_some("page")] { (name) }
                        }
                    }
                    div class="foot" {
                        (themes(visit))
                        a href="/docs" { "API" }
                        @if visit.may_leave { (leave(visit)) }
                    }
                }
                main id="main" tabindex="-1" {
                    (page.body)
                }
                div id="live" class="ticker" hidden {
                    span class="beat" {}
                    button type="button" id="pause" aria-pressed="false" { "Pause live updates" }
                }
            }
        }
    }
}

const fn scheme(theme: Theme) -> &'static str {
    match theme {
        Theme::Auto => "light dark",
        Theme::Light => "light",
        Theme::Dark => "dark",
    }
}

/// Two panels and the hinges between them.
pub(super) fn mark() -> Markup {
    html! {
        svg class="mark" viewBox="0 0 32 32" width="26" height="26" aria-hidden="true" {
            path class="panel" d="M3 6.5 14 3v26L3 25.5z" {}
            path class="panel b" d="M29 6.5 18 3v26l11-3.5z" {}
            path class="hinge" d="M14 9h4M14 23h4" {}
        }
    }
}

fn themes(visit: &Visit) -> Markup {
    let next = match visit.theme {
        Theme::Auto => Theme::Light,
        Theme::Light => Theme::Dark,
        Theme::Dark => Theme::Auto,
    };
    html! {
        form method="post" action="/console/theme" class="theme" {
            (hidden(visit))
            input type="hidden" name="next" value=(visit.path);
            button class="quiet" name="theme" value=(next.name()) title={ "Change to " (next.name()) } {
                "Theme: " (visit.theme.name())
            }
        }
    }
}

fn leave(visit: &Visit) -> Markup {
    html! {
        form method="post" action="/console/logout" {
            (hidden(visit))
            button class="quiet" { "Log out" }
        }
    }
}

/// What shows that a form is ours.
pub(super) fn hidden(visit: &Visit) -> Markup {
    html! { input type="hidden" name="csrf" value=(visit.csrf()); }
}
