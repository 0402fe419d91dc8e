-- One row per post, as GET /api/users/{id}/posts lists it.
CREATE TABLE user_posts (
    post_id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    text TEXT NOT NULL,
    created_at TEXT NOT NULL,
    created BIGINT NOT NULL
);
CREATE INDEX user_posts_by_user ON user_posts (user_id, created);
