INSERT INTO order_items (order_id, line, product_id, name, price_cents, quantity) VALUES ($1, $2, $3, $4, $5, $6)
