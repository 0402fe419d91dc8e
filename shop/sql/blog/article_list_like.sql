UPDATE article_list SET like_count = like_count + $2 WHERE article_id = $1
