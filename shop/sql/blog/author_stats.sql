-- One row per author who has published, as GET /api/authors/{id}/stats shows it.
CREATE TABLE author_stats (
    author_id TEXT PRIMARY KEY,
    total_articles BIGINT NOT NULL,
    total_likes BIGINT NOT NULL,
    total_views BIGINT NOT NULL,
    last_published_at TEXT
);
