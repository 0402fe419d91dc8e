//! Products: their views, their list, stock and reviews, and what is refused.

use futures::future::join_all;
use serde_json::{Value, json};

use crate::{
    answer::members,
    receipt::Receipt,
    shop::{NEVER, Shop, fresh, on_every_store},
    websocket::Socket,
};

on_every_store![
    a_product_is_shown_with_its_members_and_no_others,
    what_a_product_may_be_is_pointed_at,
    an_id_is_taken_once_and_is_no_route_beside_it,
    a_change_needs_the_version_and_changes_what_is_named,
    stock_and_reviews_change_the_view_but_not_its_version,
    stock_is_counted_and_nothing_new_is_already_so,
    a_rating_is_the_mean_of_its_reviews,
    a_user_reviews_a_product_once,
    what_exists_nowhere_is_refused_in_the_order_of_the_contract,
    the_list_is_by_price_then_id,
    the_list_is_narrowed_by_category_and_price,
    links_of_the_list_neither_skip_nor_repeat_while_others_are_added,
    made_up_links_and_bad_bounds_are_refused,
    an_order_line_is_named_by_its_product,
    a_product_has_a_status_and_a_stream,
    changes_of_a_product_are_told,
];

const MEMBERS: [&str; 12] = [
    "category",
    "createdAt",
    "description",
    "name",
    "price",
    "productId",
    "rating",
    "reviewCount",
    "stockStatus",
    "tags",
    "updatedAt",
    "version",
];

fn keyboard() -> Value {
    json!({ "name": "Keyboard", "description": "With keys.", "price": 99.99, "category": "input" })
}

async fn create(shop: &Shop, more: Value) -> Receipt {
    let mut body = keyboard();
    for (member, value) in more.as_object().unwrap() {
        body[member] = value.clone();
    }
    shop.post("/api/products", body).await.receipt("productId")
}

async fn put(shop: &Shop, path: &str, body: Value) -> crate::answer::Answer {
    shop.call("PUT", path).json(&body).answer().await
}

async fn review(shop: &Shop, product: &Receipt, rating: u32) -> Receipt {
    let body = json!({ "userId": shop.user().await, "rating": rating });
    shop.post(&format!("{}/reviews", product.own), body).await.receipt("productId")
}

fn ids(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().unwrap();
    items.iter().map(|item| item["productId"].as_str().unwrap().to_owned()).collect()
}

async fn a_product_is_shown_with_its_members_and_no_others(shop: Shop) {
    let product = create(&shop, json!({ "productId": fresh("PRD"), "tags": ["usb", "ü"], "stock": 0 })).await;
    assert_eq!((product.revision, &product.own), (0, &format!("/api/products/{}", product.id)));
    let view = shop.view(&product).await;
    assert_eq!(members(&view), MEMBERS);
    assert_eq!((&view["productId"], &view["name"]), (&json!(product.id), &json!("Keyboard")));
    assert_eq!((&view["price"], &view["category"]), (&json!(99.99), &json!("input")));
    assert_eq!((&view["tags"], &view["stockStatus"]), (&json!(["usb", "ü"]), &json!("OUT_OF_STOCK")));
    assert_eq!((&view["rating"], &view["reviewCount"], &view["version"]), (&json!(0), &json!(0), &json!(0)));
    assert!(view["createdAt"].as_str().unwrap().ends_with('Z'));
    assert_eq!(view["createdAt"], view["updatedAt"]);
    let etag = shop.get(&product.own).await.header("etag").unwrap().to_owned();
    assert_eq!(etag, format!("\"0-{}\"", product.position));
    shop.call("GET", &product.own).header("If-None-Match", &etag).answer().await.is(304);
    for nothing in [json!({}), json!({ "tags": null, "stock": null, "productId": null })] {
        let plain = shop.view(&create(&shop, nothing).await).await;
        assert_eq!((&plain["tags"], &plain["stockStatus"]), (&json!([]), &json!("IN_STOCK")));
    }
}

async fn what_a_product_may_be_is_pointed_at(shop: Shop) {
    let long = |count| json!("ü".repeat(count));
    for (member, bad) in [
        ("name", vec![json!(""), long(201), json!(1), json!("a\0b"), Value::Null]),
        ("description", vec![long(10_001), json!(["x"]), Value::Null]),
        ("price", vec![json!(-0.01), json!(1_000_000.01), json!(1.001), json!("1"), Value::Null]),
        ("category", vec![json!(""), long(201), Value::Null]),
        ("tags", vec![json!("usb"), json!({})]),
        ("stock", vec![json!(-1), json!(1.0), json!("1")]),
        ("productId", vec![json!("a/b"), json!(""), json!(".."), json!(1)]),
        ("rating", vec![json!(5)]),
    ] {
        for value in bad {
            let mut body = keyboard();
            body[member] = value;
            shop.post("/api/products", body).await.invalid_at(&format!("/{member}"));
        }
    }
    let mut body = keyboard();
    body["tags"] = json!(["usb", ""]);
    shop.post("/api/products", body).await.invalid_at("/tags/1");
    let most = json!({ "name": "ü".repeat(200), "description": "ü".repeat(10_000), "price": 1_000_000 });
    let view = shop.view(&create(&shop, most.clone()).await).await;
    assert_eq!((&view["name"], &view["description"]), (&most["name"], &most["description"]));
    create(&shop, json!({ "description": "", "price": 0, "stock": i64::MAX })).await;
}

async fn an_id_is_taken_once_and_is_no_route_beside_it(shop: Shop) {
    let product = create(&shop, json!({ "productId": fresh("PRD") })).await;
    let mut again = keyboard();
    again["productId"] = json!(product.id);
    let problem = shop.post("/api/products", again.clone()).await.problem(409);
    assert_eq!(problem["title"], "Product Exists");
    again["productId"] = json!("search");
    shop.post("/api/products", again.clone()).await.invalid_at("/productId");
    again["productId"] = json!("Search");
    shop.post("/api/products", again).await.receipt("productId");
    for (method, path) in [("PUT", "/api/products/search/stock"), ("POST", "/api/products/search/reviews")] {
        let body = match method {
            "PUT" => json!({ "stock": 1 }),
            _ => json!({ "userId": shop.user().await, "rating": 1 }),
        };
        shop.call(method, path).json(&body).answer().await.problem(404);
    }
    // It is a path of its own, which is only read.
    shop.patch("/api/products/search", json!({ "version": 0 })).await.problem(405);
}

async fn a_change_needs_the_version_and_changes_what_is_named(shop: Shop) {
    let product = create(&shop, json!({ "tags": ["usb"] })).await;
    shop.patch(&product.own, json!({ "name": "Mouse" })).await.problem(428);
    let changed = shop.patch(&product.own, json!({ "version": 0, "name": "Mouse", "tags": null })).await;
    let changed = changed.receipt("productId");
    assert_eq!(changed.revision, 1);
    let view = shop.view(&changed).await;
    assert_eq!(
        (&view["name"], &view["tags"], &view["version"]),
        (&json!("Mouse"), &json!(["usb"]), &json!(1))
    );
    assert_eq!((&view["price"], &view["description"]), (&json!(99.99), &json!("With keys.")));
    let stale = shop.patch(&product.own, json!({ "version": 0, "price": 1 })).await.problem(409);
    assert_eq!(stale["currentVersion"], 1);
    let call = shop.call("PATCH", &product.own).header("If-Match", "\"0\"").json(&json!({ "price": 1 }));
    assert_eq!(call.answer().await.problem(412)["currentVersion"], 1);
    let all = json!({ "version": 1, "price": 0.5, "category": "c", "description": "", "tags": [] });
    let view = shop.view(&shop.patch(&product.own, all).await.receipt("productId")).await;
    assert_eq!((&view["price"], &view["category"]), (&json!(0.5), &json!("c")));
    assert_eq!((&view["description"], &view["tags"], &view["version"]), (&json!(""), &json!([]), &json!(2)));
    let nothing = shop.patch(&product.own, json!({ "version": 2 })).await.receipt("productId");
    assert_eq!((nothing.revision, &shop.view(&nothing).await), (2, &view), "it is so already");
    for (member, bad) in
        [("name", json!("")), ("price", json!(-1)), ("stock", json!(1)), ("tags", json!([1]))]
    {
        let mut body = json!({ "version": 2 });
        body[member] = bad;
        let pointer = if member == "tags" { "/tags/0".to_owned() } else { format!("/{member}") };
        shop.patch(&product.own, body).await.invalid_at(&pointer);
    }
    let answers =
        join_all((0..8).map(|n| shop.patch(&product.own, json!({ "version": 2, "price": n })))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 202).count(), 1);
}

async fn stock_and_reviews_change_the_view_but_not_its_version(shop: Shop) {
    let product = create(&shop, json!({})).await;
    let stocked = put(&shop, &format!("{}/stock", product.own), json!({ "stock": 0 })).await;
    let stocked = stocked.receipt("productId");
    assert_eq!((stocked.revision, &stocked.own), (0, &product.own));
    let reviewed = review(&shop, &product, 5).await;
    let view = shop.view(&reviewed).await;
    assert_eq!((&view["stockStatus"], &view["reviewCount"]), (&json!("OUT_OF_STOCK"), &json!(1)));
    assert_eq!(view["version"], 0);
    let etag = shop.get(&product.own).await.header("etag").unwrap().to_owned();
    assert_eq!(etag, format!("\"0-{}\"", reviewed.position));
    let patched = shop.patch(&product.own, json!({ "version": 0, "price": 1 })).await.receipt("productId");
    assert_eq!(patched.revision, 1);
    let call = shop.call("PUT", &format!("{}/stock", product.own)).header("If-Match", "\"0\"");
    call.json(&json!({ "stock": 3 })).answer().await.problem(412);
}

async fn stock_is_counted_and_nothing_new_is_already_so(shop: Shop) {
    let product = create(&shop, json!({ "stock": 3 })).await;
    let path = format!("{}/stock", product.own);
    let mut last = product.clone();
    for (stock, status) in [(0_u64, "OUT_OF_STOCK"), (0, "OUT_OF_STOCK"), (7, "IN_STOCK"), (1, "IN_STOCK")] {
        last = put(&shop, &path, json!({ "stock": stock })).await.receipt("productId");
        assert_eq!(shop.view(&last).await["stockStatus"], status, "{stock}");
    }
    let again = put(&shop, &path, json!({ "stock": 1 })).await.receipt("productId");
    let status = shop.get(&again.status).await.is(200).json();
    assert_eq!(status["position"], again.position);
    assert!(again.position >= last.position);
    let query = format!("/api/admin/streams/stock/{}", product.id);
    let counted = shop.get(&query).await.is(200).json();
    assert_eq!(counted["items"].as_array().unwrap().len(), 3, "{counted}");
    for bad in [json!(-1), json!(1.5), json!("1"), Value::Null, json!(18_446_744_073_709_551_615_u64)] {
        put(&shop, &path, json!({ "stock": bad })).await.invalid_at("/stock");
    }
    put(&shop, &path, json!({})).await.invalid_at("/stock");
    shop.post(&path, json!({ "stock": 1 })).await.problem(405);
}

async fn a_rating_is_the_mean_of_its_reviews(shop: Shop) {
    let product = create(&shop, json!({})).await;
    let mut sum = 0;
    for (count, rating) in (1_u32..).zip([5, 4, 4, 1, 1]) {
        let receipt = review(&shop, &product, rating).await;
        sum += rating;
        let view = shop.view(&receipt).await;
        let (shown, mean) = (view["rating"].as_f64().unwrap(), f64::from(sum) / f64::from(count));
        assert!((shown - mean).abs() < 1e-12, "{view}");
        assert_eq!(view["reviewCount"], count);
    }
    assert_eq!(shop.get(&product.own).await.literal("rating"), "3", "a whole mean is a whole number");
}

async fn a_user_reviews_a_product_once(shop: Shop) {
    let (product, other) = (create(&shop, json!({})).await, create(&shop, json!({})).await);
    let user = shop.user().await;
    let path = format!("{}/reviews", product.own);
    let body = || json!({ "userId": user, "rating": 4, "text": "ü".repeat(1000) });
    let answers = join_all((0..12).map(|_| shop.post(&path, body()))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 202).count(), 1);
    for loser in answers.iter().filter(|answer| answer.status != 202) {
        assert_eq!(loser.problem(409)["title"], "Already Reviewed");
    }
    let reviewed = shop.post(&format!("{}/reviews", other.own), body()).await.receipt("productId");
    assert_eq!(shop.seen(&product.own, reviewed.position).await["reviewCount"], 1);
    for (member, bad) in [
        ("rating", json!(0)),
        ("rating", json!(6)),
        ("rating", json!(4.5)),
        ("rating", Value::Null),
        ("text", json!("ü".repeat(1001))),
        ("userId", json!("a b")),
        ("stars", json!(5)),
    ] {
        let mut body = json!({ "userId": user, "rating": 1 });
        body[member] = bad;
        shop.post(&path, body).await.invalid_at(&format!("/{member}"));
    }
}

async fn what_exists_nowhere_is_refused_in_the_order_of_the_contract(shop: Shop) {
    let (nowhere, nobody) = (format!("/api/products/{}", fresh("NONE")), fresh("NONE"));
    shop.get(&nowhere).await.problem(404);
    shop.get(&format!("{nowhere}?wait=true&position={NEVER}")).await.problem(404);
    shop.get(&format!("{nowhere}/stream")).await.problem(404);
    shop.patch(&nowhere, json!({ "name": "" })).await.invalid_at("/name");
    shop.patch(&nowhere, json!({ "name": "x" })).await.problem(404);
    put(&shop, &format!("{nowhere}/stock"), json!({ "stock": 1 })).await.problem(404);
    let reviews = format!("{nowhere}/reviews");
    shop.post(&reviews, json!({ "userId": nobody, "rating": 1 })).await.problem(404);
    let product = create(&shop, json!({})).await;
    let reviews = format!("{}/reviews", product.own);
    shop.post(&reviews, json!({ "userId": nobody, "rating": 1 })).await.invalid_at("/userId");
    shop.get("/api/products/a%20b").await.problem(404);
}

async fn the_list_is_by_price_then_id(shop: Shop) {
    let category = fresh("by price");
    let tag = fresh("P");
    // By the order of bytes: digits, then capitals, then small letters, whatever the database's language.
    let sorted = [("1", "b"), ("2", "-1"), ("2", "10"), ("2", "9"), ("2", "B"), ("2", "a"), ("10", "A")];
    let mut position = 0;
    for at in [3, 0, 6, 1, 5, 2, 4] {
        let (price, id) = sorted[at];
        let price: Value = serde_json::from_str(price).unwrap();
        let body = json!({ "productId": format!("{tag}.{id}"), "price": price, "category": category });
        position = create(&shop, body).await.position;
    }
    let path = format!("/api/products?category={}", category.replace(' ', "%20"));
    let list = shop.seen(&path, position).await;
    let expected: Vec<_> = sorted.iter().map(|(_, id)| format!("{tag}.{id}")).collect();
    assert_eq!((ids(&list), &list["total"]), (expected.clone(), &json!(7)));
    assert_eq!(members(&list), ["items", "limit", "links", "page", "total"]);
    for item in list["items"].as_array().unwrap() {
        let own = format!("/api/products/{}", item["productId"].as_str().unwrap());
        assert_eq!(shop.seen(&own, position).await, *item);
    }
    let mut page = shop.seen(&format!("{path}&page=3&limit=2"), position).await;
    assert_eq!(ids(&page), expected[4..6]);
    for part in [&expected[2..4], &expected[..2]] {
        page = shop.get(page["links"]["prev"].as_str().unwrap()).await.is(200).json();
        assert_eq!(ids(&page), part);
    }
    assert_eq!(page["links"].get("prev"), None);
    // What changes its price changes its place.
    let dear = format!("/api/products/{tag}.b");
    let moved = shop.patch(&dear, json!({ "version": 0, "price": 99 })).await.receipt("productId");
    let list = shop.seen(&path, moved.position).await;
    assert_eq!(ids(&list).last(), Some(&format!("{tag}.b")));
}

async fn the_list_is_narrowed_by_category_and_price(shop: Shop) {
    let (category, other) = (fresh("range"), fresh("range"));
    let mut all = Vec::new();
    for cents in [0, 100, 101, 250] {
        let price: Value = serde_json::from_str(&format!("{}.{:02}", cents / 100, cents % 100)).unwrap();
        all.push(create(&shop, json!({ "category": category, "price": price })).await);
    }
    let last = create(&shop, json!({ "category": other, "price": 1 })).await;
    let path = |rest: &str| format!("/api/products?category={category}{rest}");
    for (rest, part) in [
        ("", 0..4),
        ("&minPrice=&maxPrice=", 0..4),
        ("&minPrice=1", 1..4),
        ("&minPrice=1.01", 2..4),
        ("&maxPrice=1.00", 0..2),
        ("&minPrice=1&maxPrice=1.01", 1..3),
        ("&minPrice=0&maxPrice=0", 0..1),
        ("&minPrice=2&maxPrice=1", 0..0),
        ("&minPrice=-5", 0..4),
        ("&maxPrice=1e9", 0..4),
    ] {
        let list = shop.seen(&path(rest), last.position).await;
        let expected: Vec<_> = all[part].iter().map(|product| product.id.clone()).collect();
        assert_eq!((ids(&list), &list["total"]), (expected.clone(), &json!(expected.len())), "{rest}");
    }
    let everything = shop.seen("/api/products?category=&limit=1", last.position).await;
    assert!(everything["total"].as_u64().unwrap() >= 5);
    assert_eq!(shop.get(&format!("/api/products?category={}", fresh("none"))).await.json()["total"], 0);
}

async fn links_of_the_list_neither_skip_nor_repeat_while_others_are_added(shop: Shop) {
    let category = fresh("links");
    let mut expected = Vec::new();
    for price in [1, 2, 2, 2, 3, 3, 4] {
        let product = create(&shop, json!({ "category": category, "price": price })).await;
        expected.push((price, product.id, product.position));
    }
    let position = expected.last().unwrap().2;
    expected.sort();
    let expected: Vec<_> = expected.into_iter().map(|(_, id, _)| id).collect();
    let mut list = shop.seen(&format!("/api/products?category={category}&limit=2"), position).await;
    let mut seen = ids(&list);
    let mut added = Vec::new();
    while let Some(next) = list["links"].get("next").cloned() {
        assert!(next.as_str().unwrap().contains("after="));
        for price in [0, 5] {
            let product = create(&shop, json!({ "category": category, "price": price })).await;
            shop.view(&product).await;
            added.push((price, product.id));
        }
        list = shop.get(next.as_str().unwrap()).await.is(200).json();
        seen.extend(ids(&list));
        assert!(seen.len() < 100);
    }
    assert_eq!(seen[..7], expected[..], "each once, in order");
    // Those that were added behind are met too, those before are not.
    assert!(seen[7..].iter().all(|id| added.contains(&(5, id.clone()))));
}

async fn made_up_links_and_bad_bounds_are_refused(shop: Shop) {
    for (parameter, bad) in [
        ("minPrice", "ten"),
        ("minPrice", "1.001"),
        ("maxPrice", "1,5"),
        ("maxPrice", "%00"),
        ("category", "%00"),
        ("after", "x"),
        ("page", "0"),
        ("limit", "101"),
    ] {
        shop.get(&format!("/api/products?{parameter}={bad}")).await.invalid_parameter(parameter);
    }
    let (customer, _) = (shop.user().await, shop.order().await);
    for _ in 0..2 {
        let order = shop.order_of(&customer).await;
        shop.view(&order).await;
    }
    let orders = shop.get("/api/orders?limit=1&wait=true").await.is(200).json();
    let after = orders["links"]["next"].as_str().unwrap().split("after=").nth(1).unwrap().to_owned();
    shop.get(&format!("/api/products?after={after}")).await.invalid_parameter("after");
}

async fn an_order_line_is_named_by_its_product(shop: Shop) {
    let product = create(&shop, json!({})).await;
    let line = json!({ "productId": product.id, "price": 99.99, "quantity": 1 });
    let order = json!({ "customerId": shop.user().await, "items": [line] });
    let order = shop.post("/api/orders", order).await.receipt("orderId");
    let item = shop.view(&order).await["items"][0].clone();
    assert_eq!((&item["productId"], &item["name"]), (&json!(product.id), &json!(product.id)));
}

async fn a_product_has_a_status_and_a_stream(shop: Shop) {
    let product = create(&shop, json!({})).await;
    let reviewed = review(&shop, &product, 3).await;
    shop.view(&reviewed).await;
    let status = shop.get(&reviewed.status).await.is(200).json();
    assert_eq!((&status["status"], &status["position"]), (&json!("COMPLETED"), &json!(reviewed.position)));
    assert_eq!(members(&status["projections"]), ["product_views"]);
    let other = create(&shop, json!({})).await;
    let path = format!("{}/status?correlation={}", other.own, reviewed.correlation);
    shop.get(&path).await.problem(404);
    let events = shop.get(&reviewed.stream).await.is(200).text();
    assert!(events.contains(&format!("id: {}", reviewed.position)), "{events}");
    assert!(events.contains("\"reviewCount\":1"), "{events}");
}

async fn changes_of_a_product_are_told(shop: Shop) {
    let mut socket = Socket::open(&shop, "/ws").await;
    socket.subscribe(json!({ "types": ["ProductViewUpdated"] })).await;
    let product = create(&shop, json!({})).await;
    let counted = put(&shop, &format!("{}/stock", product.own), json!({ "stock": 0 })).await;
    let reviewed = review(&shop, &product, 3).await;
    for receipt in [product, counted.receipt("productId"), reviewed] {
        let told = socket.until(&receipt).await;
        let expected = json!({
            "type": "ProductViewUpdated",
            "correlationId": receipt.correlation,
            "productId": receipt.id,
            "position": receipt.position,
        });
        assert_eq!(told.last(), Some(&expected));
    }
}
