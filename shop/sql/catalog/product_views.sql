-- One row per product, as GET /api/products/{id} shows it. place holds the bytes of the id, which sort alike on every engine;
-- tags a JSON list. version is the revision of the product's own stream, which stock and reviews do not move. changed moves
-- with all of them.
CREATE TABLE product_views (
    product_id TEXT PRIMARY KEY,
    place BYTEA NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    price_cents BIGINT NOT NULL,
    category TEXT NOT NULL,
    tags TEXT NOT NULL,
    in_stock BIGINT NOT NULL,
    rating_sum BIGINT NOT NULL,
    review_count BIGINT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    version BIGINT NOT NULL,
    changed BIGINT NOT NULL
);
CREATE INDEX product_views_by_price ON product_views (price_cents, place);
CREATE INDEX product_views_by_category ON product_views (category, price_cents, place);
