//! Operating: health, metrics, the document, and the operator's calls.

use diptych_cli::Settings;
use serde_json::{Value, json};

use crate::{
    answer::{Answer, members},
    shop::{Shop, Store, fresh, line, on_every_store, on_own_shops, run},
    websocket::Socket,
};

on_every_store![
    it_is_alive_and_ready,
    metrics_are_in_prometheus_text,
    the_openapi_document_names_every_route,
    the_log_is_shown_event_by_event,
    events_are_filtered_and_paged,
    personal_data_is_never_shown,
    a_stream_is_shown_with_its_states,
    the_events_of_a_conversation_are_found,
    projections_are_listed,
    what_an_operator_may_not_ask_is_refused,
];

/// On shops of their own: what is stopped here would hold up other tests.
mod operated {
    use super::*;

    on_own_shops![
        a_paused_projection_holds_its_readers_and_comes_back,
        a_rebuilt_projection_is_equal_to_the_live_one,
        a_token_is_asked_for_where_one_is_set,
    ];

    async fn operate(shop: &Shop, what: &str) -> Answer {
        shop.call("POST", &format!("/api/admin/projections/order_views/{what}")).answer().await
    }

    fn a_paused_projection_holds_its_readers_and_comes_back(store: Store) {
        run(async {
            let shop = Shop::serve(&store.fresh()).await;
            let customer = shop.user().await;
            let before = shop.order_of(&customer).await;
            shop.view(&before).await;
            operate(&shop, "pause").await.is(202);
            operate(&shop, "pause").await.problem(409);
            let order = shop.order_of(&customer).await;
            let path = |rest: &str| format!("{}{rest}", order.own);
            shop.get(&order.own).await.not_yet("pending");
            let asked = format!("?correlation={}", order.correlation);
            shop.get(&path(&asked)).await.not_yet("PROCESSING");
            shop.get(&path(&format!("{asked}&wait=true&timeoutMs=200"))).await.problem(408);
            shop.get(&path("?wait=true&timeoutMs=200")).await.problem(408);
            let call = shop.call("GET", &order.own).header("Prefer", "wait=1");
            assert_eq!(call.answer().await.status, 202);
            let status = shop.get(&order.status).await.is(200).json();
            assert_eq!(status["status"], "PROCESSING");
            assert!(status["projections"]["order_views"]["lag"].as_u64().unwrap() > 0);
            // What exists nowhere is told from what is not there yet, and others go on.
            shop.get(&format!("/api/orders/{}", fresh("NONE"))).await.problem(404);
            shop.get(&before.own).await.is(200);
            shop.user().await;
            operate(&shop, "resume").await.is(202);
            operate(&shop, "resume").await.problem(409);
            assert_eq!(shop.view(&order).await["orderId"], order.id);
        });
    }

    fn a_rebuilt_projection_is_equal_to_the_live_one(store: Store) {
        run(async {
            let shop = Shop::serve(&store.fresh()).await;
            let customer = shop.user().await;
            let mut position = 0;
            for what in ["submit", "cancel", "submit"] {
                let order = shop.order_of(&customer).await;
                position = shop.tell(&order.id, what).await.position;
            }
            let path = format!("/api/customers/{customer}/orders");
            shop.seen(&path, position).await;
            let mut socket = Socket::open(&shop, "/ws").await;
            socket.subscribe(json!({})).await;
            let order = shop.order_of(&customer).await;
            socket.until(&order).await;
            let live = shop.seen(&path, order.position).await;
            operate(&shop, "rebuild").await.is(202);
            assert_eq!(shop.seen(&path, order.position).await, live);
            let order = shop.order_of(&customer).await;
            assert_eq!(socket.until(&order).await.len(), 1, "nothing is told of a rebuild");
        });
    }

    fn a_token_is_asked_for_where_one_is_set(store: Store) {
        run(async {
            let app = crate::shop::app(&store.fresh());
            let settings = Settings {
                listen: vec!["127.0.0.1:0".parse().unwrap()],
                token: Some("secret".to_owned()),
                ..Settings::default()
            };
            let served = diptych_cli::serve(app, shop::routes(), &settings).await.unwrap();
            let shop = Shop::at(served.addresses[0].to_string());
            let ask = || shop.call("GET", "/api/admin/projections");
            let answer = ask().answer().await;
            answer.problem(401);
            assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer"));
            for wrong in ["Bearer wrong", "Bearer secret2", "Bearer", "Basic secret", "secret", "Bearer  "] {
                let status = ask().header("Authorization", wrong).answer().await.status;
                assert!([400, 401, 403].contains(&status), "{wrong}: {status}");
            }
            ask().header("Authorization", "Bearer secret").answer().await.is(200);
            shop.call("POST", "/api/admin/projections/order_views/pause").answer().await.problem(401);
            shop.get("/api/orders").await.is(200);
        });
    }
}

async fn it_is_alive_and_ready(shop: Shop) {
    shop.get("/livez").await.is(200);
    for path in ["/readyz", "/readyz?strict=true"] {
        let ready = shop.get(path).await.is(200).json();
        assert_eq!(members(&ready), ["reasons", "status"]);
        assert_eq!((&ready["status"], &ready["reasons"]), (&json!("ready"), &json!([])));
    }
}

async fn metrics_are_in_prometheus_text(shop: Shop) {
    shop.order().await;
    let answer = shop.get("/metrics").await.is(200);
    let content_type = answer.header("content-type").unwrap();
    assert!(
        content_type.starts_with("text/plain") || content_type.starts_with("application/openmetrics-text")
    );
    let text = answer.text();
    let samples = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    for sample in samples.clone() {
        assert!(sample.rsplit(' ').next().unwrap().parse::<f64>().is_ok(), "{sample}");
    }
    assert!(samples.clone().any(|sample| sample.contains("lag") && sample.contains("order_views")), "{text}");
}

async fn the_openapi_document_names_every_route(shop: Shop) {
    let document = shop.get("/openapi.json").await.is(200).json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    for (method, path) in [
        ("post", "/api/orders"),
        ("get", "/api/orders"),
        ("get", "/api/orders/{id}"),
        ("get", "/api/orders/{id}/status"),
        ("get", "/api/orders/{id}/stream"),
        ("post", "/api/orders/{id}/items"),
        ("post", "/api/orders/{id}/submit"),
        ("post", "/api/orders/{id}/pay"),
        ("post", "/api/orders/{id}/ship"),
        ("post", "/api/orders/{id}/cancel"),
        ("get", "/api/customers/{id}/orders"),
        ("get", "/api/stats/dashboard"),
        ("get", "/api/stats/daily"),
        ("post", "/api/users"),
        ("patch", "/api/users/{id}"),
        ("get", "/api/users/{id}"),
        ("post", "/api/users/{id}/follow"),
        ("post", "/api/users/{id}/unfollow"),
        ("post", "/api/users/{id}/posts"),
        ("get", "/api/users/{id}/posts"),
        ("get", "/api/users/{id}/timeline"),
        ("post", "/api/products"),
        ("get", "/api/products"),
        ("get", "/api/products/{id}"),
        ("patch", "/api/products/{id}"),
        ("put", "/api/products/{id}/stock"),
        ("post", "/api/products/{id}/reviews"),
        ("post", "/api/articles"),
        ("get", "/api/articles"),
        ("get", "/api/articles/{id}"),
        ("get", "/api/articles/{id}/stream"),
        ("post", "/api/articles/{id}/likes"),
        ("delete", "/api/articles/{id}/likes/{userId}"),
        ("post", "/api/articles/{id}/comments"),
        ("post", "/api/articles/{id}/views"),
        ("get", "/api/authors/{id}/stats"),
        ("get", "/livez"),
        ("get", "/readyz"),
        ("get", "/metrics"),
        ("get", "/api/admin/projections"),
        ("get", "/api/admin/events"),
        ("get", "/api/admin/streams/{category}/{id}"),
    ] {
        assert!(document["paths"][path][method].is_object(), "{method} {path}");
    }
    let answer = shop.get("/docs").await.is(200);
    assert!(answer.header("content-type").unwrap().starts_with("text/html"));
}

const EVENT: [&str; 11] = [
    "causationId",
    "correlationId",
    "data",
    "eventId",
    "position",
    "recordedAt",
    "revision",
    "schemaVersion",
    "stream",
    "tags",
    "type",
];

async fn the_log_is_shown_event_by_event(shop: Shop) {
    let order = shop.order().await;
    let submitted = shop.tell(&order.id, "submit").await;
    let path = format!("/api/admin/events?from={}&limit=1", order.position);
    let page = shop.get(&path).await.is(200).json();
    let event = &page["items"][0];
    assert_eq!(members(event), EVENT);
    assert_eq!(event["position"], order.position);
    assert_eq!(event["stream"], json!({ "category": "order", "id": order.id }));
    assert_eq!((&event["revision"], &event["type"]), (&json!(0), &json!("OrderCreated")));
    assert_eq!(event["correlationId"], order.correlation);
    assert!(event["recordedAt"].as_str().unwrap().ends_with('Z'));
    let money = event["data"].to_string();
    assert!(money.contains("Cents\":"), "money is in members named …Cents: {money}");
    assert!(page["head"].as_u64().unwrap() >= submitted.position);
    let next = page["next"].as_u64().expect("there are more");
    assert!(next > order.position && next <= submitted.position);
}

async fn events_are_filtered_and_paged(shop: Shop) {
    let order = shop.order().await;
    for what in ["submit", "pay", "ship"] {
        shop.tell(&order.id, what).await;
    }
    let types = |page: &Value| -> Vec<String> {
        let items = page["items"].as_array().unwrap();
        items.iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    };
    let all = ["OrderCreated", "OrderSubmitted", "OrderPaid", "OrderShipped"];
    let mut seen = Vec::new();
    let mut from = 0;
    loop {
        let path = format!("/api/admin/events?stream=order/{}&limit=1&from={from}", order.id);
        let answer = shop.get(&path).await;
        let page = answer.is(200).json();
        seen.extend(types(&page));
        match page["next"].as_u64() {
            Some(next) => from = next,
            None => break,
        }
    }
    assert_eq!(seen, all);
    let path = format!("/api/admin/events?category=order&type=OrderPaid&from={}", order.position);
    let page = shop.get(&path).await.is(200).json();
    assert!(types(&page).iter().all(|name| name == "OrderPaid"));
    for (parameter, bad) in [("limit", "0"), ("limit", "1001"), ("limit", "x"), ("from", "-1"), ("from", "x")]
    {
        shop.get(&format!("/api/admin/events?{parameter}={bad}")).await.invalid_parameter(parameter);
    }
    shop.get("/api/admin/events?limit=1000").await.is(200);
}

async fn personal_data_is_never_shown(shop: Shop) {
    let secret = fresh("lovelace");
    let body = json!({ "email": format!("{secret}@example.com"), "displayName": format!("Ada {secret}") });
    let user = shop.post("/api/users", body).await.receipt("userId");
    let order = shop.order_of(&user.id).await;
    for path in [
        format!("/api/admin/events?from={}", user.position),
        format!("/api/admin/streams/user/{}", user.id),
        format!("/api/admin/streams/order/{}", order.id),
        format!("/api/admin/correlations/{}", user.correlation),
    ] {
        let answer = shop.get(&path).await.is(200);
        let lower = answer.text().to_lowercase();
        assert!(!lower.contains(&secret.to_lowercase()), "{path}");
    }
    let stream = shop.get(&format!("/api/admin/streams/user/{}", user.id)).await.json();
    assert!(stream["items"][0]["data"].to_string().contains("{\"sealed\":true}"), "{stream}");
}

async fn a_stream_is_shown_with_its_states(shop: Shop) {
    let order = shop.order().await;
    shop.post(&format!("{}/items", order.own), line()).await.receipt("orderId");
    shop.tell(&order.id, "submit").await;
    let stream = shop.get(&format!("/api/admin/streams/order/{}", order.id)).await.is(200).json();
    let items = stream["items"].as_array().unwrap();
    assert_eq!(items.len(), 3);
    for (revision, event) in items.iter().enumerate() {
        assert_eq!(event["revision"], revision);
        assert_eq!(event["stream"]["id"], order.id);
        assert!(event["state"].is_object(), "{event}");
    }
    assert_ne!(items[1]["state"], items[2]["state"]);
    shop.get(&format!("/api/admin/streams/order/{}", fresh("NONE"))).await.problem(404);
    shop.get(&format!("/api/admin/streams/nothing/{}", order.id)).await.problem(404);
    shop.get("/api/admin/streams/order/a%2Fb").await.problem(404);
}

async fn the_events_of_a_conversation_are_found(shop: Shop) {
    let (order, id) = (shop.order().await, fresh("corr"));
    for what in ["submit", "pay"] {
        let call = shop.call("POST", &format!("{}/{what}", order.own)).header("X-Correlation-ID", &id);
        call.answer().await.receipt("orderId");
    }
    let page = shop.get(&format!("/api/admin/events?correlation={id}")).await.is(200).json();
    let found: Vec<_> = page["items"].as_array().unwrap().iter().map(|event| event["type"].clone()).collect();
    assert_eq!(found, [json!("OrderSubmitted"), json!("OrderPaid")]);
    let tree = shop.get(&format!("/api/admin/correlations/{id}")).await.is(200).text();
    assert!(tree.contains("OrderSubmitted") && tree.contains("OrderPaid"), "{tree}");
    shop.get(&format!("/api/admin/correlations/{}", fresh("unknown"))).await.problem(404);
}

async fn projections_are_listed(shop: Shop) {
    let order = shop.order().await;
    shop.view(&order).await;
    let list = shop.get("/api/admin/projections").await.is(200).json();
    let items = list["items"].as_array().unwrap();
    let views = items.iter().find(|item| item["name"] == "order_views").expect("order views");
    assert!(views["position"].as_u64().unwrap() >= order.position);
    assert!(views["head"].as_u64().unwrap() >= order.position);
    assert!(views["state"].is_string(), "{views}");
}

async fn what_an_operator_may_not_ask_is_refused(shop: Shop) {
    let post = |path: &str| shop.call("POST", &format!("/api/admin/projections/{path}"));
    post("nothing/pause").answer().await.problem(404);
    post("order_views/explode").answer().await.problem(404);
    post("order_views/pause").body("{\"now\":true}").answer().await.invalid_at("/now");
    for operation in ["resume", "promote", "rollback", "skip", "retry", "park", "park?later=wait"] {
        post(&format!("order_views/{operation}")).answer().await.problem(409);
    }
    post("order_views/park?later=soon").answer().await.problem(422);
    shop.get("/api/admin/projections/order_views/pause").await.problem(405);
    shop.get("/api/admin/nothing").await.problem(404);
}
