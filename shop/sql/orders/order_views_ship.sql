UPDATE order_views SET
    status = 'shipped', shipped_at = $2, tracking_number = $5, updated_at = $2, version = $3, changed = $4
WHERE order_id = $1
