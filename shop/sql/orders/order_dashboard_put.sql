INSERT INTO order_dashboard (id, draft, submitted, paid, shipped, cancelled, revenue_cents)
VALUES (1, $1, $2, $3, $4, $5, $6)
ON CONFLICT (id) DO UPDATE SET
    draft = excluded.draft,
    submitted = excluded.submitted,
    paid = excluded.paid,
    shipped = excluded.shipped,
    cancelled = excluded.cancelled,
    revenue_cents = excluded.revenue_cents
