//! Orders over HTTP: bodies in, commands out; queries in, views out.

use diptych::StreamId;
use diptych_http::{
    ListCall, ListRoute, Problem, Routes, Thing, ThingPaths, ValueRoute,
    body::{Integer, Text},
};
use http::Method;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    AddItem, CancelOrder, CreateOrder, Item, OrderId, OrderStatus, PayOrder, Quantity, ShipOrder,
    SubmitOrder,
    views::{DailyStats, Dashboard, GetOrder, ListOrders},
};
use crate::{accounts::UserId, catalog::ProductId, listing::NEWEST_FIRST, money::Price};

/// The body of `POST /api/orders`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateOrderBody {
    order_id: Option<OrderId>,
    customer_id: UserId,
    #[schemars(length(min = 1))]
    items: Option<Vec<ItemBody>>,
}

/// One line, in a new order or added to a draft.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ItemBody {
    product_id: Option<ProductId>,
    name: Option<Text<1, 200>>,
    price: Price,
    quantity: Integer<1, 10_000>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NoBody {}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PayBody {
    payment_reference: Option<Text<0, 1000>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ShipBody {
    tracking_number: Text<1, 1000>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CancelBody {
    reason: Option<Text<0, 1000>>,
}

impl ItemBody {
    /// `at` is where the line stands in the body.
    fn into_item(self, at: &str) -> Result<Item, Problem> {
        let name = self.name.map(Text::into_string);
        let quantity = Quantity::new(self.quantity.get())
            .map_err(|error| Problem::invalid(format!("{at}/quantity"), error.to_string()))?;
        Item::new(self.product_id, name, self.price, quantity)
            .map_err(|error| Problem::invalid(format!("{at}/name"), error.to_string()))
    }
}

/// The lines of a new order. Left out, it is an empty draft; an empty list is a mistake.
fn items(bodies: Option<Vec<ItemBody>>) -> Result<Vec<Item>, Problem> {
    let Some(bodies) = bodies else { return Ok(Vec::new()) };
    if bodies.is_empty() {
        return Err(Problem::invalid("/items", "must not be an empty list; leave it out for an empty draft"));
    }
    let items = bodies.into_iter().enumerate();
    items.map(|(at, body)| body.into_item(&format!("/items/{at}"))).collect()
}

fn list_orders(call: &ListCall<'_>, customer_id: Option<UserId>) -> Result<ListOrders, Problem> {
    call.begins_well(|part| NEWEST_FIRST.check(part))?;
    let choices = OrderStatus::ALL.map(|status| (status.as_str(), status));
    Ok(ListOrders { status: call.params.choice("status", &choices)?, customer_id, part: call.part.clone() })
}

/// Everything about orders.
pub fn routes() -> Routes {
    let order =
        Thing::new("order", "/api/orders/{id}", "orderId", "OrderViewUpdated", |order_id: OrderId| {
            GetOrder { order_id }
        });
    let paths = ThingPaths { status: "/api/orders/{id}/status", stream: "/api/orders/{id}/stream" };
    commands(Routes::new().thing(&order, paths), &order)
        .list(
            ListRoute::at("/api/orders")
                .summary("Orders, newest first")
                .filter::<OrderStatus>("status", "Only those in this state")
                .filter::<UserId>("customerId", "Only those of this customer"),
            |call| {
                let customer: Option<UserId> = call.id_in("customerId")?;
                let query = list_orders(call, customer.clone())?;
                if let Some(customer) = &customer {
                    call.of(StreamId::of("user", customer));
                }
                Ok(query)
            },
        )
        .list(
            ListRoute::at("/api/customers/{id}/orders")
                .summary("A customer's orders, newest first")
                .filter::<OrderStatus>("status", "Only those in this state"),
            |call| {
                let query = list_orders(call, None)?;
                let customer: UserId = call.id()?;
                call.of(StreamId::of("user", &customer));
                Ok(ListOrders { customer_id: Some(customer), ..query })
            },
        )
        .value(ValueRoute::at("/api/stats/dashboard").summary("Orders and revenue in figures"), |_| {
            Ok(Dashboard)
        })
        .value(
            ValueRoute::at("/api/stats/daily")
                .summary("Orders by the UTC day they were submitted")
                .filter::<Date>("from", "The first day, as 2026-11-21")
                .filter::<Date>("to", "The last day, as 2026-11-21"),
            |call| Ok(DailyStats { from: call.params.date("from")?, to: call.params.date("to")? }),
        )
}

fn commands(routes: Routes, order: &Thing) -> Routes {
    routes
        .command(
            order.takes(Method::POST, "/api/orders").summary("Create an order"),
            |call, body: CreateOrderBody| {
                Ok(CreateOrder {
                    items: items(body.items)?,
                    order_id: call.chosen(body.order_id)?,
                    customer_id: body.customer_id,
                })
            },
        )
        .command(
            order.takes(Method::POST, "/api/orders/{id}/items").summary("Add an item to a draft"),
            |call, body: ItemBody| Ok(AddItem { item: body.into_item("")?, order_id: call.id()? }),
        )
        .command(
            order.takes(Method::POST, "/api/orders/{id}/submit").summary("Submit a draft"),
            |call, NoBody {}| Ok(SubmitOrder { order_id: call.id()? }),
        )
        .command(
            order.takes(Method::POST, "/api/orders/{id}/pay").summary("Pay a submitted order"),
            |call, body: PayBody| {
                let payment_reference = body.payment_reference.map(Text::into_string);
                Ok(PayOrder { order_id: call.id()?, payment_reference })
            },
        )
        .command(
            order.takes(Method::POST, "/api/orders/{id}/ship").summary("Ship a paid order"),
            |call, body: ShipBody| {
                Ok(ShipOrder { order_id: call.id()?, tracking_number: body.tracking_number.into_string() })
            },
        )
        .command(
            order
                .takes(Method::POST, "/api/orders/{id}/cancel")
                .summary("Cancel a draft or a submitted order"),
            |call, body: CancelBody| {
                Ok(CancelOrder { order_id: call.id()?, reason: body.reason.map(Text::into_string) })
            },
        )
}
