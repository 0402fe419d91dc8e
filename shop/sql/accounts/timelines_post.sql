INSERT INTO timeline_posts (created, post_id, user_id, text, created_at) VALUES ($1, $2, $3, $4, $5)
