//! Who looks at a page: by a cookie that is `HttpOnly` and `SameSite=Strict`, and is not the operator's token.
//!
//! An operator's cookie says until when it counts, signed with a key made from the token: every node with that token takes
//! it, nothing is kept of it, and a new token ends it. Before that, and where no token is set, the cookie is only a random
//! number. Either way a form carries a hash of the cookie, which a page elsewhere can neither read nor guess.
//!
//! Cookies are shared by all ports of a name, so the port is part of theirs.

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Redirect, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use diptych::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue, header, request::Parts};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::{Console, api::Caller};
use crate::{Problem, guard::Connection, headers::CorrelationId};

/// How long an operator stays logged in.
const LASTS: std::time::Duration = std::time::Duration::from_secs(12 * 3600);
/// What the key is made for; another purpose gives another key.
const PURPOSE: &[u8] = b"diptych console session 1";

/// How a page is to look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Theme {
    /// As the browser likes it.
    #[default]
    Auto,
    Light,
    Dark,
}

impl Theme {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub(super) fn named(name: &str) -> Self {
        [Self::Light, Self::Dark].into_iter().find(|theme| theme.name() == name).unwrap_or_default()
    }
}

/// One request for a page.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    pub(super) caller: Caller,
    pub(super) theme: Theme,
    /// The path and query that were asked for.
    pub(super) path: String,
    /// Whether there is a token that this user could log out of.
    pub(super) may_leave: bool,
    cookie: Cookie,
    port: u16,
}

/// The value of the session's cookie.
#[derive(Clone, Debug)]
struct Cookie {
    value: String,
    /// Whether the browser has it already.
    is_known: bool,
}

/// A visit of anyone, logged in or not: for the login form.
pub(super) struct Guest(pub(super) Visit);

impl FromRequestParts<Console> for Guest {
    type Rejection = Response;

    async fn from_request_parts(head: &mut Parts, console: &Console) -> Result<Self, Response> {
        Ok(Self(visit(head, console).map_err(IntoResponse::into_response)?))
    }
}

/// A visit of someone who may look. Others are sent to log in.
impl FromRequestParts<Console> for Visit {
    type Rejection = Response;

    async fn from_request_parts(head: &mut Parts, console: &Console) -> Result<Self, Response> {
        let visit = visit(head, console).map_err(IntoResponse::into_response)?;
        if console.serving().token().is_some() && visit.caller.token.is_none() {
            let next = utf8_percent_encode(&visit.path, NON_ALPHANUMERIC);
            return Err(Redirect::to(&format!("/console/login?next={next}")).into_response());
        }
        Ok(visit)
    }
}

fn visit(head: &Parts, console: &Console) -> Result<Visit, Problem> {
    let unknown = Problem::unexpected;
    let connection = *head.extensions.get::<Connection>().ok_or_else(unknown)?;
    let port = connection.local.port();
    let serving = console.serving();
    let sent = cookie(&head.headers, &session_name(port));
    let is_operator = match (serving.token(), &sent) {
        (Some(token), Some(value)) => is_signed(value, token, serving.node().clock().now()),
        (Some(_) | None, _) => false,
    };
    let value = match sent.filter(|value| is_operator || is_plain(value)) {
        Some(value) => Cookie { value, is_known: true },
        None => Cookie { value: random().ok_or_else(unknown)?, is_known: false },
    };
    let path = head.uri.path_and_query().map_or("/console", http::uri::PathAndQuery::as_str).to_owned();
    Ok(Visit {
        caller: Caller {
            connection,
            token: serving.token().filter(|_| is_operator).map(str::to_owned),
            correlation: head.extensions.get::<CorrelationId>().cloned(),
        },
        theme: cookie(&head.headers, "diptych_theme").map(|name| Theme::named(&name)).unwrap_or_default(),
        path,
        may_leave: is_operator,
        cookie: value,
        port,
    })
}

impl Visit {
    /// What forms carry to show that they are ours.
    pub(super) fn csrf(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(b"diptych console form 1");
        hash.update(&self.cookie.value);
        URL_SAFE_NO_PAD.encode(hash.finalize())
    }

    /// Whether a form is one of ours.
    pub(super) fn sent_by_us(&self, csrf: &str) -> bool {
        self.cookie.is_known && Sha256::digest(csrf) == Sha256::digest(self.csrf())
    }

    /// Gives the browser its cookie, unless it has it.
    pub(super) fn remember(&self, response: &mut Response) {
        if !self.cookie.is_known {
            set(response, &session(self.port, &self.cookie.value, ""));
        }
    }

    /// Takes the user for an operator from now on.
    pub(super) fn let_in(&self, token: &str, now: Timestamp, response: &mut Response) -> bool {
        let until = now.plus(LASTS).as_micros();
        let Some(nonce) = random() else { return false };
        let said = format!("{until}.{nonce}");
        let Some(signed) = signature(token, &said) else { return false };
        let lasts = format!("; Max-Age={}", LASTS.as_secs());
        set(response, &session(self.port, &format!("{said}.{}", URL_SAFE_NO_PAD.encode(signed)), &lasts));
        true
    }

    /// Forgets the user.
    pub(super) fn let_go(&self, response: &mut Response) {
        set(response, &session(self.port, "", "; Max-Age=0"));
    }
}

fn session_name(port: u16) -> String {
    format!("diptych_console_{port}")
}

fn session(port: u16, value: &str, more: &str) -> String {
    format!("{}={value}; Path=/console; HttpOnly; SameSite=Strict{more}", session_name(port))
}

/// Keeps how pages are to look.
pub(super) fn keep_theme(theme: Theme, response: &mut Response) {
    let year = 365 * 24 * 3600;
    let name = theme.name();
    set(response, &format!("diptych_theme={name}; Path=/console; HttpOnly; SameSite=Strict; Max-Age={year}"));
}

fn set(response: &mut Response, cookie: &str) {
    match HeaderValue::from_str(cookie) {
        Ok(cookie) => {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        Err(error) => tracing::error!(%error, "a cookie was left out"),
    }
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(given, _)| *given == name).map(|(_, value)| value.to_owned())
}

/// What is no more than a random number.
fn is_plain(value: &str) -> bool {
    value.len() == 43 && !value.contains('.')
}

fn is_signed(value: &str, token: &str, now: Timestamp) -> bool {
    let Some((said, signed)) = value.rsplit_once('.') else { return false };
    let Ok(signed) = URL_SAFE_NO_PAD.decode(signed) else { return false };
    let until = said.split_once('.').and_then(|(until, _)| until.parse().ok());
    let lasts = until.is_some_and(|until| now < Timestamp::from_micros(until));
    lasts && mac(token, said).is_some_and(|mac| mac.verify_slice(&signed).is_ok())
}

fn signature(token: &str, said: &str) -> Option<Vec<u8>> {
    mac(token, said).map(|mac| mac.finalize().into_bytes().to_vec())
}

/// None where the algorithm takes no such key; it takes every one.
fn mac(token: &str, said: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(token.as_bytes()).ok()?;
    mac.update(PURPOSE);
    mac.update(said.as_bytes());
    Some(mac)
}

fn random() -> Option<String> {
    let mut bytes = [0; 32];
    match getrandom::fill(&mut bytes) {
        Ok(()) => Some(URL_SAFE_NO_PAD.encode(bytes)),
        Err(error) => {
            tracing::error!(%error, "the system gives no random numbers");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_cookie_counts_until_its_time_and_for_its_token_only() {
        let said = "1000000.nonce";
        let value = format!("{said}.{}", URL_SAFE_NO_PAD.encode(signature("secret", said).unwrap()));
        let at = Timestamp::from_micros;
        assert!(is_signed(&value, "secret", at(999_999)));
        assert!(!is_signed(&value, "secret", at(1_000_000)));
        assert!(!is_signed(&value, "other", at(1)));
        assert!(!is_signed(&value.replacen('1', "9", 1), "secret", at(1)));
        assert!(!is_signed("", "secret", at(1)) && !is_signed("a.b", "secret", at(1)));
        assert!(!is_plain(&value) && is_plain(&random().unwrap()));
    }
}
