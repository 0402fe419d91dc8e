-- One row with the number of orders in each status, and the sum of those that are not cancelled.
CREATE TABLE order_dashboard (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    draft BIGINT NOT NULL,
    submitted BIGINT NOT NULL,
    paid BIGINT NOT NULL,
    shipped BIGINT NOT NULL,
    cancelled BIGINT NOT NULL,
    revenue_cents BIGINT NOT NULL
);
