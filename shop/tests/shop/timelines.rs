//! Random histories of follows and posts: a timeline is the posts of those whom its reader follows, by a search of all.

use std::collections::BTreeSet;

use diptych::{Part, Start};
use proptest::{collection::vec, prelude::*, sample::select};
use shop::accounts::{
    CreatePost, FollowUser, PostId, UnfollowUser,
    views::{GetUser, ListTimeline},
};

use crate::{
    random::{Pace, histories},
    running::{Shop, Store, user},
};

const USERS: [&str; 4] = ["ann", "bob", "cid", "dot"];

#[derive(Clone, Debug)]
enum Step {
    Follow(&'static str, &'static str),
    Unfollow(&'static str, &'static str),
    Post(&'static str),
}

fn step() -> impl Strategy<Value = Step> {
    let who = || select(&USERS[..]);
    prop_oneof![
        3 => (who(), who()).prop_map(|(follower, followed)| Step::Follow(follower, followed)),
        2 => (who(), who()).prop_map(|(follower, followed)| Step::Unfollow(follower, followed)),
        4 => who().prop_map(Step::Post),
    ]
}

#[test]
fn timelines_in_memory_are_those_of_the_model() {
    timelines_are_those_of_the_model(Store::Memory, 12);
}

#[test]
fn timelines_on_sqlite_are_those_of_the_model() {
    timelines_are_those_of_the_model(Store::Sqlite, 4);
}

#[test]
fn timelines_on_postgres_are_those_of_the_model() {
    timelines_are_those_of_the_model(Store::Postgres, 4);
}

fn timelines_are_those_of_the_model(store: Store, few: u32) {
    let history = (vec(step(), 1..80), Pace::any());
    histories(store, few, history, async |shop, (steps, pace)| play(shop, steps, pace).await);
}

/// Who follows whom, and the authors of posts in turn: the n-th post is `P-n`.
#[derive(Default)]
struct Model {
    follows: BTreeSet<(&'static str, &'static str)>,
    posts: Vec<&'static str>,
}

impl Model {
    fn take(&mut self, step: &Step) -> Option<&'static str> {
        match *step {
            Step::Follow(follower, followed) if follower == followed => Some("cannot-follow-oneself"),
            Step::Follow(follower, followed) => {
                (!self.follows.insert((follower, followed))).then_some("already-following")
            }
            Step::Unfollow(follower, followed) => {
                (!self.follows.remove(&(follower, followed))).then_some("not-following")
            }
            Step::Post(author) => {
                self.posts.push(author);
                None
            }
        }
    }

    fn timeline(&self, reader: &'static str) -> Vec<(String, &'static str)> {
        let posts = self.posts.iter().enumerate().rev();
        posts
            .filter(|(_, author)| self.follows.contains(&(reader, author)))
            .map(|(n, author)| (format!("P-{n}"), *author))
            .collect()
    }
}

async fn play(shop: Shop, steps: Vec<Step>, pace: Pace) {
    let mut model = Model::default();
    for user in USERS {
        shop.register(user).await;
    }
    pace.begin(&shop, &["timelines", "user_views"]).await;
    for step in &steps {
        let post = format!("P-{}", model.posts.len());
        assert_eq!(
            take(&shop, step, &post).await,
            model.take(step),
            "the answer to {step:?}, and the model's"
        );
    }
    pace.end(&shop, &["timelines", "user_views"]).await;
    for reader in USERS {
        assert_eq!(read(&shop, reader).await, model.timeline(reader), "{reader}'s");
        let following = model.follows.iter().filter(|(follower, _)| *follower == reader).count();
        let view = shop.ask(GetUser { user_id: user(reader) }).await.unwrap().view;
        assert_eq!(usize::try_from(view.following_count), Ok(following));
    }
    shop.close().await;
}

async fn take(shop: &Shop, step: &Step, post: &str) -> Option<&'static str> {
    match *step {
        Step::Follow(follower, followed) => {
            shop.code(FollowUser { follower_id: user(follower), followed_id: user(followed) }).await
        }
        Step::Unfollow(follower, followed) => {
            shop.code(UnfollowUser { follower_id: user(follower), followed_id: user(followed) }).await
        }
        Step::Post(author) => {
            let post_id = PostId::new(post).unwrap();
            shop.code(CreatePost { post_id, user_id: user(author), text: format!("{post}!") }).await
        }
    }
}

/// The whole timeline, by the links from part to part.
async fn read(shop: &Shop, reader: &str) -> Vec<(String, &'static str)> {
    let (mut found, mut start) = (Vec::new(), Start::Offset(0));
    loop {
        let listed = shop.ask(ListTimeline { user_id: user(reader), part: Part { start, limit: 3 } }).await;
        for (_, post) in &listed.items {
            assert_eq!(post.text, format!("{}!", post.post_id));
            let author = USERS.iter().find(|known| **known == post.user_id.as_str());
            found.push((post.post_id.to_string(), *author.unwrap()));
        }
        let Some((keys, _)) = listed.items.last().filter(|_| listed.more_after) else {
            assert_eq!(usize::try_from(listed.total), Ok(found.len()));
            return found;
        };
        start = Start::After(keys.clone());
    }
}
