//! Input that nobody should send: a 4xx that points at the fault, never a 5xx, never silence.

use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Value, json};

use crate::{
    answer::Answer,
    shop::{Shop, Store, fresh, line, on_every_store, on_own_shops},
};

on_every_store![
    unknown_routes_are_404,
    a_wrong_method_is_405_with_those_allowed,
    ids_that_are_none_are_404_however_they_are_written,
    a_broken_request_line_harms_nobody_else,
    header_fields_without_sense_are_400,
];

/// On shops of their own, so that what is made by accident disturbs no other test.
mod random {
    use super::*;

    on_own_shops![
        random_json_is_refused_with_its_place,
        random_bytes_are_refused,
        random_paths_and_parameters_are_refused
    ];

    fn random_json_is_refused_with_its_place(store: Store) {
        let shop = crate::shop::run(Shop::serve(&store.fresh()));
        let strategy = (route(), body());
        let tried = TestRunner::new(cases()).run(&strategy, |((method, path), body)| {
            let call = shop.call(method, path).json(&body);
            fits(&crate::shop::run(call.answer()), &format!("{method} {path} {body}"))
        });
        tried.unwrap();
    }

    fn random_bytes_are_refused(store: Store) {
        let shop = crate::shop::run(Shop::serve(&store.fresh()));
        let strategy = (route(), broken());
        let tried = TestRunner::new(cases()).run(&strategy, |((method, path), body)| {
            let said = format!("{method} {path} {:?}", String::from_utf8_lossy(&body));
            fits(&crate::shop::run(shop.call(method, path).body(body).answer()), &said)
        });
        tried.unwrap();
    }

    fn random_paths_and_parameters_are_refused(store: Store) {
        let shop = crate::shop::run(Shop::serve(&store.fresh()));
        let paths = prop::sample::select(vec![
            "/api/orders",
            "/api/orders/A",
            "/api/orders/A/status",
            "/api/stats/daily",
            "/api/stats/dashboard",
            "/api/users/A/posts",
            "/api/customers/A/orders",
        ]);
        let names = prop::sample::select(vec![
            "page",
            "limit",
            "after",
            "status",
            "customerId",
            "from",
            "to",
            "position",
            "correlation",
            "timeoutMs",
        ]);
        let values =
            prop_oneof!["[0-9]{1,25}", "-?[0-9]{1,3}[.e][0-9]{1,3}", "[a-z%0-9&=+]{0,12}", "\\PC{0,6}"];
        let strategy = (paths, prop::collection::vec((names, values), 1..4));
        let tried = TestRunner::new(cases()).run(&strategy, |(path, parameters)| {
            let pairs = parameters.iter().map(|(name, value)| format!("{name}={}", written(value)));
            let path = format!("{path}?{}", pairs.collect::<Vec<_>>().join("&"));
            fits(&crate::shop::run(shop.get(&path)), &path)
        });
        tried.unwrap();
    }

    /// A value as a careless client writes it: what a request line cannot hold is escaped, nothing else.
    fn written(value: &str) -> String {
        let escaped = value.bytes().map(|byte| match byte {
            b'!'..=b'~' if byte != b'#' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        });
        escaped.collect()
    }

    fn cases() -> ProptestConfig {
        ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() }
    }

    fn fits(answer: &Answer, said: &str) -> Result<(), TestCaseError> {
        prop_assert!(answer.status < 500, "{said}: {}", answer.text());
        if answer.status >= 400 {
            let problem = answer.problem(answer.status);
            if answer.status == 422 {
                prop_assert!(problem["errors"][0].is_object(), "{said}: {problem}");
            }
        }
        Ok(())
    }

    fn route() -> impl Strategy<Value = (&'static str, &'static str)> {
        prop::sample::select(vec![
            ("POST", "/api/orders"),
            ("POST", "/api/orders/A/items"),
            ("POST", "/api/orders/A/submit"),
            ("POST", "/api/orders/A/pay"),
            ("POST", "/api/orders/A/ship"),
            ("POST", "/api/orders/A/cancel"),
            ("POST", "/api/users"),
            ("PATCH", "/api/users/A"),
            ("POST", "/api/users/A/follow"),
            ("POST", "/api/users/A/posts"),
        ])
    }

    /// Objects with members that are known, and values that mostly do not fit.
    fn body() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            (0..4i64).prop_map(Value::from),
            "\\PC{0,10}".prop_map(Value::from),
            "[A-C]".prop_map(Value::from),
            Just(json!("a@b")),
            Just(line()),
        ];
        let member = prop::sample::select(vec![
            "orderId",
            "customerId",
            "items",
            "productId",
            "name",
            "price",
            "quantity",
            "trackingNumber",
            "reason",
            "paymentReference",
            "userId",
            "email",
            "displayName",
            "avatarUrl",
            "password",
            "version",
            "followedId",
            "postId",
            "text",
            "other",
        ]);
        leaf.prop_recursive(3, 24, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::hash_map(member.clone().prop_map(str::to_owned), inner, 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    /// Good JSON with a few bytes changed.
    fn broken() -> impl Strategy<Value = Vec<u8>> {
        let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4);
        (body(), changes).prop_map(|(body, changes)| {
            let mut bytes = body.to_string().into_bytes();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            bytes
        })
    }
}

async fn unknown_routes_are_404(shop: Shop) {
    let order = shop.order().await;
    for path in [
        "/none".to_owned(),
        "/api".to_owned(),
        "/api/".to_owned(),
        "/api/order".to_owned(),
        "/api/orders/".to_owned(),
        "//api/orders".to_owned(),
        "/API/orders".to_owned(),
        format!("{}/", order.own),
        format!("{}/nothing", order.own),
        format!("{}/submit/now", order.own),
        "/index.php".to_owned(),
        "/.env".to_owned(),
    ] {
        for method in ["GET", "POST"] {
            shop.sent(&format!("{method} {path}"), &[], "").await.problem(404);
        }
    }
}

async fn a_wrong_method_is_405_with_those_allowed(shop: Shop) {
    let order = shop.order().await;
    let [own, submit] = [order.own.clone(), format!("{}/submit", order.own)];
    let user = shop.user().await;
    for (method, path, allowed) in [
        ("DELETE", "/api/orders", vec!["GET", "HEAD", "POST"]),
        ("PUT", "/api/orders", vec!["GET", "HEAD", "POST"]),
        ("POST", &own, vec!["GET", "HEAD"]),
        ("PATCH", &own, vec!["GET", "HEAD"]),
        ("GET", &submit, vec!["POST"]),
        ("DELETE", &submit, vec!["POST"]),
        ("POST", "/api/stats/dashboard", vec!["GET", "HEAD"]),
        ("BREW", "/api/orders", vec!["GET", "HEAD", "POST"]),
    ] {
        let answer = shop.call(method, path).answer().await;
        answer.problem(405);
        let mut methods: Vec<_> = answer.header("allow").unwrap().split(',').map(str::trim).collect();
        methods.sort_unstable();
        assert_eq!(methods, allowed, "{method} {path}");
    }
    let answer = shop.call("PUT", &format!("/api/users/{user}")).answer().await;
    answer.problem(405);
    for method in ["GET", "HEAD", "PATCH"] {
        assert!(answer.header("allow").unwrap().contains(method));
    }
}

async fn ids_that_are_none_are_404_however_they_are_written(shop: Shop) {
    let long = "x".repeat(129);
    let longer = "x".repeat(4000);
    for id in [
        "%2F",
        "a%2Fb",
        "%2e",
        "%2E%2e",
        "..%2f..%2fetc",
        "'",
        "%22",
        "%27%20OR%201=1--",
        "%00",
        "%0a",
        "%0d%0aX:1",
        "%FF",
        "%C3%A4",
        "%F0%9F%98%80",
        "%",
        "%2",
        "%zz",
        "a%20b",
        "a+b",
        "*",
        "a;b",
        "a,b",
        "(a)",
        "$a",
        "@",
        "~a",
        "!",
        &long,
        &longer,
    ] {
        for path in
            ["/api/orders/{}", "/api/orders/{}/status?position=0", "/api/users/{}", "/api/users/{}/posts"]
        {
            let path = path.replace("{}", id);
            shop.sent(&format!("GET {path}"), &[], "").await.problem(404);
        }
        shop.sent(&format!("POST /api/orders/{id}/submit"), &[], "").await.problem(404);
        shop.sent(&format!("GET /api/customers/{id}/orders"), &[], "").await.problem(404);
    }
    let order = shop.order().await;
    shop.view(&order).await;
    // An escaped letter is the letter.
    let escaped = order.own.replace("ORD", "%4FRD");
    assert_eq!(shop.sent(&format!("GET {escaped}"), &[], "").await.is(200).json()["orderId"], order.id);
}

async fn a_broken_request_line_harms_nobody_else(shop: Shop) {
    for bytes in [
        &b"\r\n\r\n\r\n"[..],
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET /api/orders HTTP/1.1\r\nHost : x\r\n\r\n",
        b"GET /api/ orders HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST /api/orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
        b"POST /api/orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    ] {
        let mut connection = shop.connect().await;
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        connection.write_all(bytes).await.unwrap();
        connection.shutdown().await.unwrap();
        let mut answer = Vec::new();
        // Whether it is answered before the connection is closed is the server's choice.
        if connection.read_to_end(&mut answer).await.is_ok() && !answer.is_empty() {
            assert!(answer.starts_with(b"HTTP/1.1 4"), "{:?}", String::from_utf8_lossy(&answer));
        }
    }
    shop.get("/api/orders").await.is(200);
}

async fn header_fields_without_sense_are_400(shop: Shop) {
    let order = shop.order().await;
    let path = format!("{}/submit", order.own);
    for (name, value) in [("Idempotency-Key", "a b"), ("X-Correlation-ID", "a b"), ("If-Match", "nonsense")] {
        let answer = shop.call("POST", &path).header(name, value).answer().await;
        answer.malformed_header(name);
        let twice = [format!("{name}: \"1\""), format!("{name}: {value}")];
        let answer = shop.sent(&format!("POST {path}"), &[&twice[0], &twice[1]], "").await;
        answer.malformed_header(name);
    }
    let latin = [
        b"GET ",
        order.own.as_bytes(),
        b" HTTP/1.1\r\nConnection: close\r\nHost: localhost\r\nX-Correlation-ID: \xe4\r\n\r\n",
    ];
    shop.raw(latin.concat()).await.malformed_header("X-Correlation-ID");
    let many = (0..200).map(|n| format!("X-{}: {n}", fresh("h"))).collect::<Vec<_>>().join("\r\n");
    let request =
        format!("GET /api/orders HTTP/1.1\r\nConnection: close\r\nHost: localhost\r\n{many}\r\n\r\n");
    let status = shop.raw(request).await.status;
    assert!((400..500).contains(&status) || status == 200, "{status}");
}
