//! The rules of a store, `diptych_testkit::contract`, where they can be seen over HTTP.
//!
//! | rules | seen in |
//! |---|---|
//! | append, revision, completeness, the reading of the log | here |
//! | payload | `text`, `numbers` |
//! | revision as expected by a caller, with what was found | `versions` |
//! | boundary: by a tag, by another thing | `users` (e-mails), `orders` (customers), `winners` |
//! | watch | `queries`, `connections` (who waits is answered) |
//! | notes | `idempotency`, `status` |
//! | concurrency | `winners`, `idempotency` |
//! | abandon | `connections` |
//! | close, reopen | `shutdown`, `restart`, `proof_crash` |
//! | failures of the store | `unavailable` |
//!
//! What cannot be seen here: reading backward, boundaries that no command of the shop has, tables of inline projections
//! (`proof_crash` reads them in the folder), and other handles.

use futures::future::join_all;
use serde_json::{Value, json};

use crate::shop::{NEVER, Shop, fresh, line, on_every_store};

on_every_store![
    a_refused_command_leaves_nothing,
    revisions_have_no_gaps_and_positions_are_in_the_order_of_the_answers,
    pages_of_any_size_make_the_same_log,
    events_are_found_by_their_tag,
    a_sparse_filter_comes_to_the_head,
    beyond_the_head_there_is_nothing,
    readers_miss_nothing_while_writers_write,
];

async fn page(shop: &Shop, asked: &str) -> Value {
    shop.get(&format!("/api/admin/events?{asked}")).await.is(200).json()
}

fn positions(page: &Value) -> Vec<u64> {
    page["items"].as_array().unwrap().iter().map(|event| event["position"].as_u64().unwrap()).collect()
}

/// The events of one conversation, which are nobody else's.
async fn of_conversation(shop: &Shop, id: &str) -> Vec<u64> {
    positions(&page(shop, &format!("correlation={id}&limit=1000")).await)
}

async fn a_refused_command_leaves_nothing(shop: Shop) {
    let (order, id) = (shop.order().await, fresh("corr"));
    let stream = format!("stream=order/{}", order.id);
    let before = page(&shop, &stream).await["items"].clone();
    let items = json!({ "customerId": fresh("NOBODY"), "items": [line()] });
    for (path, body, if_match) in [
        (format!("{}/pay", order.own), json!({}), None),
        (format!("{}/items", order.own), line(), Some("\"7\"")),
        ("/api/orders".to_owned(), items, None),
        ("/api/orders".to_owned(), json!({ "orderId": order.id, "customerId": shop.user().await }), None),
    ] {
        let mut call = shop.call("POST", &path).header("X-Correlation-ID", &id).json(&body);
        if let Some(tag) = if_match {
            call = call.header("If-Match", tag);
        }
        let status = call.answer().await.status;
        assert!([409, 412, 422].contains(&status), "{path}: {status}");
    }
    assert_eq!(page(&shop, &stream).await["items"], before);
    assert_eq!(of_conversation(&shop, &id).await, Vec::<u64>::new());
    shop.get(&format!("/api/admin/correlations/{id}")).await.problem(404);
}

async fn revisions_have_no_gaps_and_positions_are_in_the_order_of_the_answers(shop: Shop) {
    let order = shop.order().await;
    let mut last = order.position;
    for revision in 1..=5 {
        let added = shop.post(&format!("{}/items", order.own), line()).await.receipt("orderId");
        assert_eq!(added.revision, revision);
        assert!(added.position > last);
        last = added.position;
    }
    let many = (0..20).map(|_| {
        let (shop, path) = (shop.clone(), format!("{}/items", order.own));
        async move { shop.post(&path, line()).await.receipt("orderId") }
    });
    let mut added = join_all(many).await;
    added.sort_by_key(|receipt| receipt.revision);
    assert!(added.iter().map(|receipt| receipt.revision).eq(6..26));
    assert!(added.is_sorted_by(|one, next| one.position < next.position));
    let told = positions(&page(&shop, &format!("stream=order/{}&limit=1000", order.id)).await);
    assert!(told.ends_with(&added.iter().map(|receipt| receipt.position).collect::<Vec<_>>()));
}

async fn pages_of_any_size_make_the_same_log(shop: Shop) {
    let from = shop.order().await.position;
    for _ in 0..10 {
        shop.order().await;
    }
    let whole = page(&shop, &format!("from={from}&limit=1000")).await;
    let (whole, head) = (positions(&whole), whole["head"].as_u64().unwrap());
    assert!(whole.len() >= 21 && whole.is_sorted_by(|one, next| one < next));
    for limit in [1, 3, 7, 20] {
        let (mut next, mut read) = (Some(from), Vec::new());
        while let Some(from) = next.filter(|from| *from <= head) {
            let page = page(&shop, &format!("from={from}&limit={limit}")).await;
            let events = positions(&page);
            assert!(events.len() <= limit && page["head"].as_u64().unwrap() >= head);
            read.extend(events);
            next = page["next"].as_u64();
        }
        read.retain(|position| *position <= head);
        assert_eq!(read, whole.iter().copied().filter(|at| *at <= head).collect::<Vec<_>>(), "{limit}");
    }
}

async fn events_are_found_by_their_tag(shop: Shop) {
    let customer = shop.user().await;
    let orders = [shop.order_of(&customer).await.position, shop.order_of(&customer).await.position];
    shop.order().await;
    assert_eq!(positions(&page(&shop, &format!("tag=customer:{customer}")).await), orders);
    let of_type = format!("tag=customer:{customer}&type=OrderCreated&category=order");
    assert_eq!(positions(&page(&shop, &of_type).await), orders);
    for other in [
        format!("tag=customer:{}", customer.to_lowercase()),
        format!("tag=customer:{customer}&type=OrderPaid"),
        format!("tag=customer:{customer}&category=user"),
    ] {
        assert_eq!(positions(&page(&shop, &other).await), Vec::<u64>::new(), "{other}");
    }
}

async fn a_sparse_filter_comes_to_the_head(shop: Shop) {
    let order = shop.order().await;
    for _ in 0..5 {
        shop.order().await;
    }
    let path = format!("stream=order/{}&limit=1", order.id);
    let first = page(&shop, &path).await;
    assert_eq!(positions(&first), [order.position]);
    if let Some(next) = first["next"].as_u64() {
        let second = page(&shop, &format!("{path}&from={next}")).await;
        assert_eq!((positions(&second), &second["next"]), (Vec::new(), &Value::Null));
    }
}

async fn beyond_the_head_there_is_nothing(shop: Shop) {
    let order = shop.order().await;
    let page = page(&shop, &format!("from={NEVER}")).await;
    assert_eq!((positions(&page), &page["next"]), (Vec::new(), &Value::Null));
    assert!(page["head"].as_u64().unwrap() >= order.position);
}

/// Readers poll the log from where they are while others write; what any of them was shown is what there is, in order.
async fn readers_miss_nothing_while_writers_write(shop: Shop) {
    const WRITERS: usize = 8;
    let (customer, from) = (shop.user().await, shop.order().await.position);
    let writers = (0..WRITERS).map(|_| {
        let (shop, customer) = (shop.clone(), customer.clone());
        tokio::spawn(async move {
            let mut written = Vec::new();
            for _ in 0..10 {
                written.push(shop.order_of(&customer).await.position);
            }
            written
        })
    });
    let readers = [1, 3, 50, 1_000].map(|limit| {
        let (shop, filter) = (shop.clone(), format!("tag=customer:{customer}&limit={limit}"));
        tokio::spawn(async move {
            let (mut seen, mut from) = (Vec::new(), from);
            while seen.len() < 10 * WRITERS {
                let page = page(&shop, &format!("{filter}&from={from}")).await;
                seen.extend(positions(&page));
                from = page["next"].as_u64().or_else(|| Some(seen.last()? + 1)).unwrap_or(from);
            }
            seen
        })
    });
    let mut written = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        written.extend(writer.await.unwrap());
    }
    written.sort_unstable();
    for reader in readers {
        assert_eq!(reader.await.unwrap(), written);
    }
}
