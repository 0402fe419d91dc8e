//! `ETag`, `If-Match`, and `version` in a body.

use futures::future::join_all;
use serde_json::json;

use crate::{
    answer::Answer,
    receipt::Receipt,
    shop::{Shop, fresh, line, on_every_store},
};

on_every_store![
    an_etag_is_the_version_and_the_position_of_the_last_change,
    if_match_takes_the_forms_of_the_contract,
    a_stale_if_match_is_412_with_the_current_version,
    a_malformed_if_match_is_refused,
    if_match_does_not_hold_for_what_is_yet_to_be_made,
    a_change_of_a_profile_must_say_which_version,
    a_stale_version_is_409_with_the_current_one,
    version_and_if_match_must_both_hold,
    of_changes_to_one_version_one_wins,
    if_none_match_answers_304,
];

async fn an_etag_is_the_version_and_the_position_of_the_last_change(shop: Shop) {
    let order = shop.order().await;
    let submitted = shop.tell(&order.id, "submit").await;
    shop.order().await;
    let answer = shop.get(&format!("{}?position={}&wait=true", order.own, submitted.position)).await.is(200);
    assert_eq!(answer.json()["version"], 1);
    assert_eq!(answer.header("etag"), Some(format!("\"1-{}\"", submitted.position).as_str()));
    let later = shop.order().await;
    let again = shop.get(&format!("{}?position={}&wait=true", order.own, later.position)).await.is(200);
    assert_eq!(again.header("etag"), answer.header("etag"));
    let position: u64 = again.header("x-position").unwrap().parse().unwrap();
    assert!(position >= later.position, "X-Position moves with every event");
}

async fn add(shop: &Shop, order: &Receipt, if_match: &str) -> Answer {
    let call = shop.call("POST", &format!("{}/items", order.own)).json(&line());
    call.header("If-Match", if_match).answer().await
}

async fn if_match_takes_the_forms_of_the_contract(shop: Shop) {
    let order = shop.order().await;
    let view = shop.get(&format!("{}?position={}&wait=true", order.own, order.position)).await;
    let etag = view.header("etag").unwrap();
    let forms = [etag, "\"1\"", "*", "\"9\", \"3\"", "\"4-1\" , \"17\"", "\"5\",\"5\""];
    for (revision, form) in (1..).zip(forms) {
        assert_eq!(add(&shop, &order, form).await.receipt("orderId").revision, revision, "{form}");
    }
}

async fn a_stale_if_match_is_412_with_the_current_version(shop: Shop) {
    let order = shop.order().await;
    shop.tell(&order.id, "submit").await;
    let pay = || shop.call("POST", &format!("{}/pay", order.own));
    for stale in ["\"0\"", "\"2\"", "W/\"1\"", "W/\"1-1\"", "\"0\", \"2\"", "\"18446744073709551615\""] {
        let problem = pay().header("If-Match", stale).answer().await.problem(412);
        assert_eq!(problem["currentVersion"], 1, "{stale}");
    }
    pay().header("If-Match", "W/\"0\", \"1\"").answer().await.receipt("orderId");
}

async fn a_malformed_if_match_is_refused(shop: Shop) {
    let order = shop.order().await;
    for bad in ["", "0", "\"0", "*, \"0\"", "\"0\" \"1\"", "w/\"0\""] {
        add(&shop, &order, bad).await.malformed_header("If-Match");
    }
}

async fn if_match_does_not_hold_for_what_is_yet_to_be_made(shop: Shop) {
    let body = json!({ "orderId": fresh("ORD"), "customerId": shop.user().await });
    for if_match in ["*", "\"0\"", "W/\"0\""] {
        let call = shop.call("POST", "/api/orders").json(&body).header("If-Match", if_match);
        call.answer().await.problem(412);
    }
    shop.post("/api/orders", body).await.receipt("orderId");
}

async fn a_change_of_a_profile_must_say_which_version(shop: Shop) {
    let path = format!("/api/users/{}", shop.user().await);
    shop.patch(&path, json!({ "displayName": "Ada" })).await.problem(428);
    shop.patch(&path, json!({ "version": null, "displayName": "Ada" })).await.problem(428);
    shop.call("PATCH", &path).answer().await.problem(428);
    let call = shop.call("PATCH", &path).json(&json!({ "displayName": "Ada" }));
    assert_eq!(call.header("If-Match", "\"0\"").answer().await.receipt("userId").revision, 1);
    let call = shop.call("PATCH", &path).json(&json!({ "displayName": "Eve" }));
    assert_eq!(call.header("If-Match", "*").answer().await.receipt("userId").revision, 2);
    let wrong = [json!("2"), json!(2.0), json!(-1), json!(true), json!([2]), json!(1e30)];
    for wrong in wrong {
        shop.patch(&path, json!({ "version": wrong, "displayName": "Ada" })).await.invalid_at("/version");
    }
}

async fn a_stale_version_is_409_with_the_current_one(shop: Shop) {
    let path = format!("/api/users/{}", shop.user().await);
    shop.patch(&path, json!({ "version": 0, "displayName": "Ada" })).await.receipt("userId");
    for stale in [0, 2, 1_000_000] {
        let problem = shop.patch(&path, json!({ "version": stale, "displayName": "Eve" })).await.problem(409);
        assert_eq!(problem["currentVersion"], 1);
    }
    let call = shop.call("PATCH", &path).json(&json!({ "displayName": "Eve" }));
    assert_eq!(call.header("If-Match", "\"0\"").answer().await.problem(412)["currentVersion"], 1);
}

async fn version_and_if_match_must_both_hold(shop: Shop) {
    let path = format!("/api/users/{}", shop.user().await);
    let patch = |version: u64, if_match: &str| {
        let call = shop.call("PATCH", &path).json(&json!({ "version": version, "displayName": "Ada" }));
        call.header("If-Match", if_match).answer()
    };
    patch(0, "\"3\"").await.problem(412);
    patch(3, "\"0\"").await.problem(409);
    patch(3, "*").await.problem(409);
    patch(0, "\"0\"").await.receipt("userId");
}

async fn of_changes_to_one_version_one_wins(shop: Shop) {
    let path = format!("/api/users/{}", shop.user().await);
    for version in 0..5 {
        let calls = (0..16).map(|n| {
            shop.patch(&path, json!({ "version": version, "displayName": format!("Ada {version} {n}") }))
        });
        let answers = join_all(calls).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 202).count(), 1);
        for loser in answers.iter().filter(|answer| answer.status != 202) {
            assert_eq!(loser.problem(409)["currentVersion"], version + 1);
        }
    }
}

async fn if_none_match_answers_304(shop: Shop) {
    let order = shop.order().await;
    let get = || shop.call("GET", &format!("{}?position={}&wait=true", order.own, order.position));
    let etag = get().answer().await.is(200).header("etag").unwrap().to_owned();
    for same in [etag.clone(), "*".to_owned(), format!("W/{etag}"), format!("\"x\", {etag}")] {
        let answer = get().header("If-None-Match", &same).answer().await.is(304);
        assert!(answer.body.is_empty());
        assert_eq!(answer.header("etag"), Some(etag.as_str()));
        assert_eq!(answer.header("cache-control"), Some("no-cache"));
    }
    get().header("If-None-Match", "\"0-0\"").answer().await.is(200);
    let position = shop.tell(&order.id, "submit").await.position;
    let path = format!("{}?position={position}&wait=true", order.own);
    shop.call("GET", &path).header("If-None-Match", &etag).answer().await.is(200);
}
