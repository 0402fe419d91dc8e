//! The projection of authors with their counts: one row each.

use diptych::{Event, Metadata, Result, Timestamp, Tx, projection};

use crate::blog::{ArticleEvent, LikeEvent, ViewEvent};

/// The facts that an author's counts are made of. Each names the author.
#[derive(Event, Debug, PartialEq)]
pub enum CountedEvent {
    /// About an article.
    #[event(nested)]
    Article(ArticleEvent),
    /// About an article and a user.
    #[event(nested)]
    Like(LikeEvent),
    /// About an article being read.
    #[event(nested)]
    View(ViewEvent),
}

/// One row per author.
#[projection(schema = "../../../sql/blog/author_stats.sql")]
pub async fn author_stats(event: &CountedEvent, at: &Metadata, tx: &mut Tx<'_>) -> Result {
    let (author_id, more) = match event {
        CountedEvent::Article(ArticleEvent::ArticlePublished { author_id, .. }) => {
            (author_id, More { articles: 1, published_at: Some(at.recorded_at), ..More::default() })
        }
        CountedEvent::Like(LikeEvent::ArticleLiked { author_id, .. }) => {
            (author_id, More { likes: 1, ..More::default() })
        }
        CountedEvent::Like(LikeEvent::ArticleUnliked { author_id, .. }) => {
            (author_id, More { likes: -1, ..More::default() })
        }
        CountedEvent::View(ViewEvent::ArticleViewed { author_id, .. }) => {
            (author_id, More { views: 1, ..More::default() })
        }
    };
    let sql = include_str!("../../../sql/blog/author_stats_count.sql");
    tx.execute(sql, (author_id, more.articles, more.likes, more.views, more.published_at)).await?;
    Ok(())
}

/// How many more of each; less where negative.
#[derive(Default)]
struct More {
    articles: i64,
    likes: i64,
    views: i64,
    published_at: Option<Timestamp>,
}
