//! The write side is written in the transaction of the append, and rolled back with it.

use diptych::{CommandError, CommandOptions, FailureKind, prelude::*};
use futures::future::join_all;
use shop::orders::OrderEvent;

use crate::running::{Shop, Store, adding, creating, item};

/// Refuses a line of this name. It comes after `orders` and `order_items`, whose rows are written by then.
#[projection(inline, sql = "CREATE TABLE refused (line BIGINT)")]
async fn refuses(event: &OrderEvent, _at: &Metadata, _tx: &mut Tx<'_>) -> Result {
    if let OrderEvent::ItemAdded { item, .. } = event
        && format!("{item:?}").contains("Cursed")
    {
        return Err("a cursed item".into());
    }
    Ok(())
}

async fn refused_with_everything_it_wrote(store: Store) {
    if !store.is_there() {
        return;
    }
    let shop = Shop::open_with(store, |app| app.inline(refuses)).await;
    shop.register("ann").await;
    for id in ["A", "B", "C", "D"] {
        shop.send(creating(id, "ann", vec![item("Keyboard", 100, 1)])).await;
    }
    let before = shop.node.store().head().await.unwrap();
    // In one group: what refuses one of them harms no other.
    let sent = ["A", "B", "C", "D"].map(|id| {
        let name = if id == "B" { "Cursed" } else { "Mouse" };
        shop.node.send(adding(id, item(name, 7, 1)), CommandOptions::default())
    });
    for (nth, outcome) in join_all(sent).await.into_iter().enumerate() {
        match outcome {
            Ok(_) => assert_ne!(nth, 1),
            Err(CommandError::Failure(failure)) => {
                assert_eq!((nth, failure.kind()), (1, FailureKind::Invalid), "{}", failure.chain());
            }
            Err(error) => panic!("{nth}: {error}"),
        }
    }
    assert_eq!(shop.node.store().head().await.unwrap().get(), before.get() + 3);
    let lines = shop.write_side(
        "SELECT order_id || ' ' || name AS line FROM order_items ORDER BY order_id, order_items.line",
    );
    let expected = ["A Keyboard", "A Mouse", "B Keyboard", "C Keyboard", "C Mouse", "D Keyboard", "D Mouse"];
    assert_eq!(lines.await, expected);
    let totals = "SELECT order_id || ' ' || total_cents AS line FROM orders ORDER BY order_id";
    assert_eq!(shop.write_side(totals).await, ["A 107", "B 100", "C 107", "D 107"]);
    shop.close().await;
}

#[test]
fn rows_are_rolled_back_with_the_append_that_is_refused() {
    diptych_testkit::deadline::run(async {
        for store in [Store::Memory, Store::Sqlite, Store::Postgres] {
            refused_with_everything_it_wrote(store).await;
        }
    });
}
