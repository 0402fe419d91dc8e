UPDATE order_views SET
    items = CASE WHEN items = '' THEN $5 ELSE items || ',' || $5 END,
    item_count = $6,
    total_cents = $7,
    updated_at = $2,
    version = $3,
    changed = $4
WHERE order_id = $1
