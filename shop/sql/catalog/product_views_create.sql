INSERT INTO product_views (
    product_id, name, description, price_cents, category, tags, place, in_stock,
    rating_sum, review_count, created_at, updated_at, version, changed
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, $9, $9, $10, $11)
