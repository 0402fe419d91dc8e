//! The article that the tests of decisions tell of.

use diptych::{Personal, StreamId};
use diptych_testkit::{blind, given::Happened, on, sealed};

use super::{ArticleEvent, ArticleId, CommentEvent, CommentId, LikeEvent, LikeId, ViewEvent};
use crate::accounts::{UserEvent, UserId};

pub(super) fn article(id: &str) -> ArticleId {
    ArticleId::new(id).unwrap()
}

pub(super) fn user(id: &str) -> UserId {
    UserId::new(id).unwrap()
}

/// There is a user of this id, who is called so too and has no picture.
pub(super) fn known(id: &str) -> Happened {
    let email = format!("{id}@example.org");
    let event = UserEvent::UserRegistered {
        user_id: user(id),
        email_key: blind("email", &email),
        email: Personal::plain(email),
        display_name: Personal::plain(id.to_owned()),
        avatar_url: None,
    };
    on(StreamId::of("user", &user(id)), event)
}

/// The user has a picture now.
pub(super) fn pictured(id: &str, url: &str) -> Happened {
    let event = UserEvent::UserProfileUpdated {
        user_id: user(id),
        email: None,
        email_key: None,
        released_email_key: None,
        display_name: None,
        avatar_url: Some(Personal::plain(url.to_owned())),
    };
    on(StreamId::of("user", &user(id)), event)
}

pub(super) fn published(id: &str, author: &str) -> Happened {
    on(StreamId::of("article", &article(id)), published_by(id, author, None))
}

pub(super) fn published_with_picture(id: &str, author: &str, url: &str) -> Happened {
    on(StreamId::of("article", &article(id)), published_by(id, author, Some(url)))
}

fn published_by(id: &str, author: &str, url: Option<&str>) -> ArticleEvent {
    ArticleEvent::ArticlePublished {
        article_id: article(id),
        author_id: user(author),
        author_name: sealed(author, author.to_owned()),
        author_avatar: url.map(|url| sealed(author, url.to_owned())),
        title: "On keyboards".into(),
        content: "They have keys.".into(),
        tags: vec!["keys".into()],
    }
}

fn pair(id: &str, who: &str) -> StreamId {
    StreamId::of("like", &LikeId::of(&article(id), &user(who)))
}

pub(super) fn liked(id: &str, author: &str, who: &str) -> Happened {
    let (article_id, author_id, user_id) = (article(id), user(author), user(who));
    on(pair(id, who), LikeEvent::ArticleLiked { article_id, author_id, user_id })
}

pub(super) fn unliked(id: &str, author: &str, who: &str) -> Happened {
    let (article_id, author_id, user_id) = (article(id), user(author), user(who));
    on(pair(id, who), LikeEvent::ArticleUnliked { article_id, author_id, user_id })
}

pub(super) fn commented(comment: &str, id: &str, author: &str, who: &str) -> Happened {
    let comment_id = CommentId::new(comment).unwrap();
    let stream = StreamId::of("comment", &comment_id);
    let event = CommentEvent::ArticleCommented {
        article_id: article(id),
        author_id: user(author),
        comment_id,
        user_id: user(who),
        user_name: sealed(who, who.to_owned()),
        text: "Well said.".into(),
    };
    on(stream, event)
}

pub(super) fn viewed(id: &str, author: &str, who: Option<&str>) -> Happened {
    let event =
        ViewEvent::ArticleViewed { article_id: article(id), author_id: user(author), user_id: who.map(user) };
    on(StreamId::of("view", &article(id)), event)
}
