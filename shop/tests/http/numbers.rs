//! Numbers are taken at their literal's exact value, and printed with every digit.

use serde_json::json;

use crate::{
    answer::{Answer, cents},
    receipt::Receipt,
    shop::{Shop, line, on_every_store},
};

on_every_store![
    a_price_has_the_exact_value_of_its_literal,
    a_price_with_more_than_two_fraction_digits_is_refused,
    a_price_out_of_range_is_refused,
    what_is_no_json_number_is_malformed,
    a_quantity_is_written_as_a_whole_number,
    a_version_is_written_as_a_whole_number,
    sums_are_exact,
];

async fn add(shop: &Shop, order: &Receipt, price: &str, quantity: &str) -> Answer {
    let body = format!(r#"{{ "name": "x", "price": {price}, "quantity": {quantity} }}"#);
    shop.call("POST", &format!("{}/items", order.own)).body(body).answer().await
}

async fn a_price_has_the_exact_value_of_its_literal(shop: Shop) {
    let long_zeros = format!("10.1{}", "0".repeat(5000));
    for (literal, value) in [
        ("10.10", 1_010),
        ("1e2", 10_000),
        ("1E+2", 10_000),
        ("100e-2", 100),
        ("0.1e1", 100),
        ("12345e-2", 12_345),
        ("-0", 0),
        ("-0.0", 0),
        ("-0e5", 0),
        ("0e999999999999", 0),
        ("0.00000", 0),
        ("0.07", 7),
        ("0.29", 29),
        ("1.15", 115),
        ("1e6", 100_000_000),
        ("1000000.00", 100_000_000),
        ("999999.99", 99_999_999),
        (&long_zeros, 1_010),
    ] {
        let order = shop.draft().await;
        let added = add(&shop, &order, literal, "1").await.receipt("orderId");
        shop.view(&added).await;
        let answer = shop.get(&order.own).await;
        assert_eq!(cents(&answer.literal("total")), value, "{literal}");
    }
}

async fn a_price_with_more_than_two_fraction_digits_is_refused(shop: Shop) {
    let order = shop.draft().await;
    let long = format!("0.{}1", "0".repeat(5000));
    let bad = ["0.001", "1299.990000000000001", "1e-3", "123e-3", "1.005", "0.1e-2", "1e-999999999999"];
    for literal in bad.into_iter().chain([long.as_str()]) {
        add(&shop, &order, literal, "1").await.invalid_at("/price");
    }
}

async fn a_price_out_of_range_is_refused(shop: Shop) {
    let order = shop.draft().await;
    let huge = "9".repeat(5000);
    let bad =
        ["1e400", "1e999999999999", "-1e400", "1000000.01", "1e7", "-0.01", "-1", "18446744073709551616"];
    for literal in bad.into_iter().chain([huge.as_str()]) {
        add(&shop, &order, literal, "1").await.invalid_at("/price");
    }
}

async fn what_is_no_json_number_is_malformed(shop: Shop) {
    let order = shop.draft().await;
    for literal in [
        "NaN",
        "Infinity",
        "-Infinity",
        "+1",
        ".5",
        "5.",
        "01",
        "-",
        "1e",
        "1e+",
        "0x10",
        "1_000",
        "1,5",
        "--1",
    ] {
        add(&shop, &order, literal, "1").await.problem(400);
        add(&shop, &order, "1", literal).await.problem(400);
    }
}

async fn a_quantity_is_written_as_a_whole_number(shop: Shop) {
    let order = shop.draft().await;
    let huge = "1".repeat(31);
    let bad = ["1.0", "1e0", "1e1", "0", "-0", "-1", "10001", "1e400", "1.5", "9223372036854775808"];
    for literal in bad.into_iter().chain([huge.as_str(), "4294967297", "65537", "18446744073709551617"]) {
        add(&shop, &order, "1", literal).await.invalid_at("/quantity");
    }
    for literal in ["1", "10000"] {
        add(&shop, &order, "1", literal).await.receipt("orderId");
    }
}

async fn a_version_is_written_as_a_whole_number(shop: Shop) {
    let path = format!("/api/users/{}", shop.user().await);
    for literal in ["0.0", "-1", "1e0", "18446744073709551616", "\"0\"", "[0]"] {
        let body = format!(r#"{{ "version": {literal}, "displayName": "Ada" }}"#);
        shop.call("PATCH", &path).body(body).answer().await.invalid_at("/version");
    }
    let body = r#"{ "version": -0, "displayName": "Ada" }"#;
    shop.call("PATCH", &path).body(body).answer().await.receipt("userId");
}

async fn sums_are_exact(shop: Shop) {
    let customer = shop.user().await;
    let items: Vec<_> = (0..10).map(|_| json!({ "name": "x", "price": 0.1, "quantity": 3 })).collect();
    let body = json!({ "customerId": customer, "items": items });
    let order = shop.post("/api/orders", body).await.receipt("orderId");
    assert_eq!(shop.view(&order).await["total"], json!(3));
    let dear = json!({ "name": "x", "price": 999_999.99, "quantity": 10_000 });
    let body = json!({ "customerId": customer, "items": vec![dear; 500] });
    let order = shop.post("/api/orders", body).await.receipt("orderId");
    shop.view(&order).await;
    assert_eq!(shop.get(&order.own).await.literal("total"), "4999999950000");
    let odd = json!({ "name": "x", "price": 0.01, "quantity": 1 });
    let body = json!({ "customerId": customer, "items": [odd, line()] });
    let order = shop.post("/api/orders", body).await.receipt("orderId");
    shop.view(&order).await;
    assert_eq!(cents(&shop.get(&order.own).await.literal("total")), 259_999);
}
