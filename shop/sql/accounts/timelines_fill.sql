INSERT INTO timelines (reader_id, created)
SELECT timeline_follows.follower_id, timeline_posts.created
FROM timeline_follows JOIN timeline_posts ON timeline_posts.user_id = timeline_follows.followed_id
WHERE timeline_follows.follower_id = $1 AND timeline_follows.followed_id = $2
