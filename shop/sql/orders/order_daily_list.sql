SELECT day, orders, revenue_cents FROM order_daily WHERE day >= $1 AND day <= $2 ORDER BY day
