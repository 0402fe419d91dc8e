//! Accounts on a running node.

use diptych::{Revision, Start};
use serde_json::json;
use shop::accounts::{
    CreatePost, FollowUser, PostId, UnfollowUser, UpdateProfile,
    views::{GetUser, ListPosts},
};

use crate::running::{Shop, first, on_every_store, registering, user};

on_every_store![
    a_user_is_shown_with_the_members_of_the_contract_and_no_others,
    posts_and_follows_change_the_view_but_not_its_version,
    a_follow_and_a_post_are_known_to_have_touched_their_users,
    a_changed_profile_is_shown_and_written_with_what_was_not_changed,
    a_stale_version_is_refused_and_a_change_of_nothing_is_already_so,
    an_email_is_held_once_also_after_it_went_around,
    posts_are_listed_newest_first_and_by_user,
];

fn following(follower: &str, followed: &str) -> FollowUser {
    FollowUser { follower_id: user(follower), followed_id: user(followed) }
}

fn posting(post: &str, author: &str) -> CreatePost {
    CreatePost { post_id: PostId::new(post).unwrap(), user_id: user(author), text: format!("{post}!") }
}

fn renaming(id: &str, name: &str) -> UpdateProfile {
    UpdateProfile { user_id: user(id), email: None, display_name: Some(name.into()), avatar_url: None }
}

async fn a_user_is_shown_with_the_members_of_the_contract_and_no_others(shop: Shop) {
    shop.register("ann").await;
    let shown = shop.ask(GetUser { user_id: user("ann") }).await.unwrap();
    let expected = json!({
        "userId": "ann", "email": "ann@example.org", "displayName": "ann", "avatarUrl": null,
        "createdAt": "2026-01-01T00:00:00.000000Z",
        "postCount": 0, "followerCount": 0, "followingCount": 0, "version": 0,
    });
    assert_eq!(serde_json::to_value(&shown.view).unwrap(), expected);
    assert_eq!(shop.ask(GetUser { user_id: user("bob") }).await, None);
    shop.close().await;
}

async fn posts_and_follows_change_the_view_but_not_its_version(shop: Shop) {
    for id in ["ann", "bob"] {
        shop.register(id).await;
    }
    let followed = shop.send(following("ann", "bob")).await;
    assert_eq!((followed.id(), followed.revision), ("ann", Some(Revision::FIRST)));
    let posted = shop.send(posting("P-1", "bob")).await;
    assert_eq!((posted.id(), posted.revision), ("P-1", Some(Revision::FIRST)));
    let ann = shop.ask(GetUser { user_id: user("ann") }).await.unwrap();
    let bob = shop.ask(GetUser { user_id: user("bob") }).await.unwrap();
    assert_eq!((ann.view.following_count, ann.view.follower_count, ann.view.post_count), (1, 0, 0));
    assert_eq!((bob.view.following_count, bob.view.follower_count, bob.view.post_count), (0, 1, 1));
    assert_eq!((ann.version, ann.changed), (Revision::FIRST, followed.position));
    assert_eq!((bob.version, bob.changed), (Revision::FIRST, posted.position));
    let unfollowing = UnfollowUser { follower_id: user("ann"), followed_id: user("bob") };
    shop.send(unfollowing).await;
    let bob = shop.ask(GetUser { user_id: user("bob") }).await.unwrap();
    assert_eq!(bob.view.follower_count, 0);
    shop.close().await;
}

async fn a_follow_and_a_post_are_known_to_have_touched_their_users(shop: Shop) {
    for id in ["ann", "bob"] {
        shop.register(id).await;
    }
    let touched = async |receipt: diptych::Receipt, id: &str| {
        let known = shop.node.correlation(&receipt.correlation_id).await.unwrap().unwrap();
        known.touched("user", id)
    };
    let followed = shop.send(following("ann", "bob")).await;
    assert!(touched(followed.clone(), "ann").await && touched(followed, "bob").await);
    let posted = shop.send(posting("P-1", "ann")).await;
    assert!(touched(posted.clone(), "ann").await && !touched(posted, "bob").await);
    shop.close().await;
}

async fn a_changed_profile_is_shown_and_written_with_what_was_not_changed(shop: Shop) {
    let picture = shop::accounts::RegisterUser {
        avatar_url: Some("https://example.org/a.png".into()),
        ..registering("ann", "ann@example.org")
    };
    shop.send(picture).await;
    shop.wait(1);
    let receipt = shop.send(renaming("ann", "Ann B.")).await;
    assert_eq!(receipt.revision, Some(Revision::new(1)));
    let view = shop.ask(GetUser { user_id: user("ann") }).await.unwrap().view;
    assert_eq!((view.display_name.as_str(), view.email.as_str()), ("Ann B.", "ann@example.org"));
    assert_eq!((view.avatar_url.as_deref(), view.version), (Some("https://example.org/a.png"), 1));
    let times = "SELECT registered_at || ' ' || updated_at AS line FROM users";
    assert_eq!(shop.write_side(times).await, ["2026-01-01T00:00:00.000000Z 2026-01-01T00:00:01.000000Z"]);
    shop.close().await;
}

async fn a_stale_version_is_refused_and_a_change_of_nothing_is_already_so(shop: Shop) {
    shop.register("ann").await;
    shop.send(renaming("ann", "Ann")).await;
    let stale = shop.node.execute(renaming("ann", "Anna")).expecting(Revision::FIRST).await;
    assert!(stale.is_err(), "{stale:?}");
    let nothing = UpdateProfile { display_name: None, ..renaming("ann", "") };
    let already = shop.node.execute(nothing).expecting(Revision::new(1)).await.unwrap();
    assert_eq!(already.revision, Some(Revision::new(1)));
    shop.close().await;
}

async fn an_email_is_held_once_also_after_it_went_around(shop: Shop) {
    let moving = |id: &str, email: &str| UpdateProfile {
        email: Some(email.parse().unwrap()),
        display_name: None,
        ..renaming(id, "")
    };
    shop.send(registering("ann", "x@example.org")).await;
    assert_eq!(shop.code(registering("bob", "X@EXAMPLE.ORG")).await, Some("email-taken"));
    shop.send(registering("bob", "y@example.org")).await;
    assert_eq!(shop.code(moving("bob", "x@example.org")).await, Some("email-taken"));
    shop.send(moving("ann", "z@example.org")).await;
    shop.send(moving("bob", "x@example.org")).await;
    assert_eq!(shop.code(moving("ann", "X@example.org")).await, Some("email-taken"));
    shop.send(moving("ann", "y@example.org")).await;
    let view = shop.ask(GetUser { user_id: user("ann") }).await.unwrap().view;
    assert_eq!(view.email, "y@example.org");
    shop.close().await;
}

async fn posts_are_listed_newest_first_and_by_user(shop: Shop) {
    for id in ["ann", "bob"] {
        shop.register(id).await;
    }
    for (post, author) in [("P-1", "ann"), ("P-2", "bob"), ("P-3", "ann"), ("P-4", "ann")] {
        shop.send(posting(post, author)).await;
    }
    let page = async |part| {
        let listed = shop.ask(ListPosts { user_id: user("ann"), part }).await;
        let posts = listed.items.iter().map(|(_, post)| post.post_id.to_string()).collect::<Vec<_>>();
        (posts, listed)
    };
    let (posts, listed) = page(first(2)).await;
    assert_eq!((posts, listed.total, listed.more_after), (vec!["P-4".into(), "P-3".into()], 3, true));
    let after = Start::After(listed.items[1].0.clone());
    shop.send(posting("P-5", "ann")).await;
    let (posts, listed) = page(diptych::Part { start: after, limit: 2 }).await;
    assert_eq!((posts, listed.total, listed.more_before), (vec!["P-1".to_owned()], 4, true));
    assert_eq!(listed.items[0].1.text, "P-1!");
    shop.close().await;
}
