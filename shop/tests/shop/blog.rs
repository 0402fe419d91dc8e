//! Random histories of the blog: the shop answers as the model does, its three views are each the fold of its log.

use diptych::{Listed, Part, Start};
use proptest::{collection::vec, option, prelude::*, sample::select};
use shop::{
    accounts::UpdateProfile,
    blog::{
        ArticleId, CommentId, CommentOnArticle, LikeArticle, PublishArticle, UnlikeArticle, ViewArticle,
        views::{ArticleSummary, AuthorStats, GetArticle, ListArticles},
    },
    mean::Mean,
};

use crate::{
    blog_model::{self, Model, Step},
    random::{Pace, histories},
    running::{Shop, Store, on, user},
};

const ARTICLES: [&str; 5] = ["A", "B", "C", "D", "E"];
const USERS: [&str; 3] = ["ann", "bob", "cid"];
const TAGS: [&str; 3] = ["x", "ü", "a, b"];
const PROJECTIONS: [&str; 3] = ["article_list", "article_details", "author_stats"];

fn step() -> impl Strategy<Value = Step> {
    let id = || select(&ARTICLES[..]);
    let who = || prop_oneof![14 => select(&USERS[..]), 1 => Just("nobody")];
    let letters = prop_oneof![Just(199_usize), Just(200), Just(201), Just(1)];
    prop_oneof![
        3 => (id(), who(), vec(select(&TAGS[..]), 0..4), letters)
            .prop_map(|(id, author, tags, letters)| Step::Publish { id, author, tags, letters }),
        6 => (id(), who()).prop_map(|(id, user)| Step::Like { id, user }),
        3 => (id(), who()).prop_map(|(id, user)| Step::Unlike { id, user }),
        3 => (select(vec!["c1", "c2", "c3", "c4", "c5", "c6"]), id(), who())
            .prop_map(|(comment, id, user)| Step::Comment { comment, id, user }),
        3 => (id(), option::of(who())).prop_map(|(id, user)| Step::View { id, user }),
        1 => (who(), select(vec!["Ann", "Bob", "ウ"])).prop_map(|(user, name)| Step::Rename { user, name }),
        1 => (1..200_000_u64).prop_map(|seconds| Step::Wait { seconds }),
    ]
}

#[test]
fn every_answer_in_memory_is_that_of_the_model() {
    every_answer_is_that_of_the_model(Store::Memory, 12);
}

#[test]
fn every_answer_on_sqlite_is_that_of_the_model() {
    every_answer_is_that_of_the_model(Store::Sqlite, 4);
}

#[test]
fn every_answer_on_postgres_is_that_of_the_model() {
    every_answer_is_that_of_the_model(Store::Postgres, 4);
}

/// A person who is forgotten is shown without name and picture, in whatever they wrote, by every view.
#[test]
fn an_erased_author_is_shown_without_a_name_or_a_picture() {
    on(Store::Memory, async |shop: Shop| {
        for who in ["ann", "bob"] {
            shop.register(who).await;
        }
        let avatar_url = Some("https://example.org/a.png".to_owned());
        let pictured = UpdateProfile { user_id: user("ann"), email: None, display_name: None, avatar_url };
        shop.send(pictured).await;
        for step in [
            Step::Publish { id: "A", author: "ann", tags: vec![], letters: 100 },
            Step::Comment { comment: "c1", id: "A", user: "bob" },
        ] {
            assert_eq!(take(&shop, &step).await, None);
        }
        let known = shop.ask(GetArticle { article_id: article("A") }).await.unwrap().view;
        assert_eq!(known.summary.author_avatar.as_deref(), Some("https://example.org/a.png"));
        for who in ["ann", "bob"] {
            shop.node.vault().forget(who).await.unwrap();
        }
        let view = shop.ask(GetArticle { article_id: article("A") }).await.unwrap().view;
        let part = Part { start: Start::Offset(0), limit: 1 };
        let listed = shop.ask(ListArticles { tags: vec![], author_id: None, part }).await;
        for summary in [&view.summary, &listed.items[0].1] {
            assert_eq!((summary.author_name.as_str(), &summary.author_avatar), ("", &None));
        }
        assert_eq!((view.comments[0].user_name.as_str(), view.comments[0].text.as_str()), ("", "c1!"));
        shop.close().await;
    });
}

fn every_answer_is_that_of_the_model(store: Store, few: u32) {
    let history = (vec(step(), 1..100), Pace::any());
    histories(store, few, history, async |shop, (steps, pace)| play(shop, steps, pace).await);
}

async fn play(shop: Shop, steps: Vec<Step>, pace: Pace) {
    let mut model = Model { users: USERS.map(|user| (user, user)).to_vec(), ..Model::default() };
    for user in USERS {
        shop.register(user).await;
    }
    pace.begin(&shop, &PROJECTIONS).await;
    for step in &steps {
        let now = shop.node.clock().now();
        assert_eq!(take(&shop, step).await, model.take(step, now), "the answer to {step:?}, and the model's");
    }
    pace.end(&shop, &PROJECTIONS).await;
    articles_are_as_in(&model, &shop).await;
    lists_are_as_in(&model, &shop).await;
    figures_are_as_in(&model, &shop).await;
    shop.close().await;
}

fn article(id: &str) -> ArticleId {
    ArticleId::new(id).unwrap()
}

async fn take(shop: &Shop, step: &Step) -> Option<&'static str> {
    match step {
        Step::Publish { id, author, tags, letters } => {
            let publishing = PublishArticle {
                article_id: article(id),
                author_id: user(author),
                title: format!("On {id}"),
                content: "é".repeat(*letters),
                tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            };
            shop.code(publishing).await
        }
        Step::Like { id, user: who } => {
            shop.code(LikeArticle { article_id: article(id), user_id: user(who) }).await
        }
        Step::Unlike { id, user: who } => {
            shop.code(UnlikeArticle { article_id: article(id), user_id: user(who) }).await
        }
        Step::Comment { comment, id, user: who } => {
            let comment_id = CommentId::new(comment).unwrap();
            let text = format!("{comment}!");
            shop.code(CommentOnArticle { comment_id, article_id: article(id), user_id: user(who), text })
                .await
        }
        Step::View { id, user: who } => {
            shop.code(ViewArticle { article_id: article(id), user_id: who.map(user) }).await
        }
        Step::Rename { user: who, name } => {
            let display_name = Some((*name).to_owned());
            let renaming = UpdateProfile { user_id: user(who), email: None, display_name, avatar_url: None };
            shop.code(renaming).await
        }
        Step::Wait { seconds } => {
            shop.wait(*seconds);
            None
        }
    }
}

async fn articles_are_as_in(model: &Model, shop: &Shop) {
    for id in ARTICLES {
        let shown = shop.ask(GetArticle { article_id: article(id) }).await;
        let Some(expected) = model.articles.iter().find(|article| article.id == id) else {
            assert_eq!(shown, None, "{id} was never published");
            continue;
        };
        let shown = shown.unwrap();
        assert_eq!(shown.version.get(), 0);
        summary_is_of(&shown.view.summary, expected);
        assert_eq!((&shown.view.content, shown.view.view_count), (&expected.content, expected.views));
        let comments = shown.view.comments.iter().map(|comment| {
            assert_eq!(comment.text, format!("{}!", comment.comment_id));
            (comment.comment_id.as_str(), comment.user_id.as_str(), comment.user_name.as_str())
        });
        assert_eq!(comments.collect::<Vec<_>>(), expected.comments);
    }
}

fn summary_is_of(summary: &ArticleSummary, article: &blog_model::Article) {
    assert_eq!(summary.title, format!("On {}", article.id));
    assert_eq!((summary.author_name.as_str(), &summary.author_avatar), (article.author_name, &None));
    assert_eq!(summary.excerpt, article.content.chars().take(200).collect::<String>());
    assert_eq!(summary.tags, article.tags);
    assert_eq!(usize::try_from(summary.like_count), Ok(article.likes.len()));
    assert_eq!(summary.published_at, article.published);
}

async fn lists_are_as_in(model: &Model, shop: &Shop) {
    let narrowings = [vec![], vec!["x"], vec!["ü", "a, b"], vec!["x", "x", "nothing"]];
    for (tags, author) in narrowings.iter().flat_map(|tags| [None, Some("ann")].map(|who| (tags, who))) {
        let expected = model.listed(author, tags);
        let page = async |start| {
            let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
            let part = Part { start, limit: 2 };
            shop.ask(ListArticles { tags, author_id: author.map(user), part }).await
        };
        let mut found = Vec::new();
        let mut listed = page(Start::Offset(0)).await;
        loop {
            assert_eq!(usize::try_from(listed.total), Ok(expected.len()), "{tags:?} {author:?}");
            found.extend(ids(&listed));
            for (_, summary) in &listed.items {
                let article = expected.iter().find(|article| article.id == summary.article_id.as_str());
                summary_is_of(summary, article.unwrap());
            }
            let Some((keys, _)) = listed.items.last().filter(|_| listed.more_after) else { break };
            listed = page(Start::After(keys.clone())).await;
        }
        assert_eq!(
            found,
            expected.iter().map(|article| article.id).collect::<Vec<_>>(),
            "{tags:?} {author:?}"
        );
    }
}

fn ids(listed: &Listed<ArticleSummary>) -> Vec<String> {
    listed.items.iter().map(|(_, summary)| summary.article_id.to_string()).collect()
}

async fn figures_are_as_in(model: &Model, shop: &Shop) {
    for author in USERS {
        let shown = shop.ask(AuthorStats { author_id: user(author) }).await;
        let (articles, likes, views, last) = model.figures(author);
        assert_eq!((shown.total_articles, shown.total_likes, shown.total_views), (articles, likes, views));
        assert_eq!(shown.average_likes_per_article, Mean { sum: likes, count: articles });
        assert_eq!(shown.last_published_at, last);
    }
}
