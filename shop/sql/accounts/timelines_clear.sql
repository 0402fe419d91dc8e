DELETE FROM timelines WHERE reader_id = $1 AND created IN (SELECT created FROM timeline_posts WHERE user_id = $2)
