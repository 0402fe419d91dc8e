//! Reading one's own write: 200, 202, 404 and 408, told apart.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{
    answer::members,
    shop::{NEVER, Shop, fresh, on_every_store},
};

on_every_store![
    what_was_asked_for_is_answered_with_its_position,
    what_is_not_there_yet_is_202,
    waiting_in_vain_is_408_and_closes_the_connection,
    a_preference_to_wait_ends_in_202,
    waiting_alone_waits_for_the_thing,
    what_was_acknowledged_is_never_404,
    what_exists_nowhere_is_404_whatever_was_asked,
    an_unknown_or_malformed_correlation_id_is_404,
    a_refused_command_is_not_known_by_its_correlation_id,
    the_correlation_id_of_another_thing_counts_as_its_position,
    the_later_of_correlation_and_position_counts,
    parameters_out_of_range_are_pointed_at,
    unknown_parameters_are_ignored,
    lists_and_figures_wait_likewise,
    head_is_answered_like_get_without_a_body,
    no_query_may_be_kept_without_asking,
];

async fn what_was_asked_for_is_answered_with_its_position(shop: Shop) {
    let order = shop.order().await;
    for asked in [format!("correlation={}", order.correlation), format!("position={}", order.position)] {
        let answer = shop.get(&format!("{}?{asked}&wait=true", order.own)).await.is(200);
        assert_eq!(answer.json()["orderId"], order.id);
        assert_eq!(answer.header("cache-control"), Some("no-cache"));
        let reflected: u64 = answer.header("x-position").unwrap().parse().unwrap();
        assert!(reflected >= order.position);
        // Once there, it stays there, without waiting too.
        shop.get(&format!("{}?{asked}", order.own)).await.is(200);
    }
    shop.get(&format!("{}?position=0", order.own)).await.is(200);
}

async fn what_is_not_there_yet_is_202(shop: Shop) {
    let order = shop.order().await;
    shop.view(&order).await;
    for position in [NEVER, u64::MAX] {
        let answer = shop.get(&format!("{}?position={position}", order.own)).await;
        answer.not_yet("PROCESSING");
        assert_eq!(answer.header("etag"), None);
    }
    shop.get(&format!("{}?position={NEVER}&wait=false", order.own)).await.not_yet("PROCESSING");
}

async fn waiting_in_vain_is_408_and_closes_the_connection(shop: Shop) {
    let order = shop.order().await;
    let path = format!("{}?position={NEVER}&wait=true&timeoutMs=300", order.own);
    let begun = Instant::now();
    let answer = shop.get(&path).await;
    assert!(begun.elapsed() >= Duration::from_millis(300));
    assert!(begun.elapsed() < Duration::from_secs(5));
    let problem = answer.problem(408);
    assert_eq!(problem["title"], "Timeout");
    assert_eq!(problem["retryAfter"], 1);
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(answer.header("connection"), Some("close"));
    shop.get(&format!("{}?position={NEVER}&wait=true&timeoutMs=0", order.own)).await.problem(408);

    let mut connection = shop.connect().await;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", shop.address);
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let closed = tokio::time::timeout(Duration::from_secs(5), connection.read_to_string(&mut answer)).await;
    closed.expect("the connection is kept").unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
}

async fn a_preference_to_wait_ends_in_202(shop: Shop) {
    let order = shop.order().await;
    let get = |position: u64| shop.call("GET", &format!("{}?position={position}", order.own));
    get(order.position).header("Prefer", "wait=60").answer().await.is(200);
    let begun = Instant::now();
    get(NEVER).header("Prefer", "respond-async, wait=1").answer().await.not_yet("PROCESSING");
    assert!(begun.elapsed() >= Duration::from_secs(1));
    assert!(begun.elapsed() < Duration::from_secs(5));
    get(NEVER).header("Prefer", "wait=0").answer().await.not_yet("PROCESSING");
    get(order.position).header("Prefer", "return=minimal").answer().await.is(200);
}

async fn waiting_alone_waits_for_the_thing(shop: Shop) {
    for _ in 0..20 {
        let order = shop.order().await;
        shop.get(&format!("{}?wait=true", order.own)).await.is(200);
        let user = shop.user().await;
        shop.get(&format!("/api/users/{user}?wait=true")).await.is(200);
    }
    let begun = Instant::now();
    shop.get(&format!("/api/orders/{}?wait=true", fresh("NONE"))).await.problem(404);
    assert!(begun.elapsed() < Duration::from_secs(4), "what exists nowhere is not waited for");
}

async fn what_was_acknowledged_is_never_404(shop: Shop) {
    let customer = shop.user().await;
    for _ in 0..30 {
        let order = shop.order_of(&customer).await;
        let answer = shop.get(&order.own).await;
        if answer.status != 200 {
            answer.not_yet("pending");
        }
        let answer = shop.get(&format!("{}?correlation={}", order.own, order.correlation)).await;
        if answer.status != 200 {
            answer.not_yet("PROCESSING");
        }
    }
}

async fn what_exists_nowhere_is_404_whatever_was_asked(shop: Shop) {
    let order = shop.order().await;
    for thing in [format!("/api/orders/{}", fresh("NONE")), format!("/api/users/{}", fresh("NONE"))] {
        let position = order.position;
        let asked = [
            String::new(),
            format!("?position={position}"),
            format!("?position={position}&wait=true"),
            format!("?position={NEVER}"),
            format!("?position={NEVER}&wait=true"),
            format!("?correlation={}&wait=true", order.correlation),
        ];
        for asked in asked {
            let begun = Instant::now();
            shop.get(&format!("{thing}{asked}")).await.problem(404);
            assert!(begun.elapsed() < Duration::from_secs(4), "{asked}");
        }
    }
}

async fn an_unknown_or_malformed_correlation_id_is_404(shop: Shop) {
    let order = shop.order().await;
    let long = "x".repeat(129);
    for id in ["unknown", "a%20b", "%00", "%C3%A4", "%FF", "a%2Fb", "", &long] {
        for rest in ["", "&wait=true", "&timeoutMs=100&wait=true"] {
            shop.get(&format!("{}?correlation={id}{rest}", order.own)).await.problem(404);
        }
        shop.get(&format!("{}/status?correlation={id}", order.own)).await.problem(404);
        shop.get(&format!("{}/stream?correlation={id}", order.own)).await.problem(404);
    }
}

async fn a_refused_command_is_not_known_by_its_correlation_id(shop: Shop) {
    let (order, id) = (shop.order().await, fresh("refused"));
    let pay = shop.call("POST", &format!("{}/pay", order.own)).header("X-Correlation-ID", &id);
    pay.answer().await.problem(409);
    shop.get(&format!("{}?correlation={id}", order.own)).await.problem(404);
    shop.get(&format!("{}/status?correlation={id}", order.own)).await.problem(404);
}

async fn the_correlation_id_of_another_thing_counts_as_its_position(shop: Shop) {
    let (order, other) = (shop.order().await, shop.order().await);
    let path = format!("{}?correlation={}&wait=true", order.own, other.correlation);
    let answer = shop.get(&path).await.is(200);
    assert_eq!(answer.json()["orderId"], order.id);
    let reflected: u64 = answer.header("x-position").unwrap().parse().unwrap();
    assert!(reflected >= other.position);
}

async fn the_later_of_correlation_and_position_counts(shop: Shop) {
    let order = shop.order().await;
    let path = format!("{}?correlation={}&position={NEVER}", order.own, order.correlation);
    shop.get(&path).await.not_yet("PROCESSING");
}

async fn parameters_out_of_range_are_pointed_at(shop: Shop) {
    let order = shop.order().await;
    for path in [order.own.as_str(), "/api/orders", "/api/stats/dashboard"] {
        for bad in ["30001", "-1", "1.5", "1e3", "soon", "99999999999999999999999"] {
            let answer = shop.get(&format!("{path}?wait=true&timeoutMs={bad}")).await;
            answer.invalid_parameter("timeoutMs");
        }
        for bad in ["-1", "1.5", "1e3", "first", "18446744073709551616", "%00"] {
            shop.get(&format!("{path}?position={bad}")).await.invalid_parameter("position");
        }
        shop.get(&format!("{path}?wait=true&timeoutMs=30000")).await.is(200);
    }
}

async fn unknown_parameters_are_ignored(shop: Shop) {
    let order = shop.order().await;
    shop.view(&order).await;
    for path in [order.own.as_str(), "/api/orders", "/api/stats/dashboard", "/api/stats/daily"] {
        shop.get(&format!("{path}?_=1700000000&utm%20source=%FF&&=&x")).await.is(200);
    }
}

async fn lists_and_figures_wait_likewise(shop: Shop) {
    let order = shop.order().await;
    let customer = shop.view(&order).await["customerId"].as_str().unwrap().to_owned();
    let paths = [
        "/api/orders".to_owned(),
        format!("/api/customers/{customer}/orders"),
        format!("/api/users/{customer}/posts"),
        "/api/stats/dashboard".to_owned(),
        "/api/stats/daily".to_owned(),
    ];
    for path in paths {
        let answer = shop.get(&format!("{path}?correlation={}&wait=true", order.correlation)).await.is(200);
        let reflected: u64 = answer.header("x-position").expect(&path).parse().unwrap();
        assert!(reflected >= order.position, "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-cache"));
        shop.get(&format!("{path}?position={NEVER}")).await.not_yet("PROCESSING");
        shop.get(&format!("{path}?position={NEVER}&wait=true&timeoutMs=50")).await.problem(408);
        shop.get(&format!("{path}?correlation=unknown")).await.problem(404);
        shop.get(&format!("{path}?wait=true")).await.is(200);
    }
}

async fn head_is_answered_like_get_without_a_body(shop: Shop) {
    let order = shop.order().await;
    let full = shop.get(&format!("{}?position={}&wait=true", order.own, order.position)).await;
    let head = shop.call("HEAD", &order.own).answer().await.is(200);
    assert_eq!(head.headers.get("etag"), full.headers.get("etag"));
    assert_eq!(head.header("content-type"), Some("application/json"));
    assert_eq!(head.header("content-length"), Some(full.body.len().to_string().as_str()));
    assert!(head.body.is_empty());
    assert_eq!(shop.call("HEAD", "/api/orders/none").answer().await.status, 404);
    assert_eq!(shop.call("HEAD", "/api/orders").answer().await.status, 200);
    let stream = format!("HEAD {}/stream", order.own);
    let answer = shop.sent(&stream, &[], "").await;
    assert_eq!((answer.status, answer.body.len()), (200, 0), "and it ends, though the stream would not");
}

async fn no_query_may_be_kept_without_asking(shop: Shop) {
    let order = shop.order().await;
    shop.view(&order).await;
    let status = shop.get(&order.status).await.is(200);
    assert_eq!(members(&status.json()), ["position", "projections", "status"]);
    let not_yet = shop.get(&format!("{}?position={NEVER}", order.own)).await;
    for answer in [status, not_yet] {
        assert_eq!(answer.header("cache-control"), Some("no-cache"));
    }
    assert_eq!(shop.get("/api/orders").await.json()["page"], json!(1));
}
