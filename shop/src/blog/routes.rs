//! The blog over HTTP: bodies in, commands out; queries in, views out.

use diptych::StreamId;
use diptych_http::{ListCall, ListRoute, Problem, Routes, Thing, ThingPaths, ValueRoute, body::Text};
use http::Method;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    ArticleId, CommentId, CommentOnArticle, LikeArticle, PublishArticle, UnlikeArticle, ViewArticle,
    views::{AuthorStats, GetArticle, ListArticles},
};
use crate::{accounts::UserId, listing::NEWEST_FIRST};

/// The most tags that a list may be narrowed by at once.
const MOST_TAGS: usize = 100;

/// The body of `POST /api/articles`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PublishBody {
    article_id: Option<ArticleId>,
    author_id: UserId,
    title: Text<10, 200>,
    content: Text<100, 100_000>,
    #[schemars(length(max = 20))]
    tags: Vec<Text<1, 200>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LikeBody {
    user_id: UserId,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NoBody {}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CommentBody {
    comment_id: Option<CommentId>,
    user_id: UserId,
    text: Text<1, 10_000>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ViewBody {
    user_id: Option<UserId>,
}

/// Everything about articles and their authors.
pub fn routes() -> Routes {
    let article = Thing::new(
        "article",
        "/api/articles/{id}",
        "articleId",
        "ArticleViewUpdated",
        |article_id: ArticleId| GetArticle { article_id },
    );
    let paths = ThingPaths { status: "/api/articles/{id}/status", stream: "/api/articles/{id}/stream" };
    commands(Routes::new().thing(&article, paths), &article)
        .list(
            ListRoute::at("/api/articles")
                .summary("Articles, newest first")
                .filter::<String>("tags", "Only those with one of these, joined by commas")
                .filter::<UserId>("authorId", "Only those of this author"),
            list_articles,
        )
        .value(ValueRoute::at("/api/authors/{id}/stats").summary("An author's articles in figures"), |call| {
            let author_id: UserId = call.id()?;
            call.of(StreamId::of("user", &author_id));
            Ok(AuthorStats { author_id })
        })
}

fn list_articles(call: &mut ListCall<'_>) -> Result<ListArticles, Problem> {
    call.begins_well(|part| NEWEST_FIRST.check(part))?;
    let tags = call.params.list("tags")?;
    if tags.len() > MOST_TAGS {
        return Err(Problem::invalid_parameter("tags", format!("must be at most {MOST_TAGS}")));
    }
    let author_id: Option<UserId> = call.id_in("authorId")?;
    if let Some(author_id) = &author_id {
        call.of(StreamId::of("user", author_id));
    }
    Ok(ListArticles { tags, author_id, part: call.part.clone() })
}

fn commands(routes: Routes, article: &Thing) -> Routes {
    routes
        .command(
            article.takes(Method::POST, "/api/articles").summary("Publish an article"),
            |call, body: PublishBody| {
                Ok(PublishArticle {
                    article_id: call.chosen(body.article_id)?,
                    author_id: body.author_id,
                    title: body.title.into_string(),
                    content: body.content.into_string(),
                    tags: body.tags.into_iter().map(Text::into_string).collect(),
                })
            },
        )
        .command(
            article.takes(Method::POST, "/api/articles/{id}/likes").summary("Like an article, once"),
            |call, body: LikeBody| Ok(LikeArticle { article_id: call.id()?, user_id: body.user_id }),
        )
        .command(
            article
                .takes(Method::DELETE, "/api/articles/{id}/likes/{userId}")
                .summary("Like an article no more"),
            |call, NoBody {}| Ok(UnlikeArticle { article_id: call.id()?, user_id: call.named("userId")? }),
        )
        .command(
            article.takes(Method::POST, "/api/articles/{id}/comments").summary("Say something of an article"),
            |call, body: CommentBody| {
                Ok(CommentOnArticle {
                    comment_id: call.chosen(body.comment_id)?,
                    article_id: call.id()?,
                    user_id: body.user_id,
                    text: body.text.into_string(),
                })
            },
        )
        .command(
            article.takes(Method::POST, "/api/articles/{id}/views").summary("Note that it was looked at"),
            |call, body: ViewBody| Ok(ViewArticle { article_id: call.id()?, user_id: body.user_id }),
        )
}
