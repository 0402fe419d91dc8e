UPDATE order_views SET
    status = 'cancelled', cancelled_at = $2, cancel_reason = $5, updated_at = $2, version = $3, changed = $4
WHERE order_id = $1
