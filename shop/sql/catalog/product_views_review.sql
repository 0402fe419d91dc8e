UPDATE product_views SET
    rating_sum = rating_sum + $2, review_count = review_count + 1, updated_at = $3, changed = $4
WHERE product_id = $1
