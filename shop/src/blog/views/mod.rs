//! What can be asked of the blog, and the projections that the answers come from.
//!
//! | projection | rows | asked by |
//! |---|---|---|
//! | [`article_list`] | an article in short, and its tags | [`ListArticles`] |
//! | [`article_details`] | a whole article, and its comments | [`GetArticle`] |
//! | [`author_stats`] | an author with their counts | [`AuthorStats`] |
//!
//! None reads the rows of another, and each takes the facts that it needs and no others: one that is stopped, broken or
//! filled again holds up neither of the others.

pub mod article_details;
pub mod article_list;
pub mod article_view;
pub mod author_stats;
pub mod get_article;
pub mod get_author_stats;
pub mod list_articles;

pub use article_view::{ArticleSummary, ArticleView, CommentView};
pub use get_article::GetArticle;
pub use get_author_stats::{AuthorStats, AuthorStatsView};
pub use list_articles::ListArticles;

pub(super) fn register(app: diptych::App) -> diptych::App {
    app.projection(article_list::article_list)
        .projection(article_details::article_details)
        .projection(author_stats::author_stats)
        .query(list_articles::list_articles)
        .query(get_article::get_article)
        .query(get_author_stats::get_author_stats)
}
