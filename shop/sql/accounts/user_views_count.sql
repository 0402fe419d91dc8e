UPDATE user_views SET
    post_count = post_count + $2,
    follower_count = follower_count + $3,
    following_count = following_count + $4,
    changed = $5
WHERE user_id = $1
