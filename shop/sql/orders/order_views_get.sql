SELECT * FROM order_views WHERE order_id = $1
