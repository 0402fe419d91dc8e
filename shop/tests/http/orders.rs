//! Orders: their lifecycle, their views, and what is refused.

use serde_json::{Value, json};

use crate::{
    answer::members,
    shop::{Shop, fresh, line, on_every_store},
};

on_every_store![
    a_view_has_the_members_of_its_state_and_no_others,
    the_view_tells_the_whole_life,
    the_customer_is_as_they_were_when_it_was_created,
    an_order_may_begin_empty_but_not_with_an_empty_list,
    a_line_is_named_by_itself_or_by_its_product,
    what_a_line_may_be_is_pointed_at,
    an_order_has_at_most_five_hundred_lines,
    a_customer_must_exist,
    a_state_refuses_what_does_not_follow_from_it,
    an_empty_order_is_not_submitted,
    a_rule_is_named_by_its_type_and_title,
    shipping_needs_a_tracking_number,
    a_reason_and_a_reference_are_kept,
    null_means_absent,
];

const ALWAYS: [&str; 11] = [
    "createdAt",
    "customerEmail",
    "customerId",
    "customerName",
    "itemCount",
    "items",
    "orderId",
    "status",
    "total",
    "updatedAt",
    "version",
];

#[track_caller]
fn has_exactly(view: &Value, more: &[&str]) {
    let mut expected = [&ALWAYS, more].concat();
    expected.sort_unstable();
    assert_eq!(members(view), expected);
}

/// A time in UTC, as RFC 3339 with `Z`.
#[track_caller]
fn is_time(value: &Value) {
    let text = value.as_str().expect("a time");
    assert!(text.ends_with('Z') && text.contains('T'), "{text}");
    text.parse::<jiff::Timestamp>().unwrap();
}

async fn a_view_has_the_members_of_its_state_and_no_others(shop: Shop) {
    let order = shop.order().await;
    has_exactly(&shop.view(&order).await, &[]);
    has_exactly(&shop.view(&shop.tell(&order.id, "submit").await).await, &["submittedAt"]);
    let paid = shop.view(&shop.tell(&order.id, "pay").await).await;
    has_exactly(&paid, &["paidAt", "submittedAt"]);
    let shipped = shop.view(&shop.tell(&order.id, "ship").await).await;
    has_exactly(&shipped, &["paidAt", "shippedAt", "submittedAt", "trackingNumber"]);
    let cancelled = shop.view(&shop.tell(&shop.draft().await.id, "cancel").await).await;
    has_exactly(&cancelled, &["cancelledAt"]);
}

async fn the_view_tells_the_whole_life(shop: Shop) {
    let order = shop.order().await;
    let product = json!({ "productId": "P-1", "name": "Mouse", "price": 25.5, "quantity": 3 });
    shop.post(&format!("{}/items", order.own), product).await.receipt("orderId");
    let mut last = order.clone();
    for what in ["submit", "pay", "ship"] {
        last = shop.tell(&order.id, what).await;
    }
    let view = shop.view(&last).await;
    assert_eq!(view["orderId"], order.id);
    assert_eq!((&view["status"], &view["version"]), (&json!("shipped"), &json!(4)));
    assert_eq!((&view["itemCount"], &view["total"]), (&json!(2), &json!(2676.48)));
    let first = json!({ "name": "Keyboard", "price": 1299.99, "quantity": 2 });
    let second = json!({ "productId": "P-1", "name": "Mouse", "price": 25.5, "quantity": 3 });
    for (item, expected) in view["items"].as_array().unwrap().iter().zip([first, second]) {
        for (member, value) in expected.as_object().unwrap() {
            assert_eq!(item[member], *value);
        }
        assert!(item.as_object().unwrap().values().all(|value| !value.is_null()));
    }
    assert_eq!(view["trackingNumber"], "T-1");
    let times = ["createdAt", "submittedAt", "paidAt", "shippedAt", "updatedAt"];
    times.iter().for_each(|time| is_time(&view[time]));
    let at = |time: &str| view[time].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert!(times.windows(2).all(|pair| at(pair[0]) <= at(pair[1])));
    assert_eq!(view["updatedAt"], view["shippedAt"]);
}

async fn the_customer_is_as_they_were_when_it_was_created(shop: Shop) {
    let user = shop.user().await;
    let path = format!("/api/users/{user}");
    shop.patch(&path, json!({ "version": 0, "displayName": "Ada" })).await.receipt("userId");
    let order = shop.order_of(&user).await;
    let email = format!("{}@example.com", fresh("moved"));
    let moved = json!({ "version": 1, "displayName": "Countess", "email": email });
    let moved = shop.patch(&path, moved).await.receipt("userId");
    let later = shop.order_of(&user).await;
    assert!(later.position > moved.position);
    let (view, later) = (shop.view(&order).await, shop.view(&later).await);
    assert_eq!(view["customerName"], "Ada");
    assert_eq!(view["customerEmail"], format!("{}@example.com", user.to_lowercase()));
    assert_eq!((&later["customerName"], &later["customerEmail"]), (&json!("Countess"), &json!(email)));
}

async fn an_order_may_begin_empty_but_not_with_an_empty_list(shop: Shop) {
    let customer = shop.user().await;
    let order = shop.post("/api/orders", json!({ "customerId": customer })).await.receipt("orderId");
    let view = shop.view(&order).await;
    assert_eq!((&view["items"], &view["itemCount"], &view["total"]), (&json!([]), &json!(0), &json!(0)));
    let body = json!({ "customerId": customer, "items": [] });
    shop.post("/api/orders", body).await.invalid_at("/items");
    for wrong in [json!({}), json!("none"), json!(1)] {
        shop.post("/api/orders", json!({ "customerId": customer, "items": wrong }))
            .await
            .invalid_at("/items");
    }
    let body = json!({ "customerId": customer, "items": [line(), "x"] });
    shop.post("/api/orders", body).await.invalid_at("/items/1");
}

async fn a_line_is_named_by_itself_or_by_its_product(shop: Shop) {
    let order = shop.draft().await;
    let path = format!("{}/items", order.own);
    let body = json!({ "productId": "P-1", "price": 1, "quantity": 1 });
    let added = shop.post(&path, body).await.receipt("orderId");
    let view = shop.view(&added).await;
    assert_eq!((&view["items"][0]["productId"], &view["items"][0]["name"]), (&json!("P-1"), &json!("P-1")));
    shop.post(&path, json!({ "price": 1, "quantity": 1 })).await.invalid_at("/name");
    let customer = shop.user().await;
    let body = json!({ "customerId": customer, "items": [line(), { "price": 1, "quantity": 1 }] });
    shop.post("/api/orders", body).await.invalid_at("/items/1/name");
}

async fn what_a_line_may_be_is_pointed_at(shop: Shop) {
    let order = shop.draft().await;
    let customer = shop.user().await;
    let bad = [
        ("quantity", json!(0)),
        ("quantity", json!(-1)),
        ("quantity", json!(10_001)),
        ("quantity", json!(1.5)),
        ("quantity", json!("1")),
        ("quantity", json!(null)),
        ("price", json!(-1)),
        ("price", json!(-0.01)),
        ("price", json!(1_000_000.01)),
        ("price", json!(1_000_001)),
        ("price", json!(0.001)),
        ("price", json!("1.00")),
        ("price", json!(null)),
        ("price", json!({ "amount": 1 })),
        ("name", json!("")),
        ("name", json!("x".repeat(201))),
        ("name", json!(1)),
        ("productId", json!("a b")),
        ("productId", json!("")),
        ("colour", json!("red")),
    ];
    for (member, value) in bad {
        let mut item = line();
        item[member] = value;
        shop.post(&format!("{}/items", order.own), item.clone()).await.invalid_at(&format!("/{member}"));
        let body = json!({ "customerId": customer, "items": [line(), item] });
        shop.post("/api/orders", body).await.invalid_at(&format!("/items/1/{member}"));
    }
    for member in ["price", "quantity"] {
        let mut item = line();
        item.as_object_mut().unwrap().remove(member);
        shop.post(&format!("{}/items", order.own), item).await.invalid_at(&format!("/{member}"));
    }
    for quantity in [1, 10_000] {
        for price in [json!(0), json!(0.01), json!(1_000_000), json!(999_999.99)] {
            let item = json!({ "name": "x", "price": price, "quantity": quantity });
            shop.post(&format!("{}/items", order.own), item).await.receipt("orderId");
        }
    }
}

async fn an_order_has_at_most_five_hundred_lines(shop: Shop) {
    let customer = shop.user().await;
    let create = |lines: usize| json!({ "customerId": customer, "items": vec![line(); lines] });
    let refused = shop.post("/api/orders", create(501)).await.problem(422);
    let pointer = refused["errors"][0]["pointer"].as_str().unwrap();
    assert!(pointer.starts_with("/items"), "{pointer}");
    let full = shop.post("/api/orders", create(500)).await.receipt("orderId");
    shop.post(&format!("{}/items", full.own), line()).await.invalid_at("");
    assert_eq!(shop.view(&full).await["itemCount"], 500);
    shop.tell(&full.id, "submit").await;
    // That it is no draft any more comes first.
    shop.post(&format!("{}/items", full.own), line()).await.problem(409);
}

async fn a_customer_must_exist(shop: Shop) {
    let body = json!({ "customerId": fresh("NONE"), "items": [line()] });
    shop.post("/api/orders", body).await.invalid_at("/customerId");
    shop.post("/api/orders", json!({ "items": [line()] })).await.invalid_at("/customerId");
    shop.post("/api/orders", json!({ "customerId": null })).await.invalid_at("/customerId");
    let order = shop.order().await;
    shop.post("/api/orders", json!({ "customerId": order.id })).await.invalid_at("/customerId");
}

async fn a_state_refuses_what_does_not_follow_from_it(shop: Shop) {
    let lives: [(&[&str], &[&str]); 5] = [
        (&[], &["pay", "ship"]),
        (&["submit"], &["items", "submit", "ship"]),
        (&["submit", "pay"], &["items", "submit", "pay", "cancel"]),
        (&["submit", "pay", "ship"], &["items", "submit", "pay", "ship", "cancel"]),
        (&["cancel"], &["items", "submit", "pay", "ship", "cancel"]),
    ];
    for (life, refused) in lives {
        let order = shop.order().await;
        let mut last = order.clone();
        for what in life {
            last = shop.tell(&order.id, what).await;
        }
        let before = shop.view(&last).await;
        for what in refused {
            let body = match *what {
                "items" => line(),
                "ship" => json!({ "trackingNumber": "T-1" }),
                _ => json!({}),
            };
            shop.post(&format!("{}/{what}", order.own), body).await.problem(409);
        }
        assert_eq!(shop.view(&last).await, before, "a refused command does nothing");
    }
    let order = shop.order().await;
    shop.tell(&order.id, "submit").await;
    let cancelled = shop.tell(&order.id, "cancel").await;
    assert_eq!(shop.view(&cancelled).await["status"], "cancelled");
}

async fn an_empty_order_is_not_submitted(shop: Shop) {
    let draft = shop.draft().await;
    shop.post(&format!("{}/submit", draft.own), json!({})).await.problem(409);
    shop.post(&format!("{}/items", draft.own), line()).await.receipt("orderId");
    shop.tell(&draft.id, "submit").await;
}

async fn a_rule_is_named_by_its_type_and_title(shop: Shop) {
    let (empty, order) = (shop.draft().await, shop.order().await);
    let unpaid = shop.post(&format!("{}/pay", order.own), json!({})).await.problem(409);
    let nothing = shop.post(&format!("{}/submit", empty.own), json!({})).await.problem(409);
    let customer = shop.user().await;
    let taken = json!({ "orderId": order.id, "customerId": customer });
    let taken = shop.post("/api/orders", taken).await.problem(409);
    let types = [&unpaid, &nothing, &taken].map(|problem| problem["type"].clone());
    let titles = [&unpaid, &nothing, &taken].map(|problem| problem["title"].clone());
    for names in [types, titles] {
        assert!(names[0] != names[1] && names[1] != names[2] && names[0] != names[2], "{names:?}");
    }
}

async fn shipping_needs_a_tracking_number(shop: Shop) {
    let order = shop.order().await;
    shop.tell(&order.id, "submit").await;
    shop.tell(&order.id, "pay").await;
    let path = format!("{}/ship", order.own);
    let ship = |body: Value| shop.post(&path, body);
    for bad in [json!({}), json!({ "trackingNumber": "" }), json!({ "trackingNumber": null })] {
        ship(bad).await.invalid_at("/trackingNumber");
    }
    ship(json!({ "trackingNumber": 1 })).await.invalid_at("/trackingNumber");
    let receipt = ship(json!({ "trackingNumber": "1Z 999 AA1" })).await.receipt("orderId");
    assert_eq!(shop.view(&receipt).await["trackingNumber"], "1Z 999 AA1");
}

async fn a_reason_and_a_reference_are_kept(shop: Shop) {
    let order = shop.order().await;
    shop.tell(&order.id, "submit").await;
    let reference = "é".repeat(1000);
    let path = format!("{}/pay", order.own);
    let pay = |reference: &str| shop.post(&path, json!({ "paymentReference": reference }));
    pay(&"x".repeat(1001)).await.invalid_at("/paymentReference");
    let paid = pay(&reference).await.receipt("orderId");
    assert_eq!(shop.view(&paid).await["paymentReference"], reference);
    let order = shop.order().await;
    let path = format!("{}/cancel", order.own);
    let cancel = |reason: &str| shop.post(&path, json!({ "reason": reason }));
    cancel(&"x".repeat(1001)).await.invalid_at("/reason");
    let cancelled = cancel("changed my mind \u{1F600}").await.receipt("orderId");
    assert_eq!(shop.view(&cancelled).await["cancelReason"], "changed my mind \u{1F600}");
}

async fn null_means_absent(shop: Shop) {
    let customer = shop.user().await;
    let item = json!({ "productId": null, "name": "x", "price": 1, "quantity": 1 });
    let body = json!({ "orderId": null, "customerId": customer, "items": [item] });
    let order = shop.post("/api/orders", body).await.receipt("orderId");
    assert_eq!(shop.view(&order).await["items"][0].get("productId"), None);
    let body = json!({ "customerId": customer, "items": null });
    shop.post("/api/orders", body).await.receipt("orderId");
    shop.tell(&order.id, "submit").await;
    let body = json!({ "paymentReference": null });
    let paid = shop.post(&format!("{}/pay", order.own), body).await.receipt("orderId");
    assert_eq!(shop.view(&paid).await.get("paymentReference"), None);
}
