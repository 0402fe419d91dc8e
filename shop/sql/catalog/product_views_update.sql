UPDATE product_views SET
    name = COALESCE($2, name),
    description = COALESCE($3, description),
    price_cents = COALESCE($4, price_cents),
    category = COALESCE($5, category),
    tags = COALESCE($6, tags),
    updated_at = $7,
    version = $8,
    changed = $9
WHERE product_id = $1
