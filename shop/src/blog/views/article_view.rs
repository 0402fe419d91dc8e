//! Articles as they are shown, in short and whole, and how rows become them.

use diptych::{Personal, Reader, Result, SqlRow, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    accounts::UserId,
    blog::{ArticleId, CommentId},
    personal,
};

/// How many characters of an article are shown of it in a list.
const EXCERPT: usize = 200;

/// An article in short, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArticleSummary {
    /// Which.
    pub article_id: ArticleId,
    /// How it is called.
    pub title: String,
    /// The author's name when it was published; empty once they were erased.
    pub author_name: String,
    /// Where the author's picture was when it was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author_avatar: Option<String>,
    /// How it begins: its first 200 characters.
    pub excerpt: String,
    /// What it is about, in words.
    pub tags: Vec<String>,
    /// How many like it.
    pub like_count: u64,
    /// When it was published.
    pub published_at: Timestamp,
}

/// An article.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArticleView {
    /// What lists show of it.
    #[serde(flatten)]
    pub summary: ArticleSummary,
    /// What it says.
    pub content: String,
    /// What was said of it, the oldest first.
    pub comments: Vec<CommentView>,
    /// How often it was looked at.
    pub view_count: u64,
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CommentView {
    /// Which.
    pub comment_id: CommentId,
    /// Who made it.
    pub user_id: UserId,
    /// Their name when they made it; empty once they were erased.
    pub user_name: String,
    /// What they said.
    pub text: String,
    /// When.
    pub created_at: Timestamp,
}

/// How a text begins: its first 200 characters, which are Unicode scalar values, as in every length of the API.
pub(super) fn excerpt(content: &str) -> &str {
    content.char_indices().nth(EXCERPT).map_or(content, |(end, _)| content.get(..end).unwrap_or(content))
}

impl ArticleSummary {
    /// The summary that a row of the list or of the details holds, with the author's name and picture opened.
    ///
    /// # Errors
    /// A row that does not fit, or keys that cannot be read.
    pub(super) async fn of(row: &SqlRow, excerpt: String, db: &Reader) -> Result<Self> {
        let (name, avatar): (Personal<String>, Option<Personal<String>>) =
            (row.get("author_name")?, row.get("author_avatar")?);
        Ok(Self {
            article_id: row.get("article_id")?,
            title: row.get("title")?,
            author_name: personal::opened(db, &name).await?,
            author_avatar: personal::opened_if_any(db, avatar.as_ref()).await?,
            excerpt,
            tags: serde_json::from_str(&row.get::<String>("tags")?)?,
            like_count: row.get("like_count")?,
            published_at: row.get("published_at")?,
        })
    }
}

impl CommentView {
    /// The comment that a row holds, with the name of who made it opened.
    ///
    /// # Errors
    /// A row that does not fit, or keys that cannot be read.
    pub(super) async fn of(row: &SqlRow, db: &Reader) -> Result<Self> {
        Ok(Self {
            comment_id: row.get("comment_id")?,
            user_id: row.get("user_id")?,
            user_name: personal::opened(db, &row.get("user_name")?).await?,
            text: row.get("text")?,
            created_at: row.get("created_at")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_two_hundred_characters_and_not_bytes() {
        for character in ["x", "ü", "ウ", "😀"] {
            assert_eq!(excerpt(&character.repeat(199)), character.repeat(199));
            assert_eq!(excerpt(&character.repeat(200)), character.repeat(200));
            assert_eq!(excerpt(&character.repeat(201)), character.repeat(200));
        }
        assert_eq!(excerpt(""), "");
    }
}
