INSERT INTO order_daily (day, orders, revenue_cents) VALUES ($1, $2, $3)
ON CONFLICT (day) DO UPDATE SET orders = excluded.orders, revenue_cents = excluded.revenue_cents
