SELECT * FROM article_details WHERE article_id = $1
