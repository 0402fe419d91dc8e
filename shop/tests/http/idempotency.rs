//! `Idempotency-Key`: the same receipt and no second event.

use futures::future::join_all;
use serde_json::json;

use crate::{
    answer::Call,
    shop::{Shop, fresh, line, on_every_store},
};

on_every_store![
    a_repeated_command_gives_the_same_receipt_and_no_second_event,
    a_replay_keeps_the_first_correlation_id,
    another_body_path_or_method_is_refused,
    refusals_are_not_kept,
    a_second_one_waits_while_the_first_is_in_flight,
    a_replay_stays_the_same_after_later_changes,
    a_replay_comes_before_a_stale_version,
    without_a_key_a_repeated_command_is_a_second_one,
    keys_have_the_characters_of_ids_and_up_to_255_of_them,
];

fn create(shop: &Shop, key: &str, customer: &str) -> Call {
    let body = json!({ "customerId": customer, "items": [line()] });
    shop.call("POST", "/api/orders").header("Idempotency-Key", key).json(&body)
}

async fn a_repeated_command_gives_the_same_receipt_and_no_second_event(shop: Shop) {
    let (key, customer) = (fresh("key"), shop.user().await);
    let first = create(&shop, &key, &customer).answer().await;
    for _ in 0..3 {
        let again = create(&shop, &key, &customer).answer().await;
        assert_eq!(again.receipt("orderId"), first.receipt("orderId"));
        assert_eq!(again.body, first.body);
    }
    let order = first.receipt("orderId");
    let add = || shop.call("POST", &format!("{}/items", order.own)).json(&line());
    let key = fresh("key");
    let added = add().header("Idempotency-Key", &key).answer().await.receipt("orderId");
    assert_eq!(add().header("Idempotency-Key", &key).answer().await.receipt("orderId"), added);
    let last = shop.tell(&order.id, "submit").await;
    assert_eq!(last.revision, 2);
    assert_eq!(shop.view(&last).await["itemCount"], 2);
    let all = format!("/api/customers/{customer}/orders");
    assert_eq!(shop.seen(&all, last.position).await["total"], 1);
}

async fn a_replay_keeps_the_first_correlation_id(shop: Shop) {
    let (key, customer, correlation) = (fresh("key"), shop.user().await, fresh("corr"));
    let call = create(&shop, &key, &customer).header("X-Correlation-ID", &correlation);
    let first = call.answer().await.receipt("orderId");
    let call = create(&shop, &key, &customer).header("X-Correlation-ID", fresh("corr"));
    assert_eq!(call.answer().await.receipt("orderId"), first);
    assert_eq!(create(&shop, &key, &customer).answer().await.receipt("orderId").correlation, correlation);
}

async fn another_body_path_or_method_is_refused(shop: Shop) {
    let (key, customer) = (fresh("key"), shop.user().await);
    create(&shop, &key, &customer).answer().await.receipt("orderId");
    create(&shop, &key, &shop.user().await).answer().await.problem(422);
    // The bytes count, not what they mean.
    let body = format!("{{ \"items\": [{}], \"customerId\": \"{customer}\" }}", line());
    let call = shop.call("POST", "/api/orders").header("Idempotency-Key", &key);
    call.body(body).answer().await.problem(422);
    let (one, two) = (shop.order().await, shop.order().await);
    let submit = |id: &str| shop.call("POST", &format!("/api/orders/{id}/submit"));
    let key = fresh("key");
    submit(&one.id).header("Idempotency-Key", &key).answer().await.receipt("orderId");
    submit(&two.id).header("Idempotency-Key", &key).answer().await.problem(422);
    let pay = shop.call("POST", &format!("/api/orders/{}/pay", one.id));
    pay.header("Idempotency-Key", &key).answer().await.problem(422);
    let patch = shop.call("PATCH", &format!("/api/users/{customer}")).json(&json!({ "version": 0 }));
    patch.header("Idempotency-Key", &key).answer().await.problem(422);
    submit(&two.id).answer().await.receipt("orderId");
}

async fn refusals_are_not_kept(shop: Shop) {
    let (order, key) = (shop.order().await, fresh("key"));
    let pay = || shop.call("POST", &format!("/api/orders/{}/pay", order.id)).header("Idempotency-Key", &key);
    pay().answer().await.problem(409);
    pay().body("{").answer().await.problem(400);
    pay().json(&json!({ "paymentReference": 1 })).answer().await.problem(422);
    shop.tell(&order.id, "submit").await;
    let paid = pay().json(&json!({ "paymentReference": "P-1" })).answer().await.receipt("orderId");
    assert_eq!(shop.view(&paid).await["paymentReference"], "P-1");
}

async fn a_second_one_waits_while_the_first_is_in_flight(shop: Shop) {
    for _ in 0..5 {
        let (key, customer) = (fresh("key"), shop.user().await);
        let calls = (0..16).map(|_| create(&shop, &key, &customer).answer());
        let receipts: Vec<_> = join_all(calls).await.iter().map(|answer| answer.receipt("orderId")).collect();
        assert!(receipts.iter().all(|receipt| *receipt == receipts[0]), "{receipts:?}");
        let all = format!("/api/customers/{customer}/orders");
        assert_eq!(shop.seen(&all, receipts[0].position).await["total"], 1);
    }
}

async fn a_replay_stays_the_same_after_later_changes(shop: Shop) {
    let (order, key) = (shop.order().await, fresh("key"));
    let submit = || {
        let call = shop.call("POST", &format!("/api/orders/{}/submit", order.id));
        call.header("Idempotency-Key", &key).answer()
    };
    let submitted = submit().await.receipt("orderId");
    shop.tell(&order.id, "pay").await;
    shop.tell(&order.id, "ship").await;
    assert_eq!(submit().await.receipt("orderId"), submitted);
}

async fn a_replay_comes_before_a_stale_version(shop: Shop) {
    let (user, key) = (shop.user().await, fresh("key"));
    let body = json!({ "version": 0, "displayName": "Ada" });
    let patch = || shop.call("PATCH", &format!("/api/users/{user}")).json(&body);
    let first = patch().header("Idempotency-Key", &key).answer().await.receipt("userId");
    assert_eq!(patch().header("Idempotency-Key", &key).answer().await.receipt("userId"), first);
    patch().header("Idempotency-Key", fresh("key")).answer().await.problem(409);
    let (order, key) = (shop.order().await, fresh("key"));
    let submit = || {
        let call = shop.call("POST", &format!("/api/orders/{}/submit", order.id));
        call.header("Idempotency-Key", &key).header("If-Match", "\"0\"").answer()
    };
    let first = submit().await.receipt("orderId");
    assert_eq!(submit().await.receipt("orderId"), first);
}

async fn without_a_key_a_repeated_command_is_a_second_one(shop: Shop) {
    let customer = shop.user().await;
    let (one, two) = (shop.order_of(&customer).await, shop.order_of(&customer).await);
    assert_ne!(one.id, two.id);
    assert!(two.position > one.position);
}

async fn keys_have_the_characters_of_ids_and_up_to_255_of_them(shop: Shop) {
    let customer = shop.user().await;
    let longest = format!("{:x<255}", fresh("key"));
    create(&shop, &longest, &customer).answer().await.receipt("orderId");
    for bad in ["", " ", "a b", "a/b", "\"quoted\"", "ä", &"x".repeat(256)] {
        create(&shop, bad, &customer).answer().await.malformed_header("Idempotency-Key");
    }
}
