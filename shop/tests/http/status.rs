//! `GET …/{id}/status`: how far a command's effect has come.

use serde_json::json;

use crate::{
    answer::members,
    shop::{NEVER, Shop, fresh, on_every_store},
};

on_every_store![
    completed_is_when_every_projection_of_the_view_is_there,
    a_position_to_come_is_processing_with_its_lag,
    what_is_unknown_or_of_another_thing_is_404,
    a_status_must_be_asked_for_something,
    the_status_of_users_names_their_projections,
];

async fn completed_is_when_every_projection_of_the_view_is_there(shop: Shop) {
    let order = shop.order().await;
    let early = shop.get(&order.status).await.is(200).json();
    assert!(["PROCESSING", "COMPLETED"].contains(&early["status"].as_str().unwrap()));
    shop.view(&order).await;
    for path in [order.status.clone(), format!("{}/status?position={}", order.own, order.position)] {
        let status = shop.get(&path).await.is(200).json();
        assert_eq!(status["status"], "COMPLETED");
        assert_eq!(status["position"], order.position);
        let projections = status["projections"].as_object().unwrap();
        assert_eq!(members(&projections["order_views"]), ["lag", "position"]);
        for projection in projections.values() {
            assert_eq!(projection["lag"], 0);
            assert!(projection["position"].as_u64().unwrap() >= order.position);
        }
    }
}

async fn a_position_to_come_is_processing_with_its_lag(shop: Shop) {
    let order = shop.order().await;
    let status = shop.get(&format!("{}/status?position={NEVER}", order.own)).await.is(200).json();
    assert_eq!(status["status"], "PROCESSING");
    assert_eq!(status["position"], NEVER);
    assert!(status["projections"]["order_views"]["lag"].as_u64().unwrap() > 0);
}

async fn what_is_unknown_or_of_another_thing_is_404(shop: Shop) {
    let (order, other) = (shop.order().await, shop.order().await);
    shop.get(&format!("{}/status?correlation={}", order.own, fresh("unknown"))).await.problem(404);
    shop.get(&format!("{}/status?correlation={}", order.own, other.correlation)).await.problem(404);
    let user = shop.user().await;
    shop.get(&format!("/api/users/{user}/status?correlation={}", order.correlation)).await.problem(404);
    let none = fresh("NONE");
    shop.get(&format!("/api/orders/{none}/status?correlation={}", order.correlation)).await.problem(404);
    shop.get(&format!("/api/orders/{none}/status?position=1")).await.problem(404);
    shop.get("/api/orders/a%2Fb/status?position=1").await.problem(404);
}

async fn a_status_must_be_asked_for_something(shop: Shop) {
    let order = shop.order().await;
    shop.get(&format!("{}/status", order.own)).await.problem(422);
    shop.get(&format!("{}/status?position=x", order.own)).await.invalid_parameter("position");
}

async fn the_status_of_users_names_their_projections(shop: Shop) {
    let (user, other) = (shop.user().await, shop.user().await);
    let follow = shop.post(&format!("/api/users/{user}/follow"), json!({ "followedId": other })).await;
    let follow = follow.receipt("userId");
    shop.view(&follow).await;
    let status = shop.get(&follow.status).await.is(200).json();
    assert_eq!(status["status"], "COMPLETED");
    assert!(!status["projections"].as_object().unwrap().is_empty());
}
