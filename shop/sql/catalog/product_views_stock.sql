UPDATE product_views SET in_stock = $2, updated_at = $3, changed = $4 WHERE product_id = $1
