//! The shop while its database is away, takes no more connections, or has no disk left: clear answers, and everything recovers by
//! itself. Where the database cannot be read either, `/readyz` says why.

use std::time::{Duration, Instant};

use diptych_testkit::{
    Evidence,
    postgres::{self, OwnServer},
};
use serde_json::json;

use crate::{
    program::Program,
    shop::{Shop, fresh, line, run},
};

const SOON: Duration = Duration::from_secs(40);

/// Asks until an answer is as wanted; answers its text.
async fn until(shop: &Shop, path: &str, wanted: impl Fn(u16, &str) -> bool) -> String {
    let end = Instant::now() + SOON;
    loop {
        let answer = shop.get(path).await;
        let (status, text) = (answer.status, answer.text().to_string());
        if wanted(status, &text) {
            return text;
        }
        assert!(Instant::now() < end, "{path} is still {status}: {text}");
        // tidy: the state of a server is found out by asking
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A command that must be taken in the end; every other answer is one that says to try again.
async fn takes_commands_again(shop: &Shop, customer: &str) {
    let (end, key, order) = (Instant::now() + SOON, fresh("key"), fresh("ORD"));
    let body = json!({ "orderId": order, "customerId": customer, "items": [line()] });
    loop {
        let answer =
            shop.call("POST", "/api/orders").header("Idempotency-Key", &key).json(&body).answer().await;
        if answer.status == 202 {
            let receipt = answer.receipt("orderId");
            assert_eq!(shop.view(&receipt).await["orderId"], receipt.id);
            return;
        }
        assert!([503, 504].contains(&answer.status), "{}", answer.text());
        assert!(Instant::now() < end, "{}", answer.text());
        // tidy: the state of a server is found out by asking
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A shop on it, with one customer.
async fn serving(server: &OwnServer) -> (Program, String) {
    let program = Program::start(&format!("{}?connections=6&patience=3", server.url())).await;
    let customer = program.shop.user().await;
    (program, customer)
}

#[test]
fn a_database_that_goes_away_is_told_of_and_comes_back() {
    let Some(server) = postgres::is_there().then(|| OwnServer::start(60)).flatten() else { return };
    run(async {
        let evidence = Evidence::of("a database that goes away", "PostgreSQL");
        let (program, customer) = serving(&server).await;
        server.kill();
        until(&program.shop, "/readyz", |status, text| status == 503 && !text.contains("\"reasons\":[]"))
            .await;
        let body = json!({ "customerId": customer });
        program.shop.post("/api/orders", body).await.problem(503);
        tokio::task::block_in_place(|| server.start_again());
        takes_commands_again(&program.shop, &customer).await;
        until(&program.shop, "/readyz?strict=true", |status, _| status == 200).await;
        evidence.hand_in();
    });
}

#[test]
fn a_database_without_free_connections_is_told_of_and_comes_back() {
    let Some(server) = postgres::is_there().then(|| OwnServer::start(20)).flatten() else { return };
    run(async {
        let evidence = Evidence::of("a database without free connections", "PostgreSQL");
        let (program, customer) = serving(&server).await;
        // Those that it has are cut, and taken by others before it can make them again.
        let (client, line) = tokio_postgres::connect(&server.url(), tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(line);
        let mut held = Vec::new();
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'diptych'";
        for _ in 0..3 {
            client.query(cut, &[]).await.unwrap();
            while let Ok((other, line)) = tokio_postgres::connect(&server.url(), tokio_postgres::NoTls).await
            {
                tokio::spawn(line);
                held.push(other);
            }
        }
        let told = |status, text: &str| status == 503 && text.contains("takes no more connections");
        until(&program.shop, "/readyz", told).await;
        program.shop.post("/api/orders", json!({ "customerId": customer })).await.problem(503);
        drop(held);
        takes_commands_again(&program.shop, &customer).await;
        until(&program.shop, "/readyz?strict=true", |status, _| status == 200).await;
        evidence.hand_in();
    });
}

#[test]
fn a_database_without_disk_refuses_commands_answers_queries_and_comes_back() {
    let Some(server) = postgres::is_there().then(|| OwnServer::start_on_small_disk(40, 160)).flatten() else {
        return;
    };
    run(async {
        let evidence = Evidence::of("a database without disk", "PostgreSQL");
        let (program, customer) = serving(&server).await;
        let before = program.shop.order_of(&customer).await;
        let ballast = server.folder().join("ballast");
        let mut file = std::fs::File::create(&ballast).unwrap();
        let chunk = vec![0_u8; 64 * 1024];
        while std::io::Write::write_all(&mut file, &chunk).is_ok() {}
        // What fits into the pages there are is still taken.
        let end = Instant::now() + SOON;
        let refused = loop {
            let body = json!({ "customerId": customer, "items": vec![line(); 20] });
            let answer = program.shop.post("/api/orders", body).await;
            if answer.status != 202 {
                break answer;
            }
            assert!(Instant::now() < end, "the disk is not full");
        };
        refused.problem(503);
        assert_eq!(
            program.shop.get(&before.own).await.is(200).json()["orderId"],
            before.id,
            "it is still read"
        );
        drop(file);
        std::fs::remove_file(&ballast).unwrap();
        takes_commands_again(&program.shop, &customer).await;
        until(&program.shop, "/readyz?strict=true", |status, _| status == 200).await;
        evidence.hand_in();
    });
}
