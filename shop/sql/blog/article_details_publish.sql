INSERT INTO article_details (
    article_id, author_name, author_avatar, title, content, tags, published_at, version, changed, like_count, view_count
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0)
