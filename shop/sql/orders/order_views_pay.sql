UPDATE order_views SET
    status = 'paid', paid_at = $2, payment_reference = $5, updated_at = $2, version = $3, changed = $4
WHERE order_id = $1
