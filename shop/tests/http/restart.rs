//! What a restart must not change: receipts, correlation ids, idempotency keys, views.

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::json;

use crate::{
    program::Program,
    shop::{Store, fresh, line, on_kept_stores, run},
};

on_kept_stores![
    what_was_answered_before_a_restart_holds_after_it,
    a_link_of_a_list_holds_after_a_restart,
    a_program_that_was_told_to_stop_leaves_a_store_that_opens,
];

fn what_was_answered_before_a_restart_holds_after_it(store: Store) {
    run(async {
        let store = store.fresh();
        let program = Program::start(&store).await;
        let shop = program.shop.clone();
        let (customer, key, correlation) = (shop.user().await, fresh("key"), fresh("corr"));
        let body = json!({ "customerId": customer, "items": [line()] });
        let create = |shop: &crate::shop::Shop| {
            let call = shop.call("POST", "/api/orders").json(&body).header("Idempotency-Key", &key);
            call.header("X-Correlation-ID", &correlation).answer()
        };
        let order = create(&shop).await.receipt("orderId");
        let path = format!("/api/users/{customer}");
        let same = shop.patch(&path, json!({ "version": 0 })).await.receipt("userId");
        let submitted = shop.tell(&order.id, "submit").await;
        let view = shop.view(&submitted).await;
        let figures = shop.seen("/api/stats/dashboard", submitted.position).await;
        let etag = shop.get(&order.own).await.header("etag").unwrap().to_owned();
        program.kill().await;

        let program = Program::start(&store).await;
        let shop = program.shop.clone();
        // Asked for at once: the read model may have to come so far again, but nothing is unknown.
        for receipt in [&order, &submitted, &same] {
            let path = format!("{}?correlation={}&wait=true", receipt.own, receipt.correlation);
            shop.get(&path).await.is(200);
            assert_eq!(shop.get(&receipt.status).await.is(200).json()["status"], "COMPLETED");
            assert!(shop.events(&receipt.stream).await.next().await.is_some());
        }
        assert_eq!(shop.view(&submitted).await, view);
        assert_eq!(shop.get(&order.own).await.header("etag"), Some(etag.as_str()));
        assert_eq!(shop.seen("/api/stats/dashboard", submitted.position).await, figures);
        assert_eq!(create(&shop).await.receipt("orderId"), order);
        let other = shop.call("POST", "/api/orders").json(&json!({ "customerId": customer }));
        other.header("Idempotency-Key", &key).answer().await.problem(422);
        let email = format!("{}@EXAMPLE.com", customer.to_uppercase());
        shop.post("/api/users", json!({ "email": email })).await.problem(409);
        let paid = shop.tell(&order.id, "pay").await;
        assert_eq!(paid.revision, submitted.revision + 1);
        assert!(paid.position > submitted.position);
    });
}

fn a_link_of_a_list_holds_after_a_restart(store: Store) {
    run(async {
        let store = store.fresh();
        let program = Program::start(&store).await;
        let customer = program.shop.user().await;
        let mut orders = Vec::new();
        for _ in 0..4 {
            orders.insert(0, program.shop.order_of(&customer).await);
        }
        let path = format!("/api/customers/{customer}/orders?limit=2");
        let list = program.shop.seen(&path, orders[0].position).await;
        let next = list["links"]["next"].as_str().unwrap().to_owned();
        program.kill().await;
        let program = Program::start(&store).await;
        let rest = program.shop.get(&next).await.is(200).json();
        assert_eq!(rest["items"][0]["orderId"], orders[2].id);
        assert_eq!(rest["items"][1]["orderId"], orders[3].id);
    });
}

#[test]
fn a_second_program_on_one_folder_is_told_who_has_it() {
    run(async {
        let store = Store::Sqlite.fresh();
        let program = Program::start(&store).await;
        let order = program.shop.order().await;
        let second = Command::new(env!("CARGO_BIN_EXE_shop"))
            .args(["--store", &store, "--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert_eq!(second.status.code(), Some(1));
        let said = String::from_utf8(second.stderr).unwrap();
        assert!(said.contains("error:") && !said.contains("panicked"), "{said}");
        program.shop.tell(&order.id, "submit").await;
    });
}

fn a_program_that_was_told_to_stop_leaves_a_store_that_opens(store: Store) {
    run(async {
        let store = store.fresh();
        let mut last = None;
        for _ in 0..3 {
            let mut program = Program::start(&store).await;
            if let Some(order) = &last {
                assert_eq!(program.shop.view(order).await["orderId"], order.id);
            }
            last = Some(program.shop.order().await);
            program.tell_to_stop();
            let status = program.ended_within(Duration::from_secs(10)).await.expect("it ends");
            assert_eq!(status.code(), Some(0));
        }
    });
}
