INSERT INTO timelines (reader_id, created)
SELECT timeline_follows.follower_id, timeline_posts.created
FROM timeline_posts JOIN timeline_follows ON timeline_follows.followed_id = timeline_posts.user_id
WHERE timeline_posts.created = $1 AND timeline_posts.user_id = $2
