//! Bodies as bytes: what is JSON, what is text, how long and how deep it may be.

use serde_json::json;

use crate::{
    answer::Answer,
    shop::{Shop, fresh, line, on_every_store},
};

on_every_store![
    what_is_not_json_is_malformed,
    a_member_given_twice_is_malformed,
    a_lone_surrogate_is_malformed,
    invalid_utf_8_is_malformed,
    nesting_is_malformed_from_128_on,
    a_nul_is_refused_where_it_stands,
    unknown_members_are_refused_where_they_stand,
    lengths_are_counted_in_characters,
    text_is_kept_as_it_was_sent,
    a_body_over_one_mebibyte_is_too_large,
    a_body_in_chunks_is_measured_too,
    any_content_encoding_is_refused,
];

async fn create(shop: &Shop, body: impl Into<Vec<u8>>) -> Answer {
    shop.call("POST", "/api/orders").body(body.into()).answer().await
}

async fn what_is_not_json_is_malformed(shop: Shop) {
    let user = shop.user().await;
    for bad in [
        "x",
        "{",
        "}",
        "{\"customerId\"",
        "{\"customerId\":\"a\",}",
        "{'customerId':'a'}",
        "{customerId:\"a\"}",
        "{\"customerId\":\"a\"} x",
        "{\"customerId\":\"a\"}{}",
        "{\"customerId\":\"a\"} // note",
        "{\"customerId\":\"a\nb\"}",
        "{\"customerId\":\"\\x41\"}",
        "{\"customerId\":\"\\u12\"}",
        "customerId=a",
        "<order/>",
        "True",
        "\u{feff}{}",
    ] {
        create(&shop, bad).await.problem(400);
    }
    let with_mark = format!("\u{feff}{}", json!({ "customerId": user }));
    create(&shop, with_mark).await.problem(400);
    let status = create(&shop, "").await.status;
    assert!([400, 422].contains(&status), "an empty body where members are needed is {status}");
    for wrong in ["null", "[]", "\"text\"", "7", "true"] {
        create(&shop, wrong).await.invalid_at("");
    }
}

async fn a_member_given_twice_is_malformed(shop: Shop) {
    let user = shop.user().await;
    for twice in [
        format!(r#"{{"customerId":"{user}","customerId":"{user}"}}"#),
        format!(r#"{{"customerId":"{user}","customer\u0049d":"{user}"}}"#),
        format!(r#"{{"customerId":"{user}","items":[{{"name":"a","name":"b","price":1,"quantity":1}}]}}"#),
        format!(r#"{{"customerId":"{user}","note":1,"note":2}}"#),
        r#"{"customerId":1,"customerId":1}"#.to_owned(),
        r#"{"x":{"":1,"":2}}"#.to_owned(),
    ] {
        create(&shop, twice).await.problem(400);
    }
    // In two objects the same name is no repetition.
    let body = json!({ "customerId": user, "items": [line(), line()] });
    shop.post("/api/orders", body).await.receipt("orderId");
}

async fn a_lone_surrogate_is_malformed(shop: Shop) {
    let user = shop.user().await;
    let named = |name: &str| {
        let item = format!(r#"{{"name":"{name}","price":1,"quantity":1}}"#);
        format!(r#"{{"customerId":"{user}","items":[{item}]}}"#)
    };
    for lone in [r"\ud800", r"\udc00", r"\ud83dx", r"\ud83d\ud83d", r"\ude00\ud83d", r"a\uDFFFb"] {
        create(&shop, named(lone)).await.problem(400);
        create(&shop, format!(r#"{{"{lone}":1}}"#)).await.problem(400);
    }
    let order = create(&shop, named(r"\ud83d\ude00")).await.receipt("orderId");
    assert_eq!(shop.view(&order).await["items"][0]["name"], "\u{1F600}");
}

async fn invalid_utf_8_is_malformed(shop: Shop) {
    for bytes in [&b"\xff"[..], b"\xc3", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"] {
        let body = [b"{\"customerId\":\"", bytes, b"\"}"].concat();
        create(&shop, body).await.problem(400);
    }
    create(&shop, b"\xff\xfe{\x00}\x00".to_vec()).await.problem(400);
}

async fn nesting_is_malformed_from_128_on(shop: Shop) {
    let lists = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let objects = |depth: usize| format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
    create(&shop, lists(127)).await.problem(422);
    create(&shop, objects(127)).await.problem(422);
    for depth in [128, 129, 10_000, 500_000] {
        create(&shop, lists(depth)).await.problem(400);
    }
    create(&shop, objects(128)).await.problem(400);
    create(&shop, "[".repeat(1024 * 1024)).await.problem(400);
    create(&shop, r#"{"a":"#.repeat(100_000)).await.problem(400);
    let inside = format!(r#"{{"customerId":{}}}"#, lists(126));
    create(&shop, inside).await.invalid_at("/customerId");
    create(&shop, format!(r#"{{"customerId":{}}}"#, lists(127))).await.problem(400);
}

async fn a_nul_is_refused_where_it_stands(shop: Shop) {
    let user = shop.user().await;
    let mut item = line();
    item["name"] = json!("a\u{0}b");
    let body = json!({ "customerId": user, "items": [line(), item.clone()] });
    shop.post("/api/orders", body).await.invalid_at("/items/1/name");
    let order = shop.draft().await;
    shop.post(&format!("{}/items", order.own), item).await.invalid_at("/name");
    shop.post(&format!("{}/cancel", order.own), json!({ "reason": "\u{0}" })).await.invalid_at("/reason");
    let post = json!({ "text": "hello\u{0}" });
    shop.post(&format!("/api/users/{user}/posts"), post).await.invalid_at("/text");
    let named = json!({ "version": 0, "displayName": "\u{0}" });
    shop.patch(&format!("/api/users/{user}"), named).await.invalid_at("/displayName");
    let call = shop.call("POST", "/api/orders").body(&b"{\"customerId\":\"\x00\"}"[..]);
    call.answer().await.problem(400);
}

async fn unknown_members_are_refused_where_they_stand(shop: Shop) {
    let user = shop.user().await;
    for (member, pointer) in [
        ("colour", "/colour"),
        ("a/b", "/a~1b"),
        ("a~b", "/a~0b"),
        ("", "/"),
        ("CustomerId", "/CustomerId"),
        ("ä", "/ä"),
    ] {
        let mut body = json!({ "customerId": user });
        body[member] = json!(null);
        shop.post("/api/orders", body).await.invalid_at(pointer);
    }
    let mut item = line();
    item["constructor"] = json!({});
    let body = json!({ "customerId": user, "items": [item] });
    shop.post("/api/orders", body).await.invalid_at("/items/0/constructor");
}

async fn lengths_are_counted_in_characters(shop: Shop) {
    let path = format!("/api/users/{}", shop.user().await);
    for (version, character) in (0..).zip(["x", "ä", "\u{1F600}", "\u{0301}"]) {
        let longest = character.repeat(200);
        let body = json!({ "version": version, "displayName": longest });
        let receipt = shop.patch(&path, body).await.receipt("userId");
        assert_eq!(shop.view(&receipt).await["displayName"], longest);
        let body = json!({ "version": version + 1, "displayName": character.repeat(201) });
        shop.patch(&path, body).await.invalid_at("/displayName");
    }
}

async fn text_is_kept_as_it_was_sent(shop: Shop) {
    let path = format!("/api/users/{}/posts", shop.user().await);
    for text in [
        " ",
        "  a\tb\r\n\"c\" \\ / ",
        "<script>alert('x')</script>",
        "'; DROP TABLE orders; --",
        "e\u{301} \u{feff}\u{200d}\u{202e}",
        "\u{1}\u{7f}\u{85}\u{2028}\u{fffe}\u{10ffff}",
    ] {
        let post = shop.post(&path, json!({ "text": text })).await.receipt("postId");
        assert_eq!(shop.seen(&path, post.position).await["items"][0]["text"], text);
    }
}

fn padded(mut text: String, length: usize) -> String {
    text.push_str(&" ".repeat(length - text.len()));
    text
}

async fn a_body_over_one_mebibyte_is_too_large(shop: Shop) {
    let user = shop.user().await;
    let mebibyte = 1024 * 1024;
    let padded = |length: usize| padded(json!({ "customerId": user }).to_string(), length);
    create(&shop, padded(mebibyte)).await.receipt("orderId");
    for length in [mebibyte + 1, 10_000_000] {
        let answer = create(&shop, padded(length)).await;
        answer.problem(413);
    }
    let text = "x".repeat(mebibyte);
    shop.post(&format!("/api/users/{user}/posts"), json!({ "text": text })).await.problem(413);
    let announced = format!(
        "POST /api/orders HTTP/1.1\r\nHost: {}\r\nContent-Length: 99999999999\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
        shop.address
    );
    shop.raw(announced).await.problem(413);
}

async fn a_body_in_chunks_is_measured_too(shop: Shop) {
    let user = shop.user().await;
    let chunks = |length: usize| {
        let text = padded(json!({ "customerId": user }).to_string(), length).into_bytes();
        let chunks: Vec<_> =
            text.chunks(9_999).map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec())).collect();
        reqwest::Body::wrap_stream(futures::stream::iter(chunks))
    };
    shop.call("POST", "/api/orders").body(chunks(1024 * 1024)).answer().await.receipt("orderId");
    let request = format!(
        "POST /api/orders HTTP/1.1\r\nHost: {}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n100001\r\n{}\r\n0\r\n\r\n",
        shop.address,
        " ".repeat(0x0010_0001)
    );
    shop.raw(request).await.problem(413);
}

async fn any_content_encoding_is_refused(shop: Shop) {
    let user = shop.user().await;
    for encoding in ["gzip", "br", "deflate", "identity", "x", "gzip, gzip"] {
        let call = shop.call("POST", "/api/orders").header("Content-Encoding", encoding);
        call.json(&json!({ "customerId": user })).answer().await.problem(415);
    }
    let order = shop.order().await;
    let call = shop.call("POST", &format!("{}/submit", order.own)).header("Content-Encoding", "gzip");
    call.answer().await.problem(415);
    shop.get(&format!("/api/orders/{}", fresh("NONE"))).await.problem(404);
}
