-- One row per reader and post of someone they follow, as GET /api/users/{id}/timeline lists them; created is the position at
-- which the post was written, and names it. One row per post and one per follow, of which new timelines are made.
CREATE TABLE timelines (
    reader_id TEXT NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (reader_id, created)
);
CREATE TABLE timeline_posts (
    created BIGINT PRIMARY KEY,
    post_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    text TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX timeline_posts_by_user ON timeline_posts (user_id, created);
CREATE TABLE timeline_follows (
    followed_id TEXT NOT NULL,
    follower_id TEXT NOT NULL,
    PRIMARY KEY (followed_id, follower_id)
);
