-- The lines of orders, counted from 1 within each.
CREATE TABLE order_items (
    order_id TEXT NOT NULL,
    line BIGINT NOT NULL,
    product_id TEXT,
    name TEXT NOT NULL,
    price_cents BIGINT NOT NULL,
    quantity BIGINT NOT NULL,
    PRIMARY KEY (order_id, line)
);
