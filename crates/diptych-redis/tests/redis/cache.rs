//! A cache: what was changed since is never found, whatever was kept, forgotten or lost, and in whatever order.

use diptych_core::{
    Position,
    cache::{CacheKey, Cached, ViewCache},
    model::Generation,
};
use diptych_redis::RedisCache;
use diptych_testkit::deadline;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::json;

use crate::Shared;

fn cache(shared: &Shared) -> RedisCache {
    RedisCache::open(shared.0.parse().unwrap()).unwrap()
}

fn key(generation: u32, id: &str) -> CacheKey {
    CacheKey { view: "numbers".to_owned(), generation: Generation(generation), id: id.to_owned() }
}

fn entry(as_of: u64) -> Cached {
    Cached { body: json!({ "as_of": as_of }), as_of: Position::new(as_of) }
}

#[test]
fn an_entry_is_found_until_it_is_changed() {
    deadline::run(async {
        let Some(shared) = Shared::fresh() else { return };
        let cache = cache(&shared);
        assert_eq!(cache.find(&key(1, "a")).await.unwrap(), None);
        cache.keep(&key(1, "a"), &entry(5)).await.unwrap();
        cache.keep(&key(1, "b"), &entry(5)).await.unwrap();
        assert_eq!(cache.find(&key(1, "a")).await.unwrap(), Some(entry(5)));
        assert_eq!(cache.find(&key(2, "a")).await.unwrap(), None, "of another filling");
        cache.forget("numbers", &["a".to_owned()], Position::new(6)).await.unwrap();
        assert_eq!(cache.find(&key(1, "a")).await.unwrap(), None);
        assert_eq!(cache.find(&key(1, "b")).await.unwrap(), Some(entry(5)), "which nothing changed");
    });
}

#[test]
fn what_was_read_before_a_change_is_not_kept_after_it() {
    deadline::run(async {
        let Some(shared) = Shared::fresh() else { return };
        let cache = cache(&shared);
        cache.forget("numbers", &["a".to_owned()], Position::new(6)).await.unwrap();
        cache.keep(&key(1, "a"), &entry(5)).await.unwrap();
        assert_eq!(cache.find(&key(1, "a")).await.unwrap(), None);
        cache.keep(&key(1, "a"), &entry(6)).await.unwrap();
        assert_eq!(cache.find(&key(1, "a")).await.unwrap(), Some(entry(6)));
        cache.keep(&key(1, "a"), &entry(9)).await.unwrap();
        cache.keep(&key(1, "a"), &entry(7)).await.unwrap();
        assert_eq!(cache.find(&key(1, "a")).await.unwrap(), Some(entry(9)), "the newer one stays");
        cache.forget("numbers", &["a".to_owned()], Position::new(8)).await.unwrap();
        assert_eq!(cache.find(&key(1, "a")).await.unwrap(), Some(entry(9)), "told late of what it has");
    });
}

/// Readers that are slow, events that are told in order, and keys that vanish: what is found is never older than the last event
/// that was told of it.
#[test]
fn what_is_found_holds_every_event_that_was_told() {
    deadline::run(async {
        let Some(shared) = Shared::fresh() else { return };
        let (cache, seed) = (cache(&shared), rand::random());
        println!("seed {seed}");
        let mut random = StdRng::seed_from_u64(seed);
        let ids = ["a", "b", "c"];
        let (mut told, mut last) = (1_u64, [0_u64; 3]);
        let mut read: Vec<(usize, u64)> = Vec::new();
        for _ in 0..500 {
            let which = random.random_range(0..ids.len());
            match random.random_range(0..10) {
                0..3 => {
                    told += 1;
                    last[which] = told;
                    cache.forget("numbers", &[ids[which].to_owned()], Position::new(told)).await.unwrap();
                }
                3..6 => read.push((which, told)),
                6..9 if !read.is_empty() => {
                    let (which, as_of) = read.swap_remove(random.random_range(0..read.len()));
                    cache.keep(&key(1, ids[which]), &entry(as_of)).await.unwrap();
                }
                _ => {
                    let found = cache.find(&key(1, ids[which])).await.unwrap();
                    assert!(found.is_none_or(|found| found.as_of.get() >= last[which]), "{}", ids[which]);
                }
            }
        }
    });
}
