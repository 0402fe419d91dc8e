//! What can be asked of orders, and the projections that the answers come from.
//!
//! | projection | rows | asked by |
//! |---|---|---|
//! | [`order_views()`](order_views) | an order with all of its lines | [`GetOrder`], [`ListOrders`] |
//! | [`order_dashboard`] | one row of counts and the revenue | [`Dashboard`] |
//! | [`order_daily`] | a row per day | [`DailyStats`] |
//! | [`orders`](write_side::orders), [`order_items`](write_side::order_items) | the write side, normalised, inline | nobody here |

pub mod daily_stats;
pub mod dashboard;
pub mod get_order;
pub mod list_orders;
pub mod order_daily;
pub mod order_dashboard;
pub mod order_view;
pub mod order_views;
pub mod write_side;

pub use daily_stats::{DailyStats, DayView};
pub use dashboard::{Dashboard, DashboardView};
pub use get_order::GetOrder;
pub use list_orders::ListOrders;
pub use order_view::{ItemView, OrderView};

pub(super) fn register(app: diptych::App) -> diptych::App {
    app.inline(write_side::orders)
        .inline(write_side::order_items)
        .projection(order_views::order_views)
        .projection(order_dashboard::order_dashboard)
        .projection(order_daily::order_daily)
        .query_of_entry(get_order::OrderRow)
        .query(list_orders::list_orders)
        .query(dashboard::dashboard)
        .query(daily_stats::daily_stats)
}
