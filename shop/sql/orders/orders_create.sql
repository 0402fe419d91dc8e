INSERT INTO orders (order_id, customer_id, status, total_cents, created_at, updated_at)
VALUES ($1, $2, 'draft', $3, $4, $4)
