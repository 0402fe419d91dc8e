//! Who is let in and who is not.

use std::net::SocketAddr;

use axum::{Router, body::Body, middleware, routing::get};
use http::{Request, StatusCode};
use tower::ServiceExt;

use super::*;

const LOCAL: &str = "127.0.0.1:3000";

fn guard(bound: &str) -> Guard {
    Guard::bound_to([bound.parse().unwrap()])
}

fn connection(local: &str, peer: &str) -> Connection {
    Connection { local: local.parse().unwrap(), peer: peer.parse().unwrap() }
}

/// The status that a head is answered with; 200 where it passes.
fn status(guard: &Guard, method: &str, uri: &str, headers: &[(&str, &str)], on: Option<Connection>) -> u16 {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (mut head, ()) = request.body(()).unwrap().into_parts();
    head.extensions.extend(
        on.map(|on| {
            let mut extensions = http::Extensions::new();
            extensions.insert(on);
            extensions
        })
        .unwrap_or_default(),
    );
    guard.judge(&head).map_or_else(|problem| problem.status().as_u16(), |()| 200)
}

fn host(guard: &Guard, host: &str) -> u16 {
    status(guard, "GET", "/api/orders", &[("host", host)], None)
}

fn post(guard: &Guard, host: &str, headers: &[(&str, &str)]) -> u16 {
    let all = [&[("host", host)], headers].concat();
    status(guard, "POST", "/api/orders", &all, None)
}

fn from(guard: &Guard, host: &str, origin: &str) -> u16 {
    post(guard, host, &[("origin", origin)])
}

#[test]
fn every_loopback_name_is_ours_whatever_its_case_and_port() {
    for name in [
        "localhost",
        "LocalHost:3000",
        "localhost:9",
        "localhost:",
        "127.0.0.1",
        "127.9.8.7:1",
        "[::1]:3000",
        "[::1]",
    ] {
        assert_eq!(host(&guard(LOCAL), name), 200, "{name}");
    }
}

#[test]
fn other_names_are_foreign() {
    for name in [
        "evil.example",
        "localhost.evil.example",
        "localhost.",
        "10.0.0.1",
        "128.0.0.1",
        "[::2]:3000",
        "127.1",
        "2130706433",
        "0.0.0.0",
        "",
        ":3000",
        "local%68ost",
    ] {
        assert_eq!(host(&guard(LOCAL), name), 403, "{name}");
    }
}

#[test]
fn a_host_that_is_none_is_malformed() {
    for name in [
        "localhost:abc",
        "localhost:99999",
        "::1",
        "[::1",
        "[localhost]",
        "user@localhost",
        "a b",
        "local/host",
        "a:b:1",
    ] {
        assert_eq!(host(&guard(LOCAL), name), 400, "{name}");
    }
    let twice = [("host", "localhost"), ("host", "localhost")];
    assert_eq!(status(&guard(LOCAL), "GET", "/", &twice, None), 400);
}

#[test]
fn the_bound_address_and_configured_names_are_ours() {
    let shop = guard("192.168.1.5:3000").and_name("Shop.Example").unwrap();
    for name in ["192.168.1.5", "192.168.1.5:80", "shop.example", "SHOP.example:8443", "localhost"] {
        assert_eq!(host(&shop, name), 200, "{name}");
    }
    for name in ["192.168.1.6", "www.shop.example", "example"] {
        assert_eq!(host(&shop, name), 403, "{name}");
    }
}

#[test]
fn bound_to_all_means_the_address_that_the_request_came_to() {
    let all = guard("0.0.0.0:3000");
    let on = Some(connection("192.168.1.5:3000", "192.168.1.9:50000"));
    let get = |name| status(&all, "GET", "/", &[("host", name)], on);
    assert_eq!(get("192.168.1.5:3000"), 200);
    assert_eq!(get("192.168.1.6:3000"), 403);
}

#[test]
fn no_host_is_fine_on_loopback_alone() {
    assert_eq!(status(&guard(LOCAL), "GET", "/", &[], None), 200);
    let all = guard("0.0.0.0:3000");
    assert_eq!(status(&all, "GET", "/", &[], None), 403);
    assert_eq!(status(&all, "GET", "/", &[], Some(connection(LOCAL, "127.0.0.1:5"))), 200);
    assert_eq!(status(&all, "GET", "/", &[], Some(connection("10.0.0.1:3000", "10.0.0.2:5"))), 403);
}

#[test]
fn the_request_line_and_the_header_must_both_be_ours() {
    let get = |uri, host| status(&guard(LOCAL), "GET", uri, &[("host", host)], None);
    assert_eq!(get("http://localhost:3000/", "localhost"), 200);
    assert_eq!(get("http://evil.example/", "localhost"), 403);
    assert_eq!(get("http://localhost/", "evil.example"), 403);
}

#[test]
fn commands_without_an_origin_or_from_our_own_pages_pass() {
    assert_eq!(post(&guard(LOCAL), "localhost:3000", &[]), 200);
    for origin in [
        "http://localhost:3000",
        "http://127.0.0.1:3000",
        "http://127.0.0.2:3000",
        "http://[::1]:3000",
        "HTTP://LOCALHOST:3000",
    ] {
        assert_eq!(from(&guard(LOCAL), "localhost:3000", origin), 200, "{origin}");
    }
}

#[test]
fn commands_from_other_pages_are_refused() {
    for origin in [
        "null",
        "",
        "http://evil.example",
        "http://localhost",
        "http://localhost:3001",
        "https://localhost:3000",
        "http://localhost:3000/",
        "http://localhost.evil.example:3000",
        "file://",
        "http://",
        "localhost:3000",
        "chrome-extension://abc",
        "http://localhost:3000 http://evil.example",
        "http://user@localhost:3000",
    ] {
        assert_eq!(from(&guard(LOCAL), "localhost:3000", origin), 403, "{origin}");
    }
    let both = [("origin", "http://localhost:3000"), ("origin", "http://evil.example")];
    assert_eq!(post(&guard(LOCAL), "localhost:3000", &both), 403);
}

#[test]
fn cross_site_is_refused_whatever_the_origin() {
    for value in ["cross-site", "Cross-Site"] {
        assert_eq!(post(&guard(LOCAL), "localhost:3000", &[("sec-fetch-site", value)]), 403);
        let with_own = [("sec-fetch-site", value), ("origin", "http://localhost:3000")];
        assert_eq!(post(&guard(LOCAL), "localhost:3000", &with_own), 403);
    }
    for value in ["same-origin", "same-site", "none"] {
        assert_eq!(post(&guard(LOCAL), "localhost:3000", &[("sec-fetch-site", value)]), 200);
    }
}

#[test]
fn reading_is_open_but_the_operators_calls_and_sockets_are_not() {
    let foreign =
        [("host", "localhost"), ("origin", "http://evil.example"), ("sec-fetch-site", "cross-site")];
    let ask = |method, uri, more: &[(&str, &str)]| {
        status(&guard(LOCAL), method, uri, &[&foreign, more].concat(), None)
    };
    for method in ["GET", "HEAD", "OPTIONS"] {
        assert_eq!(ask(method, "/api/orders", &[]), 200);
        assert_eq!(ask(method, "/api/administrators", &[]), 200);
        assert_eq!(ask(method, "/api/admin", &[]), 403);
        assert_eq!(ask(method, "/api/admin/events?limit=1", &[]), 403);
    }
    for method in ["POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY"] {
        assert_eq!(ask(method, "/api/orders", &[]), 403);
    }
    assert_eq!(ask("GET", "/ws", &[("upgrade", "WebSocket")]), 403);
    assert_eq!(ask("GET", "/", &[("upgrade", "h2c, websocket")]), 403);
    assert_eq!(ask("GET", "/", &[("upgrade", "h2c")]), 200);
}

#[test]
fn a_configured_name_has_pages_of_its_own_behind_a_proxy_too() {
    let shop = guard(LOCAL).and_name("shop.example").unwrap();
    for (host, origin) in [
        ("shop.example", "https://shop.example"),
        ("shop.example", "http://shop.example"),
        ("localhost:3000", "https://shop.example"),
        ("shop.example:3000", "http://shop.example:3000"),
        ("shop.example:8443", "https://shop.example:8443"),
    ] {
        assert_eq!(from(&shop, host, origin), 200, "{host} {origin}");
    }
    assert_eq!(from(&shop, "shop.example", "https://shop.example:9000"), 403);
    assert_eq!(from(&shop, "shop.example", "https://evil.example"), 403);
}

#[test]
fn a_configured_origin_is_that_origin_alone() {
    let shop = guard(LOCAL).and_origin("https://Admin.Example").unwrap();
    assert_eq!(from(&shop, "localhost:3000", "https://admin.example"), 200);
    assert_eq!(from(&shop, "localhost:3000", "https://admin.example:443"), 200);
    assert_eq!(from(&shop, "localhost:3000", "http://admin.example"), 403);
    assert_eq!(from(&shop, "localhost:3000", "https://admin.example:444"), 403);
    assert_eq!(host(&shop, "admin.example"), 403);
}

#[test]
fn a_forwarded_port_is_known_by_host() {
    assert_eq!(from(&guard("0.0.0.0:3000"), "localhost:8080", "http://localhost:8080"), 200);
    assert_eq!(from(&guard("0.0.0.0:3000"), "localhost:8080", "http://localhost:9090"), 403);
}

#[test]
fn a_page_on_the_callers_own_machine_is_foreign_to_a_server_elsewhere() {
    let all = guard("192.168.1.5:3000");
    assert_eq!(from(&all, "192.168.1.5:3000", "http://localhost:3000"), 403);
    assert_eq!(from(&all, "192.168.1.5:3000", "http://192.168.1.5:3000"), 200);
    assert_eq!(from(&all, "localhost:3000", "http://192.168.1.5:3000"), 200);
}

#[test]
fn what_cannot_be_configured_is_said() {
    for name in ["", "a b", "shop.example:80", "http://shop.example"] {
        assert!(guard(LOCAL).and_name(name).is_err(), "{name}");
    }
    for origin in ["", "shop.example", "null", "https://", "https://a/b", "ftp://a"] {
        assert!(guard(LOCAL).and_origin(origin).is_err(), "{origin}");
    }
}

#[tokio::test]
async fn the_layer_stands_before_everything() {
    let address: SocketAddr = LOCAL.parse().unwrap();
    let state = Arc::new(Guard::bound_to([address]));
    let app =
        Router::new().route("/", get(|| async { "in" })).layer(middleware::from_fn_with_state(state, layer));
    let ask = |uri: &str, host: &str| {
        let request = Request::builder().uri(uri).header("host", host).body(Body::empty()).unwrap();
        app.clone().oneshot(request)
    };
    assert_eq!(ask("/", "localhost").await.unwrap().status(), StatusCode::OK);
    let refused = ask("/nowhere", "evil.example").await.unwrap();
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert_eq!(refused.headers()["content-type"], "application/problem+json");
}
