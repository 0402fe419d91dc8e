INSERT INTO article_details_comments (comment_id, article_id, user_id, user_name, text, created_at, created)
VALUES ($1, $2, $3, $4, $5, $6, $7)
