INSERT INTO timeline_follows (follower_id, followed_id) VALUES ($1, $2)
