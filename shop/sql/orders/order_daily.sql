-- One row per UTC day on which orders were submitted.
CREATE TABLE order_daily (
    day TEXT PRIMARY KEY,
    orders BIGINT NOT NULL,
    revenue_cents BIGINT NOT NULL
);
