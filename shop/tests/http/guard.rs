//! Who may ask: `Host`, `Origin`, `Sec-Fetch-Site`.

use crate::{
    answer::Answer,
    shop::{Shop, on_every_store},
};

on_every_store![
    a_foreign_host_is_refused,
    all_loopback_names_are_ours,
    a_host_that_is_none_is_malformed,
    http_1_0_needs_no_host_on_loopback,
    a_foreign_origin_may_not_send_commands,
    our_own_origin_may_send_commands,
    a_cross_site_page_may_not_send_commands,
    a_foreign_page_may_still_read,
    a_foreign_page_may_not_open_a_socket_or_ask_the_operator,
];

async fn list(shop: &Shop, headers: &[&str]) -> Answer {
    shop.sent("GET /api/orders", headers, "").await
}

async fn command(shop: &Shop, headers: &[&str]) -> Answer {
    let customer = format!("{{\"customerId\":\"{}\"}}", shop.user().await);
    shop.sent("POST /api/orders", headers, customer).await
}

fn port(shop: &Shop) -> String {
    shop.address.split_once(':').unwrap().1.to_owned()
}

async fn a_foreign_host_is_refused(shop: Shop) {
    let port = port(&shop);
    for host in [
        "evil.example",
        &format!("evil.example:{port}"),
        &format!("localhost.evil.example:{port}"),
        &format!("127.0.0.1.evil.example:{port}"),
        "192.168.0.1",
        "0.0.0.0",
        "[2001:db8::1]",
        "",
    ] {
        let header = format!("Host: {host}");
        list(&shop, &[&header]).await.problem(403);
        command(&shop, &[&header]).await.problem(403);
        shop.sent("GET /none", &[&header], "").await.problem(403);
        let answer = shop.sent("GET /livez", &[&header], "").await;
        assert_eq!(answer.status, 403, "{host}");
    }
    let absolute = format!(
        "GET http://evil.example/api/orders HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
        shop.address
    );
    shop.raw(absolute).await.problem(403);
}

async fn all_loopback_names_are_ours(shop: Shop) {
    let port = port(&shop);
    for name in ["127.0.0.1", "localhost", "LocalHost", "[::1]", "127.0.0.2"] {
        for host in [name.to_owned(), format!("{name}:{port}"), format!("{name}:1")] {
            list(&shop, &[&format!("Host: {host}")]).await.is(200);
        }
    }
}

async fn a_host_that_is_none_is_malformed(shop: Shop) {
    for host in ["a b", "http://localhost", "localhost:port", "[::1", "local/host"] {
        let answer = list(&shop, &[&format!("Host: {host}")]).await;
        assert!([400, 403].contains(&answer.status), "{host}: {}", answer.status);
    }
    list(&shop, &["Host: localhost", "Host: evil.example"]).await.problem(400);
}

async fn http_1_0_needs_no_host_on_loopback(shop: Shop) {
    let answer = shop.raw("GET /api/orders HTTP/1.0\r\n\r\n").await.is(200);
    assert_eq!(answer.json()["page"], 1);
    shop.raw("GET /api/orders HTTP/1.0\r\nHost: evil.example\r\n\r\n").await.problem(403);
}

async fn a_foreign_origin_may_not_send_commands(shop: Shop) {
    let port = port(&shop);
    let other_port: u16 = port.parse::<u16>().unwrap() ^ 1;
    for origin in [
        "null",
        "https://evil.example",
        &format!("http://evil.example:{port}"),
        &format!("http://localhost:{other_port}"),
        "http://localhost",
        &format!("http://localhost.evil.example:{port}"),
        &format!("http://localhost:{port}.evil.example"),
        "file://",
        "nonsense",
        "",
    ] {
        let header = format!("Origin: {origin}");
        command(&shop, &[&header]).await.problem(403);
        shop.sent("PATCH /api/users/none", &[&header], "{}").await.problem(403);
        shop.sent("DELETE /api/users/none", &[&header], "").await.problem(403);
        // A page that may not send is told nothing of what would have become of it.
        shop.sent("POST /api/orders", &[&header], "{").await.problem(403);
    }
}

async fn our_own_origin_may_send_commands(shop: Shop) {
    let port = port(&shop);
    command(&shop, &[]).await.receipt("orderId");
    for name in ["localhost", "127.0.0.1", "[::1]"] {
        let origin = format!("Origin: http://{name}:{port}");
        command(&shop, &[&origin]).await.receipt("orderId");
        for site in ["same-origin", "same-site", "none"] {
            command(&shop, &[&origin, &format!("Sec-Fetch-Site: {site}")]).await.receipt("orderId");
        }
    }
}

async fn a_cross_site_page_may_not_send_commands(shop: Shop) {
    let port = port(&shop);
    command(&shop, &["Sec-Fetch-Site: cross-site"]).await.problem(403);
    let origin = format!("Origin: http://localhost:{port}");
    command(&shop, &[&origin, "Sec-Fetch-Site: cross-site"]).await.problem(403);
}

async fn a_foreign_page_may_still_read(shop: Shop) {
    list(&shop, &["Origin: https://evil.example", "Sec-Fetch-Site: cross-site"]).await.is(200);
    let answer = list(&shop, &["Origin: https://evil.example"]).await.is(200);
    assert_eq!(answer.header("access-control-allow-origin"), None, "but its scripts are shown nothing");
}

async fn a_foreign_page_may_not_open_a_socket_or_ask_the_operator(shop: Shop) {
    for foreign in ["Origin: https://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site"] {
        for path in ["/", "/ws"] {
            let headers = [
                foreign,
                "Upgrade: websocket",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            ];
            let answer = shop.sent(&format!("GET {path}"), &headers, "").await;
            answer.problem(403);
        }
        shop.sent("GET /api/admin/projections", &[foreign], "").await.problem(403);
        shop.sent("POST /api/admin/projections/order_views/pause", &[foreign], "").await.problem(403);
    }
}
