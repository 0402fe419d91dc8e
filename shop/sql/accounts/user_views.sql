-- One row per user, as GET /api/users/{id} shows it. email, display_name and avatar_url hold sealed values. version is the
-- revision of the profile's stream, which posts and follows do not move. changed moves with all of them.
CREATE TABLE user_views (
    user_id TEXT PRIMARY KEY,
    email TEXT NOT NULL,
    display_name TEXT NOT NULL,
    avatar_url TEXT,
    created_at TEXT NOT NULL,
    post_count BIGINT NOT NULL,
    follower_count BIGINT NOT NULL,
    following_count BIGINT NOT NULL,
    version BIGINT NOT NULL,
    changed BIGINT NOT NULL
);
