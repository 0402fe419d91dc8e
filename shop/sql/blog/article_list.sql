-- One row per article, as GET /api/articles lists it, and one per tag by which it is found. author_name and author_avatar hold
-- sealed values, tags a JSON list.
CREATE TABLE article_list (
    article_id TEXT PRIMARY KEY,
    author_id TEXT NOT NULL,
    author_name TEXT NOT NULL,
    author_avatar TEXT,
    title TEXT NOT NULL,
    excerpt TEXT NOT NULL,
    tags TEXT NOT NULL,
    like_count BIGINT NOT NULL,
    published_at TEXT NOT NULL,
    created BIGINT NOT NULL
);
CREATE INDEX article_list_newest ON article_list (created);
CREATE INDEX article_list_by_author ON article_list (author_id, created);
CREATE TABLE article_list_tags (
    tag TEXT NOT NULL,
    article_id TEXT NOT NULL,
    PRIMARY KEY (tag, article_id)
);
