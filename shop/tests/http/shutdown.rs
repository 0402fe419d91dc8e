//! Told to stop, it stops accepting, ends the streams, finishes what is in flight, and exits with 0 within 10 s.

use std::time::{Duration, Instant};

use futures::StreamExt;
use serde_json::json;

use crate::{
    program::Program,
    shop::{NEVER, Store, on_kept_stores, run},
};

on_kept_stores![commands_in_flight_are_finished];

const LIMIT: Duration = Duration::from_secs(10);

#[test]
fn the_program_ends_in_order_with_streams_and_waiting_clients_open() {
    for store in Store::all() {
        run(ends_in_order(store));
    }
}

async fn ends_in_order(store: Store) {
    let mut program = Program::start(&store.fresh()).await;
    let shop = program.shop.clone();
    let order = shop.order().await;
    let mut events = shop.events(&format!("{}/stream", order.own)).await;
    events.next().await.unwrap();
    let mut early = shop.events(&format!("{}/stream?position={NEVER}", order.own)).await;
    let (mut socket, _) =
        tokio_tungstenite::connect_async(format!("ws://{}/ws", shop.address)).await.unwrap();
    let idle = shop.connect().await;
    let waiting = {
        let (shop, own) = (shop.clone(), order.own.clone());
        tokio::spawn(async move {
            let path = format!("{own}?position={NEVER}&wait=true&timeoutMs=30000");
            shop.call("GET", &path).try_answer().await
        })
    };
    shop.get("/api/orders").await.is(200);
    let begun = Instant::now();
    program.tell_to_stop();
    while events.next().await.is_some() {}
    while early.next().await.is_some() {}
    while let Some(Ok(_)) = socket.next().await {}
    let status = program.ended_within(LIMIT).await.expect("it does not end within ten seconds");
    assert_eq!(status.code(), Some(0), "after {:?}", begun.elapsed());
    drop(idle);
    if let Some(answer) = waiting.await.unwrap() {
        assert!([202, 408, 503].contains(&answer.status), "{}", answer.text());
    }
    assert!(tokio::net::TcpStream::connect(&shop.address).await.is_err());
}

fn commands_in_flight_are_finished(store: Store) {
    run(async {
        let store = store.fresh();
        let mut program = Program::start(&store).await;
        let shop = program.shop.clone();
        let customer = shop.user().await;
        let commands = (0..40).map(|_| {
            let (shop, body) = (shop.clone(), json!({ "customerId": customer }));
            tokio::spawn(async move { shop.call("POST", "/api/orders").json(&body).try_answer().await })
        });
        let commands: Vec<_> = commands.collect();
        program.tell_to_stop();
        let mut taken = Vec::new();
        for command in commands {
            if let Some(answer) = command.await.unwrap().filter(|answer| answer.status == 202) {
                taken.push(answer.receipt("orderId"));
            }
        }
        let status = program.ended_within(LIMIT).await.expect("it does not end within ten seconds");
        assert_eq!(status.code(), Some(0));
        let program = Program::start(&store).await;
        for receipt in taken {
            assert_eq!(program.shop.view(&receipt).await["orderId"], receipt.id);
        }
    });
}
