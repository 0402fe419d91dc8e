//! Lists: pages, links, filters.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    answer::members,
    shop::{Shop, fresh, on_every_store},
};

on_every_store![
    a_list_is_an_envelope_of_full_views,
    pages_are_counted_from_one,
    a_page_or_limit_out_of_range_is_pointed_at,
    links_neither_skip_nor_repeat_while_others_are_added,
    links_lead_back_as_well,
    links_keep_their_filters,
    a_bad_after_is_refused,
    a_parameter_that_is_not_utf_8_is_malformed,
    filters_narrow_and_empty_ones_do_not,
    a_list_of_someone_unknown_is_404,
    posts_are_listed_newest_first,
];

/// A customer with so many orders; the ids newest first, and the position of the last.
async fn customer_with(shop: &Shop, orders: usize) -> (String, Vec<String>, u64) {
    let customer = shop.user().await;
    let (mut ids, mut position) = (Vec::new(), 0);
    for _ in 0..orders {
        let order = shop.order_of(&customer).await;
        ids.insert(0, order.id);
        position = order.position;
    }
    (customer, ids, position)
}

fn ids(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().unwrap();
    items.iter().map(|item| item["orderId"].as_str().unwrap().to_owned()).collect()
}

fn link<'a>(list: &'a Value, name: &str) -> Option<&'a str> {
    list["links"].get(name).map(|link| link.as_str().expect("an absent link is absent, not null"))
}

async fn a_list_is_an_envelope_of_full_views(shop: Shop) {
    let (customer, orders, position) = customer_with(&shop, 3).await;
    let list = shop.seen(&format!("/api/customers/{customer}/orders"), position).await;
    assert_eq!(members(&list), ["items", "limit", "links", "page", "total"]);
    assert_eq!((&list["page"], &list["limit"], &list["total"]), (&json!(1), &json!(20), &json!(3)));
    assert_eq!(list["links"], json!({}));
    assert_eq!(ids(&list), orders);
    for item in list["items"].as_array().unwrap() {
        let own = format!("/api/orders/{}", item["orderId"].as_str().unwrap());
        assert_eq!(shop.seen(&own, position).await, *item);
    }
    let filtered = shop.seen(&format!("/api/orders?customerId={customer}"), position).await;
    assert_eq!(filtered["items"], list["items"]);
    let nobodys = shop.user().await;
    let empty = shop.get(&format!("/api/customers/{nobodys}/orders?wait=true")).await.is(200).json();
    assert_eq!(empty, json!({ "items": [], "page": 1, "limit": 20, "total": 0, "links": {} }));
}

async fn pages_are_counted_from_one(shop: Shop) {
    let (customer, orders, position) = customer_with(&shop, 5).await;
    let base = format!("/api/customers/{customer}/orders");
    for (page, part) in [(1, &orders[0..2]), (2, &orders[2..4]), (3, &orders[4..]), (4, &[])] {
        let list = shop.seen(&format!("{base}?page={page}&limit=2"), position).await;
        assert_eq!((&list["page"], &list["limit"], &list["total"]), (&json!(page), &json!(2), &json!(5)));
        assert_eq!(ids(&list), part);
        assert_eq!(link(&list, "next").is_some(), page < 3, "page {page}");
        if page < 4 {
            assert_eq!(link(&list, "prev").is_some(), page > 1, "page {page}");
        }
    }
    let all = shop.seen(&format!("{base}?limit=5"), position).await;
    assert_eq!((ids(&all), link(&all, "next")), (orders, None));
}

async fn a_page_or_limit_out_of_range_is_pointed_at(shop: Shop) {
    let user = shop.user().await;
    let paths = [
        "/api/orders".to_owned(),
        format!("/api/customers/{user}/orders"),
        format!("/api/users/{user}/posts"),
    ];
    for path in paths {
        for bad in ["0", "-1", "101", "1000000000", "1e1", "1.0", "ten", "99999999999999999999", "%00"] {
            shop.get(&format!("{path}?limit={bad}")).await.invalid_parameter("limit");
        }
        for bad in ["0", "-1", "1e1", "1.0", "last", "99999999999999999999"] {
            shop.get(&format!("{path}?page={bad}")).await.invalid_parameter("page");
        }
        shop.get(&format!("{path}?page=100&limit=100&wait=true")).await.is(200);
        shop.get(&format!("{path}?page=10000&limit=1")).await.is(200);
        for beyond in ["page=101&limit=100", "page=10001&limit=1", "page=501", "page=4294967295&limit=100"] {
            shop.get(&format!("{path}?{beyond}")).await.problem(422);
        }
    }
}

async fn links_neither_skip_nor_repeat_while_others_are_added(shop: Shop) {
    let (customer, orders, position) = customer_with(&shop, 9).await;
    let mut list = shop.seen(&format!("/api/customers/{customer}/orders?limit=2"), position).await;
    let mut seen = ids(&list);
    while let Some(next) = link(&list, "next") {
        assert!(next.contains("after=") && !next.contains("page="), "{next}");
        let added = shop.order_of(&customer).await;
        shop.view(&added).await;
        list = shop.get(next).await.is(200).json();
        seen.extend(ids(&list));
    }
    assert_eq!(seen, orders);
}

async fn links_lead_back_as_well(shop: Shop) {
    let (customer, orders, position) = customer_with(&shop, 6).await;
    let last = shop.seen(&format!("/api/customers/{customer}/orders?page=3&limit=2"), position).await;
    let middle = shop.get(link(&last, "prev").unwrap()).await.json();
    assert_eq!(ids(&middle), orders[2..4]);
    let first = shop.get(link(&middle, "prev").unwrap()).await.json();
    assert_eq!(ids(&first), orders[0..2]);
    assert_eq!(link(&first, "prev"), None, "there is nothing before it");
    let newer = shop.order_of(&customer).await;
    shop.view(&newer).await;
    let first = shop.get(link(&middle, "prev").unwrap()).await.json();
    assert_eq!(ids(&first), orders[0..2]);
    let newest = shop.get(link(&first, "prev").unwrap()).await.json();
    assert_eq!(ids(&newest), [newer.id]);
    assert_eq!(link(&newest, "prev"), None);
    assert_eq!(ids(&shop.get(link(&newest, "next").unwrap()).await.json()), orders[0..2]);
}

async fn links_keep_their_filters(shop: Shop) {
    let (customer, orders, _) = customer_with(&shop, 4).await;
    shop.tell(&orders[1], "submit").await;
    let position = shop.tell(&orders[3], "submit").await.position;
    let path = format!("/api/orders?status=submitted&customerId={customer}&limit=1");
    let list = shop.seen(&path, position).await;
    assert_eq!((ids(&list), &list["total"]), (vec![orders[1].clone()], &json!(2)));
    let next = shop.get(link(&list, "next").unwrap()).await.json();
    assert_eq!(ids(&next), [orders[3].clone()]);
    assert_eq!((&next["limit"], &next["total"]), (&json!(1), &json!(2)));
    assert_eq!(link(&next, "next"), None);
}

async fn a_bad_after_is_refused(shop: Shop) {
    let (customer, _, position) = customer_with(&shop, 3).await;
    let path = format!("/api/customers/{customer}/orders");
    for bad in ["x", "%00", "-1", "AAAA", "eyJ9", "%F0%9F%98%80"] {
        shop.get(&format!("{path}?after={bad}")).await.invalid_parameter("after");
        shop.get(&format!("/api/users/{customer}/posts?after={bad}")).await.invalid_parameter("after");
    }
    let list = shop.seen(&format!("{path}?limit=1"), position).await;
    let next = link(&list, "next").unwrap();
    let after = next.split("after=").nth(1).unwrap().split('&').next().unwrap();
    let broken: String = after.chars().rev().collect();
    shop.get(&format!("{path}?after={broken}")).await.invalid_parameter("after");
}

async fn a_parameter_that_is_not_utf_8_is_malformed(shop: Shop) {
    for parameter in ["after", "status", "customerId", "page"] {
        let problem = shop.get(&format!("/api/orders?{parameter}=%FF")).await.problem(400);
        assert_eq!(problem["errors"][0]["parameter"], parameter);
    }
}

async fn filters_narrow_and_empty_ones_do_not(shop: Shop) {
    let (customer, orders, _) = customer_with(&shop, 5).await;
    shop.tell(&orders[0], "cancel").await;
    for order in &orders[1..4] {
        shop.tell(order, "submit").await;
    }
    for order in &orders[2..4] {
        shop.tell(order, "pay").await;
    }
    let position = shop.tell(&orders[3], "ship").await.position;
    let base = format!("/api/customers/{customer}/orders");
    let states = ["cancelled", "submitted", "paid", "shipped", "draft"];
    for (order, status) in orders.iter().zip(states) {
        let list = shop.seen(&format!("{base}?status={status}"), position).await;
        assert_eq!(ids(&list), std::slice::from_ref(order), "{status}");
        assert_eq!(list["items"][0]["status"], status);
    }
    for empty in ["?status=", "?status=&page=1&limit=100", "?customerId="] {
        assert_eq!(ids(&shop.seen(&format!("{base}{empty}"), position).await), orders);
    }
    let path = format!("/api/orders?status=&customerId={customer}");
    assert_eq!(ids(&shop.seen(&path, position).await), orders);
    shop.get("/api/orders?status=&customerId=").await.is(200);
    for bad in ["open", "DRAFT", "draft,paid", "%00", "draft%20"] {
        shop.get(&format!("/api/orders?status={bad}")).await.invalid_parameter("status");
        shop.get(&format!("{base}?status={bad}")).await.invalid_parameter("status");
    }
}

async fn a_list_of_someone_unknown_is_404(shop: Shop) {
    for id in [fresh("NONE"), "a%20b".to_owned(), "a%2Fb".to_owned(), "%00".to_owned()] {
        shop.get(&format!("/api/customers/{id}/orders")).await.problem(404);
        shop.get(&format!("/api/customers/{id}/orders?wait=true")).await.problem(404);
        shop.get(&format!("/api/users/{id}/posts")).await.problem(404);
        if id != "%00" {
            shop.get(&format!("/api/orders?customerId={id}")).await.problem(404);
        }
    }
    shop.get("/api/orders?customerId=%00").await.invalid_parameter("customerId");
    // An order's id is nobody's.
    let order = shop.order().await;
    shop.get(&format!("/api/customers/{}/orders", order.id)).await.problem(404);
}

async fn posts_are_listed_newest_first(shop: Shop) {
    let user = shop.user().await;
    let path = format!("/api/users/{user}/posts");
    let (mut posts, mut position) = (Vec::new(), 0);
    for text in ["one", "two", "three"] {
        let receipt =
            shop.post(&path, json!({ "postId": fresh("POST"), "text": text })).await.receipt("postId");
        posts.insert(0, (receipt.id, text));
        position = receipt.position;
    }
    let mut list = shop.seen(&format!("{path}?limit=1"), position).await;
    let mut seen = BTreeSet::new();
    for (id, text) in &posts {
        let item = &list["items"][0];
        assert_eq!(members(item), ["createdAt", "postId", "text", "userId"]);
        assert_eq!(
            (&item["postId"], &item["text"], &item["userId"]),
            (&json!(id), &json!(text), &json!(user))
        );
        assert!(seen.insert(id.clone()));
        let Some(next) = link(&list, "next") else { break };
        list = shop.get(next).await.is(200).json();
    }
    assert_eq!(seen.len(), 3);
}
