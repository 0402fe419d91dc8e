//! Random histories of orders: the shop answers as the model does, its views are the fold of its log, to the cent.

use diptych::{Listed, Part, Start};
use diptych_http::Money;
use proptest::{collection::vec, option, prelude::*, sample::select};
use shop::orders::{
    CancelOrder, Order, OrderStatus, PayOrder, ShipOrder, SubmitOrder,
    views::{DailyStats, Dashboard, GetOrder, ListOrders, OrderView},
};

use crate::{
    model::{self, Line, Model, Step},
    random::{Pace, histories},
    running::{Shop, Store, adding, creating, item, order, user},
};

const ORDERS: [&str; 8] = ["A", "B", "C", "D", "E", "F", "G", "H"];
const CUSTOMERS: [&str; 2] = ["ann", "bob"];
const PROJECTIONS: [&str; 3] = ["order_views", "order_dashboard", "order_daily"];

fn line() -> impl Strategy<Value = Line> {
    let cents = prop_oneof![select(vec![0, 1, 3, 999, 129_999, 100_000_000]), 0..100_000_000_i64];
    let quantity = prop_oneof![3 => 1..4_u32, 1 => 1..=10_000_u32];
    (select(vec!["Keyboard", "Mouse, \"small\"", "ウ"]), cents, quantity)
        .prop_map(|(name, cents, quantity)| Line { name, cents, quantity })
}

fn step() -> impl Strategy<Value = Step> {
    let order = || select(&ORDERS[..]);
    let customer = prop_oneof![9 => select(&CUSTOMERS[..]), 1 => Just("nobody")];
    prop_oneof![
        4 => (order(), customer, vec(line(), 0..4))
            .prop_map(|(order, customer, lines)| Step::Create { order, customer, lines }),
        4 => (order(), line()).prop_map(|(order, line)| Step::Add { order, line }),
        4 => order().prop_map(|order| Step::Submit { order }),
        3 => (order(), option::of(Just("PAY-1"))).prop_map(|(order, reference)| Step::Pay { order, reference }),
        2 => order().prop_map(|order| Step::Ship { order }),
        2 => (order(), option::of(Just("too late"))).prop_map(|(order, reason)| Step::Cancel { order, reason }),
        3 => (1..200_000_u64).prop_map(|seconds| Step::Wait { seconds }),
    ]
}

#[test]
fn every_answer_in_memory_is_that_of_the_model() {
    every_answer_is_that_of_the_model(Store::Memory, 12);
}

#[test]
fn every_answer_on_sqlite_is_that_of_the_model() {
    every_answer_is_that_of_the_model(Store::Sqlite, 4);
}

#[test]
fn every_answer_on_postgres_is_that_of_the_model() {
    every_answer_is_that_of_the_model(Store::Postgres, 4);
}

fn every_answer_is_that_of_the_model(store: Store, few: u32) {
    let history = (vec(step(), 1..120), Pace::any());
    histories(store, few, history, async |shop, (steps, pace)| play(shop, steps, pace).await);
}

async fn play(shop: Shop, steps: Vec<Step>, pace: Pace) {
    let mut model = Model { customers: CUSTOMERS.to_vec(), ..Model::default() };
    for customer in CUSTOMERS {
        shop.register(customer).await;
    }
    pace.begin(&shop, &PROJECTIONS).await;
    for step in &steps {
        let now = shop.node.clock().now();
        assert_eq!(take(&shop, step).await, model.take(step, now), "the answer to {step:?}, and the model's");
    }
    pace.end(&shop, &PROJECTIONS).await;
    orders_are_as_in(&model, &shop).await;
    lists_are_as_in(&model, &shop).await;
    statistics_are_as_in(&model, &shop).await;
    the_write_side_is_as_in(&model, &shop).await;
    shop.close().await;
}

async fn take(shop: &Shop, step: &Step) -> Option<&'static str> {
    let line = |line: &Line| item(line.name, line.cents, line.quantity);
    match step {
        Step::Create { order, customer, lines } => {
            shop.code(creating(order, customer, lines.iter().map(line).collect())).await
        }
        Step::Add { order, line: added } => shop.code(adding(order, line(added))).await,
        Step::Submit { order: id } => shop.code(SubmitOrder { order_id: order(id) }).await,
        Step::Pay { order: id, reference } => {
            let payment_reference = reference.map(Into::into);
            shop.code(PayOrder { order_id: order(id), payment_reference }).await
        }
        Step::Ship { order: id } => {
            shop.code(ShipOrder { order_id: order(id), tracking_number: "TRK-1".into() }).await
        }
        Step::Cancel { order: id, reason } => {
            shop.code(CancelOrder { order_id: order(id), reason: reason.map(Into::into) }).await
        }
        Step::Wait { seconds } => {
            shop.wait(*seconds);
            None
        }
    }
}

async fn orders_are_as_in(model: &Model, shop: &Shop) {
    for id in ORDERS {
        let shown = shop.ask(GetOrder { order_id: order(id) }).await;
        let folded = shop.node.load::<Order>(&order(id)).await.unwrap();
        let Some(expected) = model.orders.iter().find(|order| order.id == id) else {
            assert_eq!((shown, folded.created()), (None, None), "{id} was never created");
            continue;
        };
        let shown = shown.unwrap();
        view_is_of(&shown.view, expected);
        assert_eq!((shown.view.version, shown.version.get()), (expected.changes, expected.changes), "{id}");
        let folded = folded.created().unwrap();
        assert_eq!(shown.view.status, folded.status, "{id}, shown and folded");
        assert_eq!(shown.view.total, folded.total_cents.into(), "{id}, shown and folded");
        assert_eq!(shown.view.item_count, folded.item_count, "{id}, shown and folded");
        assert_eq!(shown.view.customer_id, folded.customer_id, "{id}, shown and folded");
    }
}

fn view_is_of(view: &OrderView, order: &model::Order) {
    let lines = view.items.iter().map(|item| (item.name.as_str(), item.price, item.quantity));
    let expected = order.lines.iter().map(|line| (line.name, Money::from(line.cents), line.quantity));
    assert!(lines.eq(expected), "{view:?} is not of {order:?}");
    assert_eq!(usize::try_from(view.item_count), Ok(order.lines.len()));
    assert_eq!(view.total, Money::from(order.total()));
    assert_eq!(view.status.as_str(), order.status);
    assert_eq!((view.customer_id.as_str(), view.customer_name.as_str()), (order.customer, order.customer));
    assert_eq!(view.customer_email, format!("{}@example.org", order.customer));
    assert_eq!((view.created_at, view.updated_at), (order.created, order.updated));
    assert_eq!((view.submitted_at, view.paid_at), (order.submitted, order.paid));
    assert_eq!((view.shipped_at, view.cancelled_at), (order.shipped, order.cancelled));
    assert_eq!(view.tracking_number.as_deref(), order.shipped.map(|_| "TRK-1"));
    assert_eq!(view.payment_reference.as_deref(), order.reference);
    assert_eq!(view.cancel_reason.as_deref(), order.reason);
}

async fn lists_are_as_in(model: &Model, shop: &Shop) {
    let statuses = OrderStatus::ALL.map(Some).into_iter().chain([None]);
    for (status, customer) in statuses.flat_map(|status| [None, Some("ann")].map(|who| (status, who))) {
        let matches = |order: &&model::Order| {
            status.is_none_or(|status| status.as_str() == order.status)
                && customer.is_none_or(|customer| customer == order.customer)
        };
        let expected: Vec<_> = model.orders.iter().rev().filter(matches).map(|order| order.id).collect();
        let page = async |start| {
            let part = Part { start, limit: 2 };
            shop.ask(ListOrders { status, customer_id: customer.map(user), part }).await
        };
        let mut found = Vec::new();
        let mut listed = page(Start::Offset(0)).await;
        loop {
            assert_eq!(usize::try_from(listed.total), Ok(expected.len()), "{status:?} {customer:?}");
            found.extend(ids(&listed));
            let Some((keys, _)) = listed.items.last().filter(|_| listed.more_after) else { break };
            let next = page(Start::After(keys.clone())).await;
            let back = page(Start::Before(next.items[0].0.clone())).await;
            assert_eq!(ids(&back), ids(&listed), "the page before the next");
            listed = next;
        }
        assert_eq!(found, expected, "{status:?} {customer:?}");
    }
}

fn ids(listed: &Listed<OrderView>) -> Vec<String> {
    listed.items.iter().map(|(_, view)| view.order_id.to_string()).collect()
}

async fn statistics_are_as_in(model: &Model, shop: &Shop) {
    let shown = shop.ask(Dashboard).await;
    assert_eq!(usize::try_from(shown.total_orders), Ok(model.orders.len()));
    let counts = [
        shown.draft_orders,
        shown.submitted_orders,
        shown.paid_orders,
        shown.shipped_orders,
        shown.cancelled_orders,
    ];
    assert_eq!(counts, OrderStatus::ALL.map(|status| model.count(status.as_str())));
    let (revenue, kept) = model.revenue();
    assert_eq!(shown.total_revenue, Money::from(revenue));
    // Half up, by hundredths of a cent: what is left over counts when it is at least one half.
    let average = if kept == 0 { 0 } else { revenue / kept + i64::from(2 * (revenue % kept) >= kept) };
    assert_eq!(shown.average_order_value, Money::from(average));

    let days = shop.ask(DailyStats::default()).await;
    let shown: Vec<_> = days.into_iter().map(|day| (day.date, day.count, day.revenue)).collect();
    let expected = model.days().into_iter().map(|(day, count, sum)| (day, count, Money::from(sum)));
    assert_eq!(shown, expected.collect::<Vec<_>>());
}

async fn the_write_side_is_as_in(model: &Model, shop: &Shop) {
    let orders = "SELECT order_id || ' ' || customer_id || ' ' || status || ' ' || total_cents AS line \
                  FROM orders ORDER BY order_id";
    let mut expected: Vec<_> = model
        .orders
        .iter()
        .map(|order| format!("{} {} {} {}", order.id, order.customer, order.status, order.total()))
        .collect();
    expected.sort();
    assert_eq!(shop.write_side(orders).await, expected);

    let lines = "SELECT order_id || ' ' || line || ' ' || name || ' ' || price_cents || ' ' || quantity AS line \
                 FROM order_items ORDER BY order_items.order_id, order_items.line";
    let mut orders: Vec<_> = model.orders.iter().collect();
    orders.sort_by_key(|order| order.id);
    let expected: Vec<_> = orders
        .into_iter()
        .flat_map(|order| order.lines.iter().zip(1..).map(|(line, n)| (order.id, n, line)))
        .map(|(id, n, line)| format!("{id} {n} {} {} {}", line.name, line.cents, line.quantity))
        .collect();
    assert_eq!(shop.write_side(lines).await, expected);
}
