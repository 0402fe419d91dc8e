INSERT INTO user_posts (post_id, user_id, text, created_at, created) VALUES ($1, $2, $3, $4, $5)
