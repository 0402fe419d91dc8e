//! Orders on a running node: what the model does not tell.

use diptych::{Append, AppendCondition, NewEvent, StreamId, personal::Sealer};
use diptych_testkit::draft;
use jiff::civil::date;
use serde_json::json;
use shop::{
    accounts::UpdateProfile,
    orders::{
        PayOrder, SubmitOrder,
        views::{DailyStats, GetOrder},
    },
};

use crate::running::{Shop, adding, creating, item, on_every_store, order, user};

on_every_store![
    an_order_is_shown_with_the_members_of_the_contract_and_no_others,
    an_order_keeps_the_customer_as_they_were,
    the_log_holds_no_name_and_no_email_in_the_clear,
    an_erased_customer_is_shown_empty,
    an_order_of_the_first_version_is_shown_and_goes_on,
    days_are_cut_at_midnight_in_utc_and_both_ends_are_included,
    the_correlation_id_of_an_order_is_not_one_of_its_customer,
    a_refused_command_leaves_nothing_on_the_write_side,
];

async fn an_order_is_shown_with_the_members_of_the_contract_and_no_others(shop: Shop) {
    shop.register("ann").await;
    shop.send(creating("ORD-1", "ann", vec![item("Keyboard", 129_999, 1)])).await;
    shop.wait(1);
    shop.send(adding("ORD-1", item("Mouse", 1_010, 2))).await;
    let shown = shop.ask(GetOrder { order_id: order("ORD-1") }).await.unwrap();
    let expected = json!({
        "orderId": "ORD-1", "customerId": "ann", "customerName": "ann", "customerEmail": "ann@example.org",
        "items": [
            { "name": "Keyboard", "price": 1299.99, "quantity": 1 },
            { "name": "Mouse", "price": 10.1, "quantity": 2 },
        ],
        "itemCount": 2, "total": 1320.19, "status": "draft",
        "createdAt": "2026-01-01T00:00:00.000000Z", "updatedAt": "2026-01-01T00:00:01.000000Z",
        "version": 1,
    });
    // Through text, as it goes over the wire: money is exact there only.
    let text = serde_json::to_string(&shown.view).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), expected);
    assert_eq!((shown.version.get(), shown.changed.get()), (1, 3));
    shop.close().await;
}

async fn an_order_keeps_the_customer_as_they_were(shop: Shop) {
    shop.register("ann").await;
    shop.send(creating("ORD-1", "ann", vec![])).await;
    let renaming = UpdateProfile {
        user_id: user("ann"),
        email: Some("new@example.org".parse().unwrap()),
        display_name: Some("Ann".into()),
        avatar_url: None,
    };
    shop.send(renaming).await;
    shop.send(creating("ORD-2", "ann", vec![])).await;
    for (id, name, email) in [("ORD-1", "ann", "ann@example.org"), ("ORD-2", "Ann", "new@example.org")] {
        let view = shop.ask(GetOrder { order_id: order(id) }).await.unwrap().view;
        assert_eq!((view.customer_name.as_str(), view.customer_email.as_str()), (name, email), "{id}");
    }
    shop.close().await;
}

async fn the_log_holds_no_name_and_no_email_in_the_clear(shop: Shop) {
    shop.register("ann-planted").await;
    shop.send(creating("ORD-1", "ann-planted", vec![])).await;
    for event in draft::log(&**shop.node.store()).await {
        let payload = String::from_utf8(event.payload.to_vec()).unwrap();
        assert!(!payload.contains("example.org"), "{payload}");
        assert!(event.tags.iter().all(|tag| !tag.as_str().contains("example.org")));
    }
    shop.close().await;
}

async fn an_erased_customer_is_shown_empty(shop: Shop) {
    shop.register("ann").await;
    shop.send(creating("ORD-1", "ann", vec![])).await;
    shop.node.vault().forget("ann").await.unwrap();
    let view = shop.ask(GetOrder { order_id: order("ORD-1") }).await.unwrap().view;
    assert_eq!((view.customer_name.as_str(), view.customer_email.as_str()), ("", ""));
    shop.close().await;
}

async fn an_order_of_the_first_version_is_shown_and_goes_on(shop: Shop) {
    shop.register("ann").await;
    shop.node
        .store()
        .append(Append {
            events: vec![of_version_1(&shop).await],
            condition: AppendCondition::default(),
            note: None,
        })
        .await
        .unwrap();
    shop.send(SubmitOrder { order_id: order("ORD-1") }).await;
    let view = shop.ask(GetOrder { order_id: order("ORD-1") }).await.unwrap().view;
    assert_eq!((view.customer_name.as_str(), view.customer_email.as_str()), ("Ann", ""));
    assert_eq!((view.items.len(), view.version), (1, 1));
    shop.close().await;
}

async fn of_version_1(shop: &Shop) -> NewEvent {
    let keys = shop.node.vault().keys_for(&["ann".to_owned()]).await.unwrap();
    let name = keys.seal("ann", br#""Ann""#).unwrap();
    let payload = json!({
        "orderId": "ORD-1", "customerId": "ann", "customerName": { "sealed": name.as_str() },
        "items": [{ "name": "Keyboard", "priceCents": 100, "quantity": 1 }], "totalCents": 100,
    });
    NewEvent {
        stream: StreamId::parse("order", "ORD-1").unwrap(),
        event_type: "OrderCreated".into(),
        schema_version: 1,
        payload: payload.to_string().into(),
        ..draft::event("order/ORD-1", "OrderCreated")
    }
}

async fn days_are_cut_at_midnight_in_utc_and_both_ends_are_included(shop: Shop) {
    shop.register("ann").await;
    for (id, seconds) in [("A", 86_399), ("B", 1), ("C", 86_400)] {
        shop.wait(seconds);
        shop.send(creating(id, "ann", vec![item("Keyboard", 100, 1)])).await;
        shop.send(SubmitOrder { order_id: order(id) }).await;
    }
    let days = async |from, to| {
        let days = shop.ask(DailyStats { from, to }).await;
        days.into_iter().map(|day| day.date).collect::<Vec<_>>()
    };
    let (second, third) = (date(2026, 1, 2), date(2026, 1, 3));
    assert_eq!(days(None, None).await, ["2026-01-01", "2026-01-02", "2026-01-03"]);
    assert_eq!(days(Some(second), None).await, ["2026-01-02", "2026-01-03"]);
    assert_eq!(days(Some(second), Some(second)).await, ["2026-01-02"]);
    assert!(days(Some(third), Some(second)).await.is_empty());
    shop.close().await;
}

async fn the_correlation_id_of_an_order_is_not_one_of_its_customer(shop: Shop) {
    shop.register("ann").await;
    let receipt = shop.send(creating("ORD-1", "ann", vec![item("Keyboard", 100, 1)])).await;
    let known = shop.node.correlation(&receipt.correlation_id).await.unwrap().unwrap();
    assert!(known.touched("order", "ORD-1") && !known.touched("user", "ann"));
    shop.close().await;
}

async fn a_refused_command_leaves_nothing_on_the_write_side(shop: Shop) {
    shop.register("ann").await;
    shop.send(creating("ORD-1", "ann", vec![item("Keyboard", 100, 1)])).await;
    let before = shop.node.store().head().await.unwrap();
    let paying = PayOrder { order_id: order("ORD-1"), payment_reference: None };
    assert_eq!(shop.code(paying).await, Some("not-submitted"));
    assert_eq!(shop.node.store().head().await.unwrap(), before);
    assert_eq!(shop.write_side("SELECT status AS line FROM orders").await, ["draft"]);
    shop.close().await;
}
