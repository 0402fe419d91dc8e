//! Timelines: the posts of those whom a user follows.

use serde_json::{Value, json};

use crate::{
    answer::members,
    receipt::Receipt,
    shop::{Shop, fresh, on_every_store},
};

on_every_store![
    a_timeline_has_the_posts_of_those_who_are_followed_newest_first,
    following_brings_earlier_posts_and_unfollowing_takes_them_away,
    links_of_a_timeline_neither_skip_nor_repeat_while_others_write,
    a_timeline_of_nobody_is_404,
];

async fn post(shop: &Shop, user: &str) -> Receipt {
    let body = json!({ "postId": fresh("POST"), "text": format!("of {user}") });
    shop.post(&format!("/api/users/{user}/posts"), body).await.receipt("postId")
}

async fn tell(shop: &Shop, user: &str, what: &str, other: &str) -> Receipt {
    let path = format!("/api/users/{user}/{what}");
    shop.post(&path, json!({ "followedId": other })).await.receipt("userId")
}

async fn timeline(shop: &Shop, user: &str, last: &Receipt) -> Value {
    shop.seen(&format!("/api/users/{user}/timeline"), last.position).await
}

fn ids(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["postId"].as_str().unwrap()).collect()
}

async fn a_timeline_has_the_posts_of_those_who_are_followed_newest_first(shop: Shop) {
    let (ann, bob, cid) = (shop.user().await, shop.user().await, shop.user().await);
    let path = format!("/api/users/{ann}/timeline");
    let empty = shop.get(&format!("{path}?wait=true")).await.is(200).json();
    assert_eq!(empty, json!({ "items": [], "page": 1, "limit": 20, "total": 0, "links": {} }));
    tell(&shop, &ann, "follow", &bob).await;
    tell(&shop, &ann, "follow", &cid).await;
    tell(&shop, &bob, "follow", &ann).await;
    let posts = [post(&shop, &bob).await, post(&shop, &cid).await, post(&shop, &ann).await];
    let last = post(&shop, &bob).await;
    let list = timeline(&shop, &ann, &last).await;
    assert_eq!(ids(&list), [&last.id, &posts[1].id, &posts[0].id]);
    for (item, author) in list["items"].as_array().unwrap().iter().zip([&bob, &cid, &bob]) {
        assert_eq!(members(item), ["createdAt", "postId", "text", "userId"]);
        assert_eq!((&item["userId"], &item["text"]), (&json!(author), &json!(format!("of {author}"))));
    }
    assert_eq!(ids(&timeline(&shop, &bob, &last).await), [&posts[2].id], "one's own posts are not in it");
    let asked = format!("{path}?correlation={}&wait=true", last.correlation);
    assert_eq!(ids(&shop.get(&asked).await.is(200).json())[0], last.id);
}

async fn following_brings_earlier_posts_and_unfollowing_takes_them_away(shop: Shop) {
    let (ann, bob, cid) = (shop.user().await, shop.user().await, shop.user().await);
    tell(&shop, &ann, "follow", &cid).await;
    let (early, between) = (post(&shop, &bob).await, post(&shop, &cid).await);
    let late = post(&shop, &bob).await;
    assert_eq!(ids(&timeline(&shop, &ann, &late).await), [&between.id]);
    let followed = tell(&shop, &ann, "follow", &bob).await;
    let all = [&late.id, &between.id, &early.id];
    assert_eq!(ids(&timeline(&shop, &ann, &followed).await), all, "each in its place");
    let unfollowed = tell(&shop, &ann, "unfollow", &bob).await;
    assert_eq!(ids(&timeline(&shop, &ann, &unfollowed).await), [&between.id]);
    let newer = post(&shop, &bob).await;
    assert_eq!(ids(&timeline(&shop, &ann, &newer).await), [&between.id]);
    let again = tell(&shop, &ann, "follow", &bob).await;
    assert_eq!(ids(&timeline(&shop, &ann, &again).await), [&newer.id, &late.id, &between.id, &early.id]);
}

async fn links_of_a_timeline_neither_skip_nor_repeat_while_others_write(shop: Shop) {
    let (ann, bob) = (shop.user().await, shop.user().await);
    tell(&shop, &ann, "follow", &bob).await;
    let mut posts = Vec::new();
    for _ in 0..5 {
        posts.insert(0, post(&shop, &bob).await);
    }
    let path = format!("/api/users/{ann}/timeline?limit=2");
    let mut list = shop.seen(&path, posts[0].position).await;
    assert_eq!(list["total"], 5);
    let mut seen: Vec<_> = ids(&list).into_iter().map(str::to_owned).collect();
    while let Some(next) = list["links"].get("next").cloned() {
        let added = post(&shop, &bob).await;
        timeline(&shop, &ann, &added).await;
        list = shop.get(next.as_str().unwrap()).await.is(200).json();
        seen.extend(ids(&list).into_iter().map(str::to_owned));
    }
    assert_eq!(seen, posts.iter().map(|post| post.id.clone()).collect::<Vec<_>>());
}

async fn a_timeline_of_nobody_is_404(shop: Shop) {
    for id in [fresh("NONE"), "a%20b".to_owned(), "%00".to_owned()] {
        shop.get(&format!("/api/users/{id}/timeline")).await.problem(404);
    }
    let user = shop.user().await;
    shop.get(&format!("/api/users/{user}/timeline?after=x")).await.invalid_parameter("after");
    shop.get(&format!("/api/users/{user}/timeline?limit=101")).await.invalid_parameter("limit");
}
