//! One order: the row that is asked for most, so a cache may stand before it.

use async_trait::async_trait;
use diptych::{
    BoxError, Event, Filter, Query, Reader, RecordedEvent, Scope, Shown, SqlRow, cache::EntryQuery, codec,
};
use serde_json::Value;

use super::OrderView;
use crate::orders::{OrderEvent, OrderId};

/// Asks for one order; none if there is no such order in the read model.
#[derive(Clone, Debug)]
pub struct GetOrder {
    /// Which.
    pub order_id: OrderId,
}

impl Query for GetOrder {
    const NAME: &'static str = "GetOrder";
    type Answer = Option<Shown<OrderView>>;
}

/// Its row, with what is personal sealed; opened for each answer.
#[derive(Clone, Copy, Debug)]
pub struct OrderRow;

/// What a cache gave is no row of ours.
#[derive(Debug, thiserror::Error)]
#[error("an entry of the cache is no row of order_views")]
struct NoRow;

#[async_trait]
impl EntryQuery<GetOrder> for OrderRow {
    fn view(&self) -> &'static str {
        "order_views"
    }

    fn id(&self, query: &GetOrder) -> String {
        query.order_id.to_string()
    }

    fn filter(&self) -> Filter {
        Scope::default().of_types(codec::stored_names(OrderEvent::schemas())).into()
    }

    fn changed_by(&self, event: &RecordedEvent) -> Result<Vec<String>, BoxError> {
        Ok(vec![event.stream().id().to_string()])
    }

    async fn entry(&self, id: &str, db: &Reader) -> Result<Option<Value>, BoxError> {
        let row = db.row(include_str!("../../../sql/orders/order_views_get.sql"), (id,)).await?;
        Ok(row.map(|row| row.to_json()))
    }

    async fn answer(&self, entry: Option<Value>, db: &Reader) -> Result<Option<Shown<OrderView>>, BoxError> {
        let Some(entry) = entry else { return Ok(None) };
        let row = SqlRow::from_json(entry).ok_or(NoRow)?;
        OrderView::of(&row, db).await.map(Some)
    }
}
