INSERT INTO article_list_tags (tag, article_id) VALUES ($1, $2) ON CONFLICT (tag, article_id) DO NOTHING
