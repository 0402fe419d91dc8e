//! A bare axum handler around the statement that the shop answers `GET /api/orders/{id}` with: what a server costs at least.
//!
//! It reads the shop's own read model, on the runtime's own threads, with a connection and a prepared statement for each. It opens
//! no sealed values, knows no positions and sets no headers beyond axum's.

use std::{cell::RefCell, path::PathBuf, sync::OnceLock};

use axum::{
    Json, Router,
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use diptych::Result;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row};
use serde::Serialize;
use serde_json::value::RawValue;

static MODEL: OnceLock<PathBuf> = OnceLock::new();

thread_local! {
    static READER: RefCell<Option<Connection>> = const { RefCell::new(None) };
}

/// Serves orders from a read model's file until the process ends; prints where.
///
/// # Errors
/// Where it cannot listen.
pub(crate) async fn serve(model: PathBuf) -> Result {
    MODEL.get_or_init(|| model);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    let router = Router::new().route("/api/orders/{id}", get(order));
    Ok(axum::serve(listener, router).await?)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Order {
    order_id: String,
    customer_id: String,
    customer_name: String,
    customer_email: Option<String>,
    items: Box<RawValue>,
    item_count: i64,
    total: f64,
    status: String,
    created_at: String,
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    submitted_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shipped_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tracking_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancelled_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancel_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_reference: Option<String>,
    version: i64,
}

fn of(row: &Row<'_>) -> rusqlite::Result<Order> {
    let cents: i32 = row.get("total_cents")?;
    let items = format!("[{}]", row.get_ref("items")?.as_str()?);
    Ok(Order {
        order_id: row.get("order_id")?,
        customer_id: row.get("customer_id")?,
        customer_name: row.get("customer_name")?,
        customer_email: row.get("customer_email")?,
        items: RawValue::from_string(items)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?,
        item_count: row.get("item_count")?,
        total: f64::from(cents) / 100.0,
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
    })
}

fn find(id: &str) -> rusqlite::Result<Option<Order>> {
    READER.with_borrow_mut(|reader| {
        let connection = match reader.take() {
            Some(connection) => connection,
            None => {
                let file = MODEL.get().ok_or(rusqlite::Error::InvalidQuery)?;
                Connection::open_with_flags(
                    file,
                    OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
                )?
            }
        };
        let connection = reader.insert(connection);
        let mut one = connection.prepare_cached("SELECT * FROM order_views WHERE order_id = ?")?;
        one.query_row([id], of).optional()
    })
}

async fn order(Path(id): Path<String>) -> Response {
    match find(&id) {
        Ok(Some(order)) => Json(order).into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
