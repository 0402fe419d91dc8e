//! Orders with a Redis before their read model: the answers are the same, come from the cache, and go on when it is killed or emptied.

use diptych_testkit::{
    deadline,
    engine::{Engine, OwnEngine},
};

use crate::{
    program::Program,
    receipt::Receipt,
    shop::{Shop, Store},
};

/// So many entries were asked for with this outcome.
async fn lookups(shop: &Shop, outcome: &str) -> u64 {
    let metrics = shop.get("/metrics").await.is(200).text();
    let line = format!("diptych_cache_lookups_total{{view=\"order_views\",outcome=\"{outcome}\"}} ");
    let found = metrics.lines().find_map(|text| text.strip_prefix(&line)?.parse().ok());
    found.unwrap_or(0)
}

/// Asks until the answer came from the cache.
async fn from_the_cache(shop: &Shop, order: &Receipt) {
    let hit = async {
        let before = lookups(shop, "hit").await;
        while lookups(shop, "hit").await == before {
            shop.view(order).await;
        }
    };
    deadline::within("the cache answers", hit).await;
}

/// The lifecycle of an order, each step seen at once by whoever has its receipt.
async fn every_step_is_seen(shop: &Shop) -> Receipt {
    let user = shop.user().await;
    let order = shop.order_of(&user).await;
    for (step, status) in [("submit", "submitted"), ("pay", "paid"), ("ship", "shipped")] {
        let receipt = shop.tell(&order.id, step).await;
        let view = shop.view(&receipt).await;
        assert_eq!(view["status"], status, "{view}");
        assert_eq!(shop.view(&receipt).await, view, "and again, from wherever it is kept");
    }
    order
}

#[test]
fn a_cache_answers_what_the_read_model_would_and_may_be_lost() {
    deadline::prove(async {
        let Some(mut redis) = OwnEngine::start(Engine::Redis) else { return };
        let arguments = ["--store", &Store::Memory.fresh(), "--cache", &redis.url()];
        let program = Program::start_with(&arguments).await;
        let shop = &program.shop;
        let order = every_step_is_seen(shop).await;
        from_the_cache(shop, &order).await;
        redis.kill();
        every_step_is_seen(shop).await;
        assert!(lookups(shop, "away").await > 0, "nobody waits for a cache that is away");
        redis.start_again();
        let other = every_step_is_seen(shop).await;
        from_the_cache(shop, &other).await;
        drop(program.stop().await);
    });
}
