INSERT INTO article_list (
    article_id, author_id, author_name, author_avatar, title, excerpt, tags, published_at, created, like_count
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)
