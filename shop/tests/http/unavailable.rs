//! A store that cannot: what a caller is told, and that asking again settles it. 503, 504, and 500 of a defect.

use std::{sync::Arc, time::Duration};

use diptych::{App, Stores};
use diptych_cli::Settings;
use diptych_testkit::faulty::{Fault, FaultyStore};
use serde_json::json;

use crate::{
    answer::{Answer, Call},
    shop::{Shop, Store, fresh, on_own_shops, run},
};

on_own_shops![
    a_store_that_cannot_take_it_now_is_503_and_has_recorded_nothing,
    a_store_that_takes_no_commands_is_not_ready_and_says_why_until_it_does,
    others_who_are_first_again_and_again_are_503,
    an_outcome_that_is_not_known_is_504_and_the_key_settles_it,
    a_defect_of_the_store_is_500_and_tells_nothing_of_it,
    a_store_that_cannot_be_read_is_503_and_not_ready,
    a_command_that_hangs_holds_up_nobody,
];

/// A shop on a store of this kind, whose log fails where it is told to.
async fn faulty(store: Store) -> (Shop, FaultyStore) {
    let mut stores =
        Stores::open(&store.fresh().parse().unwrap(), Some(diptych::MasterKey::from_bytes([7; 32])))
            .await
            .unwrap();
    let log = FaultyStore::over(Arc::clone(&stores.events));
    stores.events = Arc::new(log.clone());
    let settings = Settings { listen: vec!["127.0.0.1:0".parse().unwrap()], ..Settings::default() };
    let app = shop::register(App::with(stores));
    let served = diptych_cli::serve(app, shop::routes(), &settings).await.unwrap();
    (Shop::at(served.addresses[0].to_string()), log)
}

fn register(shop: &Shop, user: &str, key: &str) -> Call {
    let body = json!({ "userId": user, "email": format!("{user}@example.com") });
    shop.call("POST", "/api/users").header("Idempotency-Key", key).json(&body)
}

/// 503 with what every one of them has.
#[track_caller]
fn is_unavailable(answer: &Answer) {
    let problem = answer.problem(503);
    assert_eq!((&problem["title"], &problem["retryAfter"]), (&json!("Service Unavailable"), &json!(1)));
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert!(!answer.text().contains("a fault"), "what broke is for the log: {problem}");
}

fn a_store_that_cannot_take_it_now_is_503_and_has_recorded_nothing(store: Store) {
    run(async {
        let (shop, log) = faulty(store).await;
        let (user, key) = (fresh("USR"), fresh("key"));
        log.next_appends([Fault::Unavailable]);
        is_unavailable(&register(&shop, &user, &key).answer().await);
        shop.get("/readyz").await.is(200);
        shop.get(&format!("/api/users/{user}")).await.problem(404);
        let receipt = register(&shop, &user, &key).answer().await.receipt("userId");
        assert_eq!(
            (receipt.revision, shop.view(&receipt).await["userId"].as_str()),
            (0, Some(user.as_str()))
        );
    });
}

fn a_store_that_takes_no_commands_is_not_ready_and_says_why_until_it_does(store: Store) {
    run(async {
        let (shop, log) = faulty(store).await;
        log.next_appends([Fault::Unavailable; 3]);
        is_unavailable(&register(&shop, &fresh("USR"), &fresh("key")).answer().await);
        let told = shop.get("/readyz").await;
        assert!(told.problem(503).to_string().contains("takes no commands"), "{}", told.text());
        let recovers = async {
            while shop.get("/readyz").await.status != 200 {
                // tidy: it probes at most once a second, by itself
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), recovers).await.expect("it recovers by itself");
    });
}

fn others_who_are_first_again_and_again_are_503(store: Store) {
    run(async {
        let (shop, log) = faulty(store).await;
        let (user, key) = (fresh("USR"), fresh("key"));
        // Once or twice is nothing that a caller hears of.
        log.next_appends([Fault::Overtaken; 2]);
        shop.user().await;
        log.next_appends([Fault::Overtaken; 24]);
        is_unavailable(&register(&shop, &user, &key).answer().await);
        register(&shop, &user, &key).answer().await.receipt("userId");
    });
}

fn an_outcome_that_is_not_known_is_504_and_the_key_settles_it(store: Store) {
    run(async {
        let (shop, log) = faulty(store).await;
        for fault in [Fault::AnswerLost, Fault::RequestLost] {
            let (user, key) = (fresh("USR"), fresh("key"));
            log.next_appends([fault]);
            let answer = register(&shop, &user, &key).answer().await;
            let problem = answer.problem(504);
            assert_eq!(problem["title"], "Outcome Unknown");
            assert!(problem["detail"].as_str().unwrap().contains("Idempotency-Key"), "{problem}");
            let receipt = register(&shop, &user, &key).answer().await.receipt("userId");
            assert_eq!(receipt.revision, 0);
            assert_eq!(register(&shop, &user, &key).answer().await.receipt("userId"), receipt);
            let stream = shop.get(&format!("/api/admin/streams/user/{user}")).await.is(200).json();
            assert_eq!(stream["items"].as_array().unwrap().len(), 1, "{fault:?} is settled once");
        }
    });
}

fn a_defect_of_the_store_is_500_and_tells_nothing_of_it(store: Store) {
    run(async {
        let (shop, log) = faulty(store).await;
        log.next_appends([Fault::Broken]);
        let answer = register(&shop, &fresh("USR"), &fresh("key")).answer().await;
        answer.problem(500);
        assert!(!answer.text().contains("a fault"), "{}", answer.text());
        shop.user().await;
    });
}

fn a_store_that_cannot_be_read_is_503_and_not_ready(store: Store) {
    run(async {
        let (shop, log) = faulty(store).await;
        let order = shop.order().await;
        shop.view(&order).await;
        log.reads_fail(true);
        is_unavailable(&shop.get("/api/admin/events").await);
        is_unavailable(&shop.get(&format!("/api/admin/streams/order/{}", order.id)).await);
        is_unavailable(&register(&shop, &fresh("USR"), &fresh("key")).answer().await);
        shop.get("/readyz").await.problem(503);
        shop.get("/livez").await.is(200);
        // What the read models have is still told.
        shop.get("/api/orders").await.is(200);
        log.reads_fail(false);
        shop.get("/readyz").await.is(200);
        shop.order().await;
    });
}

fn a_command_that_hangs_holds_up_nobody(store: Store) {
    run(async {
        let (shop, log) = faulty(store).await;
        let customer = shop.user().await;
        log.next_appends([Fault::Hangs]);
        let (user, key) = (fresh("USR"), fresh("key"));
        let hanging = register(&shop, &user, &key).answer();
        assert!(tokio::time::timeout(Duration::from_millis(300), hanging).await.is_err());
        let order = shop.order_of(&customer).await;
        assert_eq!(shop.view(&order).await["orderId"], order.id);
        shop.get("/readyz").await.is(200);
    });
}
