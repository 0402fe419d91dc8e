-- One row per order, as GET /api/orders/{id} shows it. customer_name and customer_email hold sealed values, items the
-- lines as JSON objects with commas between them and no brackets, so that one is added without reading the others.
CREATE TABLE order_views (
    order_id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL,
    customer_name TEXT NOT NULL,
    customer_email TEXT,
    status TEXT NOT NULL,
    items TEXT NOT NULL,
    item_count BIGINT NOT NULL,
    total_cents BIGINT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    submitted_at TEXT,
    paid_at TEXT,
    payment_reference TEXT,
    shipped_at TEXT,
    tracking_number TEXT,
    cancelled_at TEXT,
    cancel_reason TEXT,
    version BIGINT NOT NULL,
    created BIGINT NOT NULL,
    changed BIGINT NOT NULL
);
CREATE INDEX order_views_newest ON order_views (created);
CREATE INDEX order_views_by_status ON order_views (status, created);
CREATE INDEX order_views_by_customer ON order_views (customer_id, created);
CREATE INDEX order_views_by_customer_and_status ON order_views (customer_id, status, created);
