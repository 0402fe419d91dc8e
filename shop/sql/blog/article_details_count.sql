UPDATE article_details SET like_count = like_count + $2, view_count = view_count + $3, changed = $4 WHERE article_id = $1
