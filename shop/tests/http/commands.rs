//! What every command answers: receipts, correlation ids, bodies, the order of errors.

use serde_json::json;

use crate::shop::{Shop, fresh, line, on_every_store};

on_every_store![
    every_command_answers_with_a_receipt,
    revisions_count_and_positions_grow,
    a_correlation_id_is_kept_and_else_made,
    a_malformed_correlation_id_is_refused,
    refusals_carry_the_correlation_id_that_was_sent,
    a_correlation_id_that_is_shared_means_the_last,
    a_refusal_does_not_move_a_correlation_id,
    a_change_that_is_already_so_is_answered_the_same,
    bodies_are_json_whatever_the_content_type,
    a_command_without_fields_takes_nothing_or_an_empty_object,
    ids_are_chosen_or_made,
    a_chosen_id_that_breaks_the_rules_is_pointed_at,
    a_taken_id_is_refused_by_its_rule,
    commands_to_nothing_are_not_found,
    of_several_errors_the_first_in_the_contract_is_told,
];

async fn every_command_answers_with_a_receipt(shop: Shop) {
    let (user, other) = (shop.user().await, shop.user().await);
    let id = fresh("ORD");
    let create = json!({ "orderId": id, "customerId": user, "items": [line()] });
    let receipts = [
        shop.post("/api/orders", create).await.receipt("orderId"),
        shop.post(&format!("/api/orders/{id}/items"), line()).await.receipt("orderId"),
        shop.tell(&id, "submit").await,
        shop.tell(&id, "pay").await,
        shop.tell(&id, "ship").await,
        shop.tell(&shop.draft().await.id, "cancel").await,
    ];
    for receipt in receipts {
        let own = format!("/api/orders/{}", receipt.id);
        assert_eq!(receipt.own, own);
        assert_eq!(receipt.status, format!("{own}/status?correlation={}", receipt.correlation));
        assert_eq!(receipt.stream, format!("{own}/stream?correlation={}&once=true", receipt.correlation));
    }
    let own = format!("/api/users/{user}");
    let follow = json!({ "followedId": other });
    let receipts = [
        shop.post(&format!("{own}/follow"), follow.clone()).await.receipt("userId"),
        shop.post(&format!("{own}/unfollow"), follow).await.receipt("userId"),
        shop.patch(&own, json!({ "version": 0, "displayName": "Ada" })).await.receipt("userId"),
    ];
    for receipt in receipts {
        assert_eq!((receipt.id, receipt.own), (user.clone(), own.clone()));
    }
    let post = shop.post(&format!("{own}/posts"), json!({ "text": "hello" })).await.receipt("postId");
    assert_eq!(post.own, format!("{own}/posts"));
    for link in [&post.status, &post.stream] {
        assert_eq!(shop.get(link).await.status, 200, "{link}");
    }
}

async fn revisions_count_and_positions_grow(shop: Shop) {
    let created = shop.order().await;
    assert_eq!(created.revision, 0);
    let mut last = created.clone();
    for (revision, what) in [(1, "submit"), (2, "pay"), (3, "ship")] {
        let receipt = shop.tell(&created.id, what).await;
        assert_eq!(receipt.revision, revision);
        assert!(receipt.position > last.position);
        assert_ne!(receipt.correlation, last.correlation);
        last = receipt;
    }
}

async fn a_correlation_id_is_kept_and_else_made(shop: Shop) {
    let order = shop.order().await;
    let made = &order.correlation;
    assert!((1..=128).contains(&made.len()), "{made}");
    assert!(made.chars().all(|c| c.is_ascii_alphanumeric() || "._:-".contains(c)), "{made}");
    for kept in [fresh("my.own_id:x"), fresh(&"c".repeat(120))] {
        let order = shop.order().await;
        let call = shop.call("POST", &format!("/api/orders/{}/submit", order.id));
        let receipt = call.header("X-Correlation-ID", &kept).answer().await.receipt("orderId");
        assert_eq!(receipt.correlation, kept);
    }
}

async fn a_malformed_correlation_id_is_refused(shop: Shop) {
    let order = shop.order().await;
    let path = format!("/api/orders/{}/submit", order.id);
    for bad in ["", "a b", "a/b", "ä", "a,b", "\"a\"", &"x".repeat(129)] {
        let answer = shop.call("POST", &path).header("X-Correlation-ID", bad).answer().await;
        answer.malformed_header("X-Correlation-ID");
    }
    assert_eq!(shop.view(&order).await["status"], "draft", "a refused command does nothing");
}

async fn refusals_carry_the_correlation_id_that_was_sent(shop: Shop) {
    let id = fresh("corr");
    let answer = shop.call("POST", "/api/orders/none/submit").header("X-Correlation-ID", &id).answer().await;
    assert_eq!(answer.problem(404)["correlationId"], id);
}

async fn a_correlation_id_that_is_shared_means_the_last(shop: Shop) {
    let (order, other) = (shop.order().await, shop.order().await);
    let id = fresh("shared");
    for _ in 0..5 {
        let call = shop.call("POST", &format!("/api/orders/{}/items", order.id)).json(&line());
        call.header("X-Correlation-ID", &id).answer().await.receipt("orderId");
    }
    let call = shop.call("POST", &format!("/api/orders/{}/submit", other.id));
    let last = call.header("X-Correlation-ID", &id).answer().await.receipt("orderId");
    let view = shop.get(&format!("{}?correlation={id}&wait=true", order.own)).await.is(200);
    assert_eq!(view.json()["itemCount"], 6);
    for own in [&order.own, &other.own] {
        let status = shop.get(&format!("{own}/status?correlation={id}")).await.is(200).json();
        assert_eq!(status["position"], last.position);
    }
}

async fn a_refusal_does_not_move_a_correlation_id(shop: Shop) {
    let (order, id) = (shop.order().await, fresh("corr"));
    let submit = || {
        let call = shop.call("POST", &format!("{}/submit", order.own)).header("X-Correlation-ID", &id);
        call.answer()
    };
    let submitted = submit().await.receipt("orderId");
    submit().await.problem(409);
    assert_eq!(shop.get(&submitted.status).await.is(200).json()["position"], submitted.position);
}

async fn a_change_that_is_already_so_is_answered_the_same(shop: Shop) {
    let user = shop.user().await;
    let path = format!("/api/users/{user}");
    let named = json!({ "version": 0, "displayName": "Ada" });
    let first = shop.patch(&path, named).await.receipt("userId");
    assert_eq!(first.revision, 1);
    let again = shop.patch(&path, json!({ "version": 1 })).await.receipt("userId");
    assert_eq!(again.revision, 1);
    assert!(again.position >= first.position);
    let view = shop.get(&format!("{path}?correlation={}&wait=true", again.correlation)).await;
    assert_eq!(view.is(200).json()["version"], 1);
    let status = shop.get(&again.status).await.is(200).json();
    assert_eq!(status["status"], "COMPLETED");
    assert_eq!(status["position"], again.position);
}

async fn bodies_are_json_whatever_the_content_type(shop: Shop) {
    let customer = shop.user().await;
    let types =
        ["text/plain;charset=UTF-8", "application/x-www-form-urlencoded", "image/png", "nonsense", ""];
    for content_type in types {
        let body = json!({ "customerId": customer }).to_string();
        let call = shop.call("POST", "/api/orders").header("content-type", content_type).body(body);
        call.answer().await.receipt("orderId");
    }
    let body = json!({ "customerId": customer }).to_string();
    shop.call("POST", "/api/orders").body(body).answer().await.receipt("orderId");
}

async fn a_command_without_fields_takes_nothing_or_an_empty_object(shop: Shop) {
    for body in ["", "{}", " {\n} "] {
        for content_type in ["application/json", "text/plain"] {
            let order = shop.order().await;
            for what in ["submit", "pay"] {
                let call = shop.call("POST", &format!("/api/orders/{}/{what}", order.id));
                call.header("content-type", content_type).body(body).answer().await.receipt("orderId");
            }
            let draft = shop.draft().await;
            let call = shop.call("POST", &format!("/api/orders/{}/cancel", draft.id));
            call.header("content-type", content_type).body(body).answer().await.receipt("orderId");
        }
    }
    let path = format!("/api/orders/{}/submit", shop.order().await.id);
    for (body, pointer) in [("[]", ""), ("null", ""), ("1", ""), ("{\"force\":true}", "/force")] {
        shop.call("POST", &path).body(body).answer().await.invalid_at(pointer);
    }
    shop.call("POST", &path).body("nothing").answer().await.problem(400);
}

async fn ids_are_chosen_or_made(shop: Shop) {
    let customer = shop.user().await;
    for chosen in [fresh("A.b_c:d-"), fresh(&"x".repeat(120)), fresh("search")] {
        let body = json!({ "orderId": chosen, "customerId": customer });
        let receipt = shop.post("/api/orders", body).await.receipt("orderId");
        assert_eq!(receipt.id, chosen);
        assert_eq!(shop.view(&receipt).await["orderId"], chosen);
    }
    for body in [json!({ "customerId": customer }), json!({ "orderId": null, "customerId": customer })] {
        let made = shop.post("/api/orders", body).await.receipt("orderId").id;
        let parts: Vec<_> = made.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12], "{made} is a UUID");
        assert_eq!(made.chars().nth(14), Some('7'), "{made} is of version 7");
    }
}

async fn a_chosen_id_that_breaks_the_rules_is_pointed_at(shop: Shop) {
    let customer = shop.user().await;
    for bad in ["", ".", "..", "a b", "a/b", "ä", "a\"b", "a%20b", "a\u{0}", "a\n", &"x".repeat(129)] {
        let body = json!({ "orderId": bad, "customerId": customer });
        shop.post("/api/orders", body).await.invalid_at("/orderId");
        let body = json!({ "userId": bad, "email": "someone@example.com" });
        shop.post("/api/users", body).await.invalid_at("/userId");
        shop.post("/api/orders", json!({ "customerId": bad })).await.invalid_at("/customerId");
    }
    for wrong in [json!(1), json!(["a"]), json!({}), json!(true)] {
        let body = json!({ "orderId": wrong, "customerId": customer });
        shop.post("/api/orders", body).await.invalid_at("/orderId");
    }
}

async fn a_taken_id_is_refused_by_its_rule(shop: Shop) {
    let order = shop.order().await;
    let body = json!({ "orderId": order.id, "customerId": shop.user().await });
    let problem = shop.post("/api/orders", body).await.problem(409);
    assert_ne!(problem["type"], "about:blank");
    let user = shop.user().await;
    let email = format!("{}@example.com", fresh("other"));
    shop.post("/api/users", json!({ "userId": user, "email": email })).await.problem(409);
    // The refused registration has not taken the e-mail.
    shop.post("/api/users", json!({ "userId": fresh("USR"), "email": email })).await.receipt("userId");
}

async fn commands_to_nothing_are_not_found(shop: Shop) {
    let known = shop.user().await;
    for id in [fresh("NONE"), "a%20b".to_owned(), "%C3%A4".to_owned(), "a%2Fb".to_owned(), "a%22".to_owned()]
    {
        shop.post(&format!("/api/orders/{id}/items"), line()).await.problem(404);
        for what in ["submit", "pay", "cancel"] {
            shop.call("POST", &format!("/api/orders/{id}/{what}")).answer().await.problem(404);
        }
        let ship = json!({ "trackingNumber": "T-1" });
        shop.post(&format!("/api/orders/{id}/ship"), ship).await.problem(404);
        for what in ["follow", "unfollow"] {
            let body = json!({ "followedId": known });
            shop.post(&format!("/api/users/{id}/{what}"), body).await.problem(404);
        }
        shop.post(&format!("/api/users/{id}/posts"), json!({ "text": "hello" })).await.problem(404);
        shop.patch(&format!("/api/users/{id}"), json!({ "version": 0 })).await.problem(404);
    }
}

/// 400, 413, 422 for the shape, 404, 428/412/409 for versions, 422 for references, 409 for rules.
async fn of_several_errors_the_first_in_the_contract_is_told(shop: Shop) {
    let too_large = " ".repeat(1024 * 1024 + 1);
    let call = shop.call("POST", "/api/orders").header("Idempotency-Key", "a b").body(too_large);
    call.answer().await.problem(400);
    let bad = json!({ "name": "Mouse", "price": 1, "quantity": 0 });
    let call = shop.call("POST", "/api/orders/none/items").json(&bad).header("If-Match", "nonsense");
    call.answer().await.malformed_header("If-Match");
    let call = shop.call("POST", "/api/orders/none/items").json(&bad).header("If-Match", "\"9\"");
    call.answer().await.invalid_at("/quantity");
    shop.post("/api/orders/a%20b/items", bad).await.invalid_at("/quantity");
    let call = shop.call("POST", "/api/orders/none/items").json(&line()).header("If-Match", "\"9\"");
    call.answer().await.problem(404);
    let none = fresh("NONE");
    shop.patch(&format!("/api/users/{none}"), json!({ "displayName": "" })).await.invalid_at("/displayName");
    shop.patch(&format!("/api/users/{none}"), json!({ "displayName": "Ada" })).await.problem(404);
    let order = shop.order().await;
    let pay = || shop.call("POST", &format!("/api/orders/{}/pay", order.id));
    pay().header("If-Match", "\"7\"").answer().await.problem(412);
    pay().header("If-Match", "\"0\"").answer().await.problem(409);
    let taken = json!({ "orderId": order.id, "customerId": fresh("NONE") });
    shop.post("/api/orders", taken).await.invalid_at("/customerId");
    // A malformed text anywhere comes before a wrong type in front of it.
    let body = "{\"customerId\": 1, \"items\": [\"\u{0}";
    shop.call("POST", "/api/orders").body(body).answer().await.problem(400);
}
