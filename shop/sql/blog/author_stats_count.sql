INSERT INTO author_stats (author_id, total_articles, total_likes, total_views, last_published_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (author_id) DO UPDATE SET
    total_articles = author_stats.total_articles + excluded.total_articles,
    total_likes = author_stats.total_likes + excluded.total_likes,
    total_views = author_stats.total_views + excluded.total_views,
    last_published_at = COALESCE(excluded.last_published_at, author_stats.last_published_at)
