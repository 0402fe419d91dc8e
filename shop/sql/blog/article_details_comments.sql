SELECT * FROM article_details_comments WHERE article_id = $1 ORDER BY created
