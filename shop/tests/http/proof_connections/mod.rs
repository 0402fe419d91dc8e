//! Proof: 20,000 slow, half-closed and flooding connections leave memory and descriptors where they were, and hold up
//! nobody.
//!
//! They come in waves, so that this process keeps within its own descriptors. Each wave is of all [`kinds`](kind::Kind)
//! alike; while it stands, a client that behaves sends a command and reads its view, on a connection of its own, within a
//! deadline. Then the wave is let go, half of it by resets. What the server has is measured after the first waves, which
//! warm it up, and after the last.
//!
//! The test command tries a quarter of the 20,000, for it has not the time; `cargo xtask torture` tries ten times as many.

mod kind;

use std::time::Duration;

use diptych_testkit::{Effort, Evidence, deadline};
use futures::{StreamExt, stream};
use tokio::{net::TcpStream, time::timeout};

use self::kind::Kind;
use crate::{
    program::Program,
    shop::{Shop, Store},
};

/// Connections of one wave, which this process has open at once.
const WAVE: usize = 500;
/// Waves that only warm the server up: they make it what a busy server is.
const WARMING: usize = 6;
/// How long a client that behaves may have to wait; that is no measure of speed.
const PROMPT: Duration = Duration::from_secs(10);
/// How much the memory may differ: what an allocator keeps for itself grows for some thousand connections, then stands. A
/// leak of 850 bytes for each of 20,000 connections is more, and one of 85 bytes in the long form.
const SLACK: u64 = 16 * 1024 * 1024;
/// How many descriptors more of files there may be: each read model has up to eight connections that read, opened when that many
/// queries first meet, and kept. Sockets may not be more at all.
const READERS: usize = 64;

#[test]
fn slow_half_closed_and_flooding_connections_leave_nothing_behind() {
    deadline::prove(async {
        let many = Effort::of_environment().of(5_000, 200_000);
        let mut evidence = Evidence::of("HTTP: slow, half-closed and flooding connections", "memory");
        let program = Program::start(&Store::Memory.fresh()).await;
        let shop = program.shop.clone();
        let order = shop.order().await.own;
        let unused = descriptors(&program).1;
        for _ in 0..WARMING {
            wave(&shop, &order).await;
        }
        let (before, memory) = (descriptors_at_rest(&program, unused).await, program.memory());
        for _ in 0..many / WAVE {
            wave(&shop, &order).await;
        }
        let after = descriptors_at_rest(&program, unused).await;
        let grown = program.memory().saturating_sub(memory);
        assert!(after <= before + READERS, "{after} descriptors are open, {before} were before");
        assert!(grown <= SLACK, "{grown} bytes more after {many} connections, {memory} before");
        evidence.add("connections", many / WAVE * WAVE);
        evidence.add("descriptors before", before);
        evidence.add("descriptors after", after);
        evidence.add("bytes of memory before", memory);
        evidence.add("bytes of memory more after", grown);
        evidence.hand_in();
        program.kill().await;
    });
}

/// One wave, while which a client that behaves is answered.
async fn wave(shop: &Shop, order: &str) {
    let opening = (0..WAVE).map(|number| Kind::ALL[number % Kind::ALL.len()].opened(&shop.address, order));
    let standing: Vec<(usize, TcpStream)> =
        stream::iter(opening).buffer_unordered(250).enumerate().collect().await;
    let answered = timeout(PROMPT, async {
        // A client of its own: its connection is new, and is not kept.
        let behaving = Shop::at(shop.address.clone());
        let receipt = behaving.order().await;
        behaving.view(&receipt).await;
    });
    answered.await.expect("a client that behaves is held up by others that do not");
    for (number, connection) in standing {
        if number % 2 == 0 {
            connection.set_zero_linger().unwrap();
        }
    }
}

/// How many descriptors the server has, and how many of them are sockets.
fn descriptors(program: &Program) -> (usize, usize) {
    let open = std::fs::read_dir(format!("/proc/{}/fd", program.id())).unwrap().flatten();
    let targets: Vec<_> = open.filter_map(|entry| std::fs::read_link(entry.path()).ok()).collect();
    (targets.len(), targets.iter().filter(|target| target.to_string_lossy().starts_with("socket:")).count())
}

/// How many it has once it has no more sockets than when nobody had used it.
async fn descriptors_at_rest(program: &Program, unused: usize) -> usize {
    let rest = async {
        loop {
            let (all, sockets) = descriptors(program);
            if sockets <= unused {
                return all;
            }
            // Asking gives it time, on the one connection that was there before.
            program.shop.get("/livez").await.is(200);
        }
    };
    let rest = timeout(Duration::from_secs(60), rest).await;
    rest.unwrap_or_else(|_| panic!("{:?} descriptors and sockets, {unused} before", descriptors(program)))
}
