//! One order as it is shown, and how a row becomes one.

use diptych::{Personal, Reader, Result, Shown, SqlRow, Timestamp};
use diptych_http::Money;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    accounts::UserId,
    catalog::ProductId,
    money::Cents,
    orders::{Item, OrderId, OrderStatus},
    personal,
};

/// An order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderView {
    /// Which.
    pub order_id: OrderId,
    /// Whose.
    pub customer_id: UserId,
    /// The customer's name when the order was created; empty once they were erased.
    pub customer_name: String,
    /// The customer's e-mail when the order was created; empty once they were erased.
    pub customer_email: String,
    /// The lines.
    pub items: Vec<ItemView>,
    /// How many lines.
    pub item_count: u32,
    /// Their sum.
    pub total: Money,
    /// How far it has come.
    pub status: OrderStatus,
    /// When it was created.
    pub created_at: Timestamp,
    /// When anything last happened to it.
    pub updated_at: Timestamp,
    /// When it was submitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submitted_at: Option<Timestamp>,
    /// When it was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<Timestamp>,
    /// When it was shipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipped_at: Option<Timestamp>,
    /// Under which number the shipment can be followed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<String>,
    /// When it was cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled_at: Option<Timestamp>,
    /// Why it was cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel_reason: Option<String>,
    /// By which payment it was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_reference: Option<String>,
    /// The revision of the order's last event: what a change may be guarded with.
    pub version: u64,
}

/// One line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ItemView {
    /// The product, where it is one of the catalog.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_id: Option<ProductId>,
    /// What it is.
    pub name: String,
    /// The price of one.
    pub price: Money,
    /// How many.
    pub quantity: u32,
}

impl From<&Item> for ItemView {
    fn from(item: &Item) -> Self {
        Self {
            product_id: item.product_id().cloned(),
            name: item.name().to_owned(),
            price: item.price().into(),
            quantity: item.quantity(),
        }
    }
}

impl OrderView {
    /// The view that a row of `order_views` holds, with the customer's name and e-mail opened.
    ///
    /// # Errors
    /// A row that does not fit, or keys that cannot be read.
    pub(super) async fn of(row: &SqlRow, db: &Reader) -> Result<Shown<Self>> {
        let (name, email): (Personal<String>, Option<Personal<String>>) =
            (row.get("customer_name")?, row.get("customer_email")?);
        let view = Self {
            order_id: row.get("order_id")?,
            customer_id: row.get("customer_id")?,
            customer_name: personal::opened(db, &name).await?,
            customer_email: personal::opened_if_any(db, email.as_ref()).await?.unwrap_or_default(),
            items: items(&row.get::<String>("items")?)?,
            item_count: row.get("item_count")?,
            total: row.get::<Cents>("total_cents")?.into(),
            status: row.get("status")?,
            created_at: row.get("created_at")?,
            updated_at: row.get("updated_at")?,
            submitted_at: row.get("submitted_at")?,
            paid_at: row.get("paid_at")?,
            shipped_at: row.get("shipped_at")?,
            tracking_number: row.get("tracking_number")?,
            cancelled_at: row.get("cancelled_at")?,
            cancel_reason: row.get("cancel_reason")?,
            payment_reference: row.get("payment_reference")?,
            version: row.get("version")?,
        };
        Ok(Shown { view, version: row.get("version")?, changed: row.get("changed")? })
    }
}

/// The lines, of a column that holds them without brackets.
fn items(column: &str) -> Result<Vec<ItemView>, serde_json::Error> {
    let items: Vec<Item> = serde_json::from_str(&format!("[{column}]"))?;
    Ok(items.iter().map(ItemView::from).collect())
}
