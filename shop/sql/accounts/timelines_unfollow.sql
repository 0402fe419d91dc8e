DELETE FROM timeline_follows WHERE follower_id = $1 AND followed_id = $2
