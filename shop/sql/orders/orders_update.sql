UPDATE orders SET status = $2, total_cents = $3, updated_at = $4 WHERE order_id = $1
