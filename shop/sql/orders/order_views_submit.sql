UPDATE order_views SET status = 'submitted', submitted_at = $2, updated_at = $2, version = $3, changed = $4
WHERE order_id = $1
