SELECT * FROM product_views WHERE product_id = $1
