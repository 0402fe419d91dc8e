//! SIGKILL to the server's processes, and to the whole server: what was acknowledged is there once, in order, and all go on.

use std::time::{Duration, Instant};

use diptych_postgres::{PostgresDatabase, PostgresOptions};
use diptych_testkit::{Effort, Evidence, deadline::prove, postgres::OwnServer};
use rand::{RngExt, SeedableRng, rngs::SmallRng};

use crate::{endure::endure, server};

async fn opened(server: &OwnServer) -> PostgresDatabase {
    let options = PostgresOptions {
        connections: 6,
        patience: Duration::from_secs(5),
        poll: Duration::from_millis(500),
        ..PostgresOptions::default()
    };
    PostgresDatabase::open(&server.url(), options).await.unwrap()
}

/// One of the server's processes that serve us, whichever.
async fn a_backend(server: &OwnServer) -> Option<i32> {
    let (client, line) = tokio_postgres::connect(&server.url(), tokio_postgres::NoTls).await.ok()?;
    tokio::spawn(line);
    let sql = "SELECT pid FROM pg_stat_activity WHERE application_name = 'diptych' ORDER BY random() LIMIT 1";
    Some(client.query_opt(sql, &[]).await.ok()??.get(0))
}

#[test]
fn a_server_that_is_killed_at_random_loses_and_doubles_nothing() {
    if !server::is_there() {
        return;
    }
    let Some(own) = OwnServer::start(50) else { return };
    let effort = Effort::of_environment();
    let (seed, kills) = (rand::random::<u64>(), effort.of(2, 200));
    eprintln!("the seed is {seed}");
    prove(async move {
        let mut evidence = Evidence::of("a killed server", "PostgreSQL");
        let troubled = opened(&own).await;
        let (mut backends, mut longest) = (0_usize, Duration::ZERO);
        let trouble = async {
            let mut random = SmallRng::seed_from_u64(seed);
            for _ in 0..kills {
                for _ in 0..2 {
                    // tidy: the time between two crashes
                    tokio::time::sleep(Duration::from_millis(random.random_range(50..500))).await;
                    if let Some(pid) = a_backend(&own).await {
                        own.kill_backend(pid);
                        backends += 1;
                    }
                }
                // tidy: the time between two crashes
                tokio::time::sleep(Duration::from_millis(random.random_range(50..500))).await;
                own.kill();
                let begun = Instant::now();
                tokio::task::block_in_place(|| own.start_again());
                longest = longest.max(begun.elapsed());
            }
        };
        let (endured, ()) = endure(&troubled, async || opened(&own).await, trouble).await;
        assert!(endured.events > 0, "{endured:?}");
        endured.tell(&mut evidence);
        evidence.add("times the server was killed", kills);
        evidence.add("of its processes were killed", backends);
        evidence.add("milliseconds at most until it was back", longest.as_millis());
        evidence.hand_in();
        drop(troubled);
    });
}
