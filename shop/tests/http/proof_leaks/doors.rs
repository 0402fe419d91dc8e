//! Every door through which someone can bring a personal text in, whether it is taken or not.

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::planted::{NAME, PICTURE, email};
use crate::shop::{NEVER, Shop, fresh};

/// Someone new, with this e-mail.
pub(super) fn person(email: &str) -> Value {
    json!({ "userId": fresh("USR"), "email": email, "displayName": NAME, "avatarUrl": format!("https://{PICTURE}/") })
}

/// Brings them in by all doors but a crash and a failing projection; answers the id of someone who is in.
pub(super) async fn all(shop: &Shop) -> String {
    let user = taken(shop).await;
    refused(shop, &user).await;
    beside_the_body(shop, &user).await;
    live(shop, &user).await;
    user
}

/// What is taken: profiles, changes of them so many that a snapshot is made, orders that carry them, replays of a key.
async fn taken(shop: &Shop) -> String {
    let user = shop.post("/api/users", person(&email(1))).await.receipt("userId");
    let path = format!("/api/users/{}", user.id);
    for version in 0..120 {
        let changed = json!({ "version": version, "displayName": format!("{NAME} {version}"), "email": email(version + 2) });
        shop.patch(&path, changed).await.receipt("userId");
    }
    let order = shop.order_of(&user.id).await;
    let view = shop.view(&order).await;
    assert!(view["customerName"].as_str().unwrap().starts_with(NAME), "it is there, and can be read: {view}");
    let (key, body) = (fresh("key"), person(&email("keyed")));
    let keyed = || shop.call("POST", "/api/users").header("Idempotency-Key", &key).json(&body).answer();
    assert_eq!(keyed().await.receipt("userId"), keyed().await.receipt("userId"));
    let other =
        shop.call("POST", "/api/users").header("Idempotency-Key", &key).json(&person(&email("other")));
    other.answer().await.problem(422);
    user.id
}

/// What is refused: taken e-mails, stale versions, and bodies that are wrong in every way.
async fn refused(shop: &Shop, user: &str) {
    let path = format!("/api/users/{user}");
    let held = shop.post("/api/users", person(&email("keyed").to_uppercase())).await;
    held.problem(409);
    let detail = held.text();
    assert!(!detail.to_lowercase().contains("planted"), "a taken e-mail is repeated: {detail}");
    shop.patch(&path, json!({ "version": 3, "displayName": NAME })).await.problem(409);
    shop.patch(&path, json!({ "displayName": NAME, "email": email("none") })).await.problem(428);
    shop.patch(&path, json!({ "version": 120, "email": email("keyed") })).await.problem(409);
    for wrong in [
        json!({ "email": format!("{} {NAME}", email(1)) }),
        json!({ "email": email(1), "displayName": NAME.repeat(100) }),
        json!({ "email": { "of": email(1) } }),
        json!({ "email": [NAME] }),
        json!({ "email": email(1), "password": NAME }),
        json!({ "email": email(1), "displayName": 7, NAME: 1 }),
        json!({ "email": email(1), NAME: NAME }),
        json!({ "email": email(1), "userId": NAME }),
        json!([NAME]),
        json!(NAME),
    ] {
        shop.post("/api/users", wrong).await.problem(422);
    }
    for broken in
        [format!("{{\"email\":\"{NAME}\","), NAME.to_owned(), format!("{{\"{NAME}\":1,\"{NAME}\":2}}")]
    {
        shop.call("POST", "/api/users").body(broken).answer().await.problem(400);
    }
    let encoded = shop.call("POST", "/api/users").header("Content-Encoding", NAME).body(NAME);
    encoded.answer().await.problem(415);
    shop.call("POST", "/api/users").body(NAME.repeat(60_000)).answer().await.problem(413);
}

/// What stands in a path, a query or a header, where it does not belong.
async fn beside_the_body(shop: &Shop, user: &str) {
    let name = percent_encoded(NAME);
    for path in [
        format!("/api/users/{name}"),
        format!("/api/orders/{name}/status?correlation=x"),
        format!("/api/admin/streams/user/{name}"),
        format!("/{name}"),
    ] {
        shop.get(&path).await.problem(404);
    }
    for path in [
        format!("/api/orders?status={name}"),
        format!("/api/orders?after={name}"),
        format!("/api/stats/daily?from={name}"),
        format!("/api/users/{user}?position={name}"),
        format!("/api/admin/events?stream={name}"),
    ] {
        assert!([404, 422].contains(&shop.get(&path).await.status), "{path}");
    }
    shop.get(&format!("/api/orders?{name}={name}")).await.is(200);
    for header in ["X-Correlation-ID", "Idempotency-Key", "If-Match"] {
        let call = shop.call("POST", "/api/users").header(header, NAME).json(&person(&email(header)));
        assert_eq!(call.answer().await.status, 400, "{header}");
    }
    for header in ["User-Agent", "Cookie", "Authorization", "Referer", "X-Forwarded-For", "Prefer"] {
        let call = shop.call("GET", &format!("/api/users/{user}")).header(header, NAME);
        assert_eq!(call.answer().await.status, 200, "{header}");
    }
    let foreign =
        shop.call("POST", "/api/users").header("Origin", format!("https://{NAME}")).json(&json!({}));
    assert!([400, 403].contains(&foreign.answer().await.status));
}

/// What is told while it happens, and what is said on a socket.
async fn live(shop: &Shop, user: &str) {
    let mut events = shop.events(&format!("/api/users/{user}/stream")).await;
    let told = events.next().await.unwrap();
    assert!(told.data["displayName"].as_str().unwrap().starts_with(NAME));
    let waiting = format!("/api/users/{user}?position={NEVER}&wait=true&timeoutMs=10");
    shop.get(&waiting).await.problem(408);
    let (mut socket, _) =
        tokio_tungstenite::connect_async(format!("ws://{}/ws", shop.address)).await.unwrap();
    let wish = json!({ "subscribe": { "types": [NAME] } });
    socket.send(Message::text(wish.to_string())).await.unwrap();
    while let Some(Ok(_)) = socket.next().await {}
}

/// What anyone but the person, and whoever asks for their view, may be answered.
pub(super) async fn told_to_others(shop: &Shop, user: &str) -> Vec<u8> {
    let mut told = Vec::new();
    for path in [
        "/metrics".to_owned(),
        "/readyz".to_owned(),
        "/openapi.json".to_owned(),
        "/docs".to_owned(),
        "/api/admin/projections".to_owned(),
        "/api/admin/events?limit=1000".to_owned(),
        format!("/api/admin/streams/user/{user}?limit=1000"),
        format!("/api/users/{user}/status?position=1"),
        format!("/api/users/{user}/posts"),
        "/api/stats/dashboard".to_owned(),
    ] {
        let answer = shop.get(&path).await.is(200);
        told.extend(answer.body);
        told.extend(format!("{:?}", answer.headers).into_bytes());
    }
    told
}

fn percent_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
