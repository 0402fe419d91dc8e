INSERT INTO user_views (
    user_id, email, display_name, avatar_url, created_at, post_count, follower_count, following_count, version, changed
) VALUES ($1, $2, $3, $4, $5, 0, 0, 0, $6, $7)
