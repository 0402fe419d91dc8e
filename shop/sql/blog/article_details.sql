-- One row per article, as GET /api/articles/{id} shows it, and one per comment. author_name, author_avatar and user_name hold
-- sealed values, tags a JSON list. version is the revision of the article's own stream, which likes, comments and views do not
-- move. changed moves with all of them.
CREATE TABLE article_details (
    article_id TEXT PRIMARY KEY,
    author_name TEXT NOT NULL,
    author_avatar TEXT,
    title TEXT NOT NULL,
    content TEXT NOT NULL,
    tags TEXT NOT NULL,
    like_count BIGINT NOT NULL,
    view_count BIGINT NOT NULL,
    published_at TEXT NOT NULL,
    version BIGINT NOT NULL,
    changed BIGINT NOT NULL
);
CREATE TABLE article_details_comments (
    comment_id TEXT PRIMARY KEY,
    article_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    user_name TEXT NOT NULL,
    text TEXT NOT NULL,
    created_at TEXT NOT NULL,
    created BIGINT NOT NULL
);
CREATE INDEX article_details_comments_by_article ON article_details_comments (article_id, created);
