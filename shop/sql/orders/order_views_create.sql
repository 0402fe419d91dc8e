INSERT INTO order_views (
    order_id, created_at, updated_at, version, created, changed, status,
    customer_id, customer_name, customer_email, items, item_count, total_cents
) VALUES ($1, $2, $2, $3, $4, $4, 'draft', $5, $6, $7, $8, $9, $10)
