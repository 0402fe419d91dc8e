SELECT orders, revenue_cents FROM order_daily WHERE day = $1
