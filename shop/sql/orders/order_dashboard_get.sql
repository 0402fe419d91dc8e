SELECT draft, submitted, paid, shipped, cancelled, revenue_cents FROM order_dashboard WHERE id = 1
