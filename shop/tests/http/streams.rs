//! `GET …/{id}/stream`: Server-Sent Events of one thing.

use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::json;

use crate::{
    shop::{NEVER, Shop, Store, fresh, line, on_every_store, run},
    sse::{Event, Events},
};

on_every_store![
    once_sends_the_view_and_ends,
    a_stream_sends_the_latest_view_after_each_change,
    fast_changes_are_merged_and_positions_only_grow,
    a_stream_resumes_after_the_last_event,
    once_with_nothing_newer_is_204,
    a_malformed_last_event_id_is_refused,
    a_stream_of_nothing_is_404_at_once,
    streams_are_not_compressed,
    a_stream_of_a_user_tells_of_follows_and_posts,
    many_streams_of_one_order_tell_the_same,
];

async fn once_sends_the_view_and_ends(shop: Shop) {
    for _ in 0..10 {
        let order = shop.order().await;
        let mut events = shop.events(&order.stream).await;
        let view = shop.view(&order).await;
        let event = Event { name: None, id: Some(order.position), data: view };
        assert_eq!(events.next().await, Some(event));
        assert_eq!(events.next().await, None);
    }
    let submitted = shop.tell(&shop.order().await.id, "submit").await;
    let event = shop.events(&submitted.stream).await.next().await.unwrap();
    assert_eq!(event.data["status"], "submitted");
}

async fn a_stream_sends_the_latest_view_after_each_change(shop: Shop) {
    let order = shop.order().await;
    let mut events = shop.events(&format!("{}/stream", order.own)).await;
    let first = events.next().await.unwrap();
    assert_eq!((first.id, &first.data["status"]), (Some(order.position), &json!("draft")));
    for (what, status) in [("submit", "submitted"), ("pay", "paid"), ("ship", "shipped")] {
        // What happens to others is not told.
        shop.order().await;
        let receipt = shop.tell(&order.id, what).await;
        let event = events.next().await.unwrap();
        assert_eq!(event, Event { name: None, id: Some(receipt.position), data: shop.view(&receipt).await });
        assert_eq!(event.data["status"], status);
    }
}

async fn fast_changes_are_merged_and_positions_only_grow(shop: Shop) {
    let order = shop.draft().await;
    let mut events = shop.events(&format!("{}/stream", order.own)).await;
    for _ in 0..40 {
        shop.post(&format!("{}/items", order.own), line()).await.receipt("orderId");
    }
    let last = shop.tell(&order.id, "submit").await;
    let (mut position, mut lines) = (0, 0);
    loop {
        let event = events.next().await.unwrap();
        assert!(event.id.unwrap() > position, "positions only grow");
        assert!(event.data["itemCount"].as_u64().unwrap() >= lines);
        position = event.id.unwrap();
        lines = event.data["itemCount"].as_u64().unwrap();
        if position == last.position {
            assert_eq!(event.data["status"], "submitted");
            break;
        }
    }
    assert_eq!(lines, 40);
}

async fn a_stream_resumes_after_the_last_event(shop: Shop) {
    let order = shop.order().await;
    let submitted = shop.tell(&order.id, "submit").await;
    let open =
        |id: u64| shop.call("GET", &format!("{}/stream", order.own)).header("Last-Event-ID", id.to_string());
    let mut behind = Events::of(open(order.position).open().await);
    assert_eq!(behind.next().await.unwrap().id, Some(submitted.position));
    shop.view(&submitted).await;
    let mut level = Events::of(open(submitted.position).open().await);
    let paid = shop.tell(&order.id, "pay").await;
    for events in [&mut behind, &mut level] {
        assert_eq!(events.next().await.unwrap().id, Some(paid.position));
    }
    let mut from_zero = Events::of(open(0).open().await);
    assert_eq!(from_zero.next().await.unwrap().id, Some(paid.position));
}

async fn once_with_nothing_newer_is_204(shop: Shop) {
    let order = shop.order().await;
    shop.view(&order).await;
    let open = |id: u64| shop.call("GET", &order.stream).header("Last-Event-ID", id.to_string());
    for id in [order.position, order.position + 1] {
        assert!(open(id).answer().await.is(204).body.is_empty());
    }
    let mut events = Events::of(open(order.position - 1).open().await);
    assert_eq!(events.next().await.unwrap().id, Some(order.position));
    assert_eq!(events.next().await, None);
}

async fn a_malformed_last_event_id_is_refused(shop: Shop) {
    let order = shop.order().await;
    for bad in ["-1", "x", "1.5", "1 2", "ä"] {
        for path in [order.stream.clone(), format!("{}/stream", order.own)] {
            let answer = shop.call("GET", &path).header("Last-Event-ID", bad).answer().await;
            answer.malformed_header("Last-Event-ID");
        }
    }
}

async fn a_stream_of_nothing_is_404_at_once(shop: Shop) {
    let begun = Instant::now();
    for id in [fresh("NONE"), "a%2Fb".to_owned(), "a%20b".to_owned()] {
        shop.get(&format!("/api/orders/{id}/stream")).await.problem(404);
        shop.get(&format!("/api/orders/{id}/stream?once=true&position={NEVER}")).await.problem(404);
        shop.get(&format!("/api/users/{id}/stream")).await.problem(404);
    }
    assert!(begun.elapsed() < Duration::from_secs(5));
}

/// On all stores at once, since it takes ten seconds.
#[test]
fn without_a_first_view_in_time_a_timeout_is_told() {
    run(join_all(Store::all().into_iter().map(|store| times_out(store.shared()))));
}

async fn times_out(shop: Shop) {
    let order = shop.order().await;
    let begun = Instant::now();
    let mut events = shop.events(&format!("{}/stream?position={NEVER}", order.own)).await;
    let event = events.next().await.unwrap();
    assert_eq!(event, Event { name: Some("timeout".to_owned()), id: None, data: json!({}) });
    assert_eq!(events.next().await, None);
    let took = begun.elapsed();
    assert!((Duration::from_secs(9)..Duration::from_secs(15)).contains(&took), "{took:?}");
}

async fn streams_are_not_compressed(shop: Shop) {
    let order = shop.order().await;
    let call = shop.call("GET", &format!("{}/stream", order.own)).header("Accept-Encoding", "gzip, br, zstd");
    assert!(Events::of(call.open().await).next().await.is_some());
}

async fn a_stream_of_a_user_tells_of_follows_and_posts(shop: Shop) {
    let (user, fan) = (shop.user().await, shop.user().await);
    let mut events = shop.events(&format!("/api/users/{user}/stream")).await;
    assert_eq!(events.next().await.unwrap().data["followerCount"], 0);
    let follow = shop.post(&format!("/api/users/{fan}/follow"), json!({ "followedId": user })).await;
    let event = events.next().await.unwrap();
    assert_eq!(event.id, Some(follow.receipt("userId").position));
    assert_eq!(event.data["followerCount"], 1);
    let post = shop.post(&format!("/api/users/{user}/posts"), json!({ "text": "hello" })).await;
    let event = events.next().await.unwrap();
    assert_eq!(event.id, Some(post.receipt("postId").position));
    assert_eq!((&event.data["postCount"], &event.data["version"]), (&json!(1), &json!(0)));
}

async fn many_streams_of_one_order_tell_the_same(shop: Shop) {
    let order = shop.order().await;
    let path = format!("{}/stream", order.own);
    let mut streams = Vec::new();
    for _ in 0..50 {
        let mut events = shop.events(&path).await;
        events.next().await.unwrap();
        streams.push(events);
    }
    let submitted = shop.tell(&order.id, "submit").await;
    for events in &mut streams {
        assert_eq!(events.next().await.unwrap().id, Some(submitted.position));
    }
}
