//! Users: registering, profiles, e-mails, follows, posts.

use futures::future::join_all;
use serde_json::{Value, json};

use crate::{
    answer::{Answer, members},
    shop::{Shop, fresh, on_every_store},
};

on_every_store![
    a_profile_has_its_members_and_no_others,
    a_name_defaults_to_what_stands_before_the_at,
    an_email_is_unique_without_regard_to_case,
    of_registrations_with_one_email_at_once_one_wins,
    a_released_email_may_be_taken_again,
    what_an_email_may_be_is_pointed_at,
    a_password_is_not_taken_yet,
    a_profile_is_changed_member_by_member,
    a_version_counts_changes_of_the_profile_alone,
    nobody_follows_twice_or_themselves,
    who_is_followed_must_exist,
    posts_are_counted_and_kept,
];

async fn register(shop: &Shop, email: &str) -> Answer {
    shop.post("/api/users", json!({ "userId": fresh("USR"), "email": email })).await
}

async fn a_profile_has_its_members_and_no_others(shop: Shop) {
    let email = format!("{}@example.com", fresh("Ada"));
    let body =
        json!({ "email": email, "displayName": "Ada Lovelace", "avatarUrl": "https://a.example/a.png" });
    let user = shop.post("/api/users", body).await.receipt("userId");
    let view = shop.view(&user).await;
    let expected = [
        "avatarUrl",
        "createdAt",
        "displayName",
        "email",
        "followerCount",
        "followingCount",
        "postCount",
        "userId",
        "version",
    ];
    assert_eq!(members(&view), expected);
    assert_eq!((&view["email"], &view["displayName"]), (&json!(email), &json!("Ada Lovelace")));
    assert_eq!((&view["avatarUrl"], &view["version"]), (&json!("https://a.example/a.png"), &json!(0)));
    for count in ["followerCount", "followingCount", "postCount"] {
        assert_eq!(view[count], 0);
    }
    assert!(view["createdAt"].as_str().unwrap().ends_with('Z'));
    let plain = shop.get(&format!("/api/users/{}?wait=true", shop.user().await)).await.json();
    assert_eq!(members(&plain), expected, "avatarUrl is there also when there is none");
    assert_eq!(plain["avatarUrl"], Value::Null);
}

async fn a_name_defaults_to_what_stands_before_the_at(shop: Shop) {
    let name = fresh("Grace.Hopper");
    for body in [
        json!({ "email": format!("{name}@example.com") }),
        json!({ "email": format!("{name}@example.org"), "displayName": null }),
    ] {
        let user = shop.post("/api/users", body).await.receipt("userId");
        assert_eq!(shop.view(&user).await["displayName"], name);
    }
}

async fn an_email_is_unique_without_regard_to_case(shop: Shop) {
    let tag = fresh("t");
    for (first, second) in
        [("ada", "ADA"), ("Grace", "gRACE"), ("ärger", "ÄRGER"), ("αβγ", "ΑΒΓ"), ("жук", "ЖУК")]
    {
        register(&shop, &format!("{first}.{tag}@example.com")).await.receipt("userId");
        register(&shop, &format!("{second}.{tag}@example.com")).await.problem(409);
        register(&shop, &format!("{second}.{tag}@EXAMPLE.com")).await.problem(409);
    }
    let user = shop.user().await;
    let body = json!({ "version": 0, "email": format!("ADA.{tag}@example.com") });
    shop.patch(&format!("/api/users/{user}"), body).await.problem(409);
}

async fn of_registrations_with_one_email_at_once_one_wins(shop: Shop) {
    for _ in 0..5 {
        let name = fresh("race");
        let emails = [name.to_lowercase(), name.to_uppercase()].map(|name| format!("{name}@example.com"));
        let answers = join_all((0..16).map(|n| register(&shop, &emails[n % 2]))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 202).count(), 1);
        for loser in answers.iter().filter(|answer| answer.status != 202) {
            loser.problem(409);
        }
    }
}

async fn a_released_email_may_be_taken_again(shop: Shop) {
    let (old, new) = (format!("{}@example.com", fresh("old")), format!("{}@example.com", fresh("new")));
    let user = register(&shop, &old).await.receipt("userId");
    let body = json!({ "version": 0, "email": new });
    let moved = shop.patch(&user.own, body).await.receipt("userId");
    assert_eq!(shop.view(&moved).await["email"], new);
    register(&shop, &new).await.problem(409);
    register(&shop, &old).await.receipt("userId");
    shop.patch(&user.own, json!({ "version": 1, "email": old })).await.problem(409);
    // Their own e-mail in another spelling is theirs.
    let spelt = json!({ "version": 1, "email": new.to_uppercase() });
    let spelt = shop.patch(&user.own, spelt).await.receipt("userId");
    assert_eq!(shop.view(&spelt).await["email"], new.to_uppercase());
}

async fn what_an_email_may_be_is_pointed_at(shop: Shop) {
    let long = |length: usize| format!("{:x<1$}", format!("x@{}.", fresh("d")), length);
    for bad in [
        "",
        "ada",
        "@",
        "a@",
        "@b",
        "a@b@c",
        "a b@c",
        " a@b",
        "a@b ",
        "a\t@b",
        "a\u{7f}@b",
        "a\u{a0}@b",
        "a\u{2003}@b",
        "a\n@b",
        "a\u{0}@b",
        &long(255),
    ] {
        register(&shop, bad).await.invalid_at("/email");
    }
    for wrong in [json!(null), json!(1), json!(["a@b"])] {
        shop.post("/api/users", json!({ "email": wrong })).await.invalid_at("/email");
    }
    shop.post("/api/users", json!({})).await.invalid_at("/email");
    register(&shop, &long(254)).await.receipt("userId");
    register(&shop, &format!("{}+tag@sub.example.com", fresh("o'hara"))).await.receipt("userId");
}

async fn a_password_is_not_taken_yet(shop: Shop) {
    let email = format!("{}@example.com", fresh("secret"));
    let body = json!({ "email": email, "password": "correct horse battery" });
    let refused = shop.post("/api/users", body).await;
    refused.invalid_at("/password");
    assert!(!refused.text().contains("correct horse"), "no answer ever holds it");
    register(&shop, &email).await.receipt("userId");
}

async fn a_profile_is_changed_member_by_member(shop: Shop) {
    let path = format!("/api/users/{}", shop.user().await);
    let named = shop.patch(&path, json!({ "version": 0, "displayName": "Ada" })).await.receipt("userId");
    let before = shop.view(&named).await;
    let pictured = json!({ "version": 1, "avatarUrl": "https://a.example/a.png", "displayName": null });
    let pictured = shop.patch(&path, pictured).await.receipt("userId");
    let after = shop.view(&pictured).await;
    assert_eq!((&after["displayName"], &after["email"]), (&before["displayName"], &before["email"]));
    assert_eq!((&after["avatarUrl"], &after["version"]), (&json!("https://a.example/a.png"), &json!(2)));
    for (member, bad) in [
        ("displayName", json!("")),
        ("displayName", json!("x".repeat(201))),
        ("email", json!("nobody")),
        ("avatarUrl", json!(1)),
        ("userId", json!("other")),
        ("postCount", json!(7)),
    ] {
        let mut body = json!({ "version": 2 });
        body[member] = bad;
        shop.patch(&path, body).await.invalid_at(&format!("/{member}"));
    }
}

async fn a_version_counts_changes_of_the_profile_alone(shop: Shop) {
    let (user, other) = (shop.user().await, shop.user().await);
    let path = format!("/api/users/{user}");
    let follow = json!({ "followedId": other });
    shop.post(&format!("{path}/follow"), follow).await.receipt("userId");
    shop.post(&format!("{path}/posts"), json!({ "text": "hello" })).await.receipt("postId");
    let body = json!({ "followedId": user });
    let followed = shop.post(&format!("/api/users/{other}/follow"), body).await.receipt("userId");
    let view = shop.seen(&path, followed.position).await;
    let counts = ["postCount", "followerCount", "followingCount", "version"].map(|name| view[name].clone());
    assert_eq!(counts, [json!(1), json!(1), json!(1), json!(0)]);
    // The view has changed all the same: its ETag says where.
    let etag = shop.get(&path).await.header("etag").unwrap().to_owned();
    assert_eq!(etag, format!("\"0-{}\"", followed.position));
    let patched = shop.patch(&path, json!({ "version": 0, "displayName": "Ada" })).await;
    assert_eq!(patched.receipt("userId").revision, 1);
}

async fn nobody_follows_twice_or_themselves(shop: Shop) {
    let (user, other) = (shop.user().await, shop.user().await);
    let path = format!("/api/users/{user}");
    let [to_follow, to_unfollow] = ["follow", "unfollow"].map(|what| format!("{path}/{what}"));
    let follow = |who: &str| shop.post(&to_follow, json!({ "followedId": who }));
    let unfollow = |who: &str| shop.post(&to_unfollow, json!({ "followedId": who }));
    assert!([409, 422].contains(&follow(&user).await.status));
    unfollow(&other).await.problem(409);
    follow(&other).await.receipt("userId");
    follow(&other).await.problem(409);
    let unfollowed = unfollow(&other).await.receipt("userId");
    assert_eq!(shop.seen(&path, unfollowed.position).await["followingCount"], 0);
    let answers = join_all((0..12).map(|_| follow(&other))).await;
    let won: Vec<_> = answers.iter().filter(|answer| answer.status == 202).collect();
    assert_eq!(won.len(), 1);
    let position = won[0].receipt("userId").position;
    assert_eq!(shop.seen(&path, position).await["followingCount"], 1);
    assert_eq!(shop.seen(&format!("/api/users/{other}"), position).await["followerCount"], 1);
}

async fn who_is_followed_must_exist(shop: Shop) {
    let user = shop.user().await;
    for what in ["follow", "unfollow"] {
        let path = format!("/api/users/{user}/{what}");
        shop.post(&path, json!({ "followedId": fresh("NONE") })).await.invalid_at("/followedId");
        shop.post(&path, json!({ "followedId": "a b" })).await.invalid_at("/followedId");
        shop.post(&path, json!({})).await.invalid_at("/followedId");
        let nobody = format!("/api/users/{}/{what}", fresh("NONE"));
        shop.post(&nobody, json!({ "followedId": user })).await.problem(404);
    }
}

async fn posts_are_counted_and_kept(shop: Shop) {
    let user = shop.user().await;
    let path = format!("/api/users/{user}/posts");
    let id = fresh("POST");
    let text = "ü".repeat(10_000);
    let post = shop.post(&path, json!({ "postId": id, "text": text })).await.receipt("postId");
    assert_eq!((&post.id, &post.own), (&id, &path));
    shop.post(&path, json!({ "postId": id, "text": "again" })).await.problem(409);
    let others = format!("/api/users/{}/posts", shop.user().await);
    shop.post(&others, json!({ "postId": id, "text": "mine" })).await.problem(409);
    for bad in [json!({}), json!({ "text": "" }), json!({ "text": "x".repeat(10_001) }), json!({ "text": 1 })]
    {
        shop.post(&path, bad).await.invalid_at("/text");
    }
    let list = shop.seen(&path, post.position).await;
    assert_eq!((&list["total"], &list["items"][0]["text"]), (&json!(1), &json!(text)));
    assert_eq!(shop.seen(&format!("/api/users/{user}"), post.position).await["postCount"], 1);
}
