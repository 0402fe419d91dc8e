//! Many clients at once: never two winners, and afterwards every view is the fold of the log.

use futures::future::join_all;
use shop::{
    accounts::{FollowUser, views::GetUser},
    orders::{
        CancelOrder, Order, PayOrder, SubmitOrder,
        views::{Dashboard, GetOrder},
    },
};

use crate::running::{Shop, adding, creating, item, on_every_store, order, registering, user};

on_every_store![
    one_of_many_gets_an_email,
    one_of_many_follows,
    sixty_four_clients_pay_and_cancel_the_same_orders_and_one_wins_each,
];

async fn one_of_many_gets_an_email(shop: Shop) {
    let ids: Vec<_> = (0..32).map(|n| format!("user-{n}")).collect();
    let codes = join_all(ids.iter().map(|id| shop.code(registering(id, "same@example.org")))).await;
    assert_eq!(codes.iter().filter(|code| code.is_none()).count(), 1);
    assert_eq!(codes.iter().filter(|code| **code == Some("email-taken")).count(), 31);
    shop.close().await;
}

async fn one_of_many_follows(shop: Shop) {
    for id in ["ann", "bob"] {
        shop.register(id).await;
    }
    let following = || FollowUser { follower_id: user("ann"), followed_id: user("bob") };
    let codes = join_all((0..16).map(|_| shop.code(following()))).await;
    assert_eq!(codes.iter().filter(|code| code.is_none()).count(), 1);
    let bob = shop.ask(GetUser { user_id: user("bob") }).await.unwrap();
    assert_eq!(bob.view.follower_count, 1);
    shop.close().await;
}

async fn sixty_four_clients_pay_and_cancel_the_same_orders_and_one_wins_each(shop: Shop) {
    shop.register("ann").await;
    let ids = ["ORD-1", "ORD-2", "ORD-3", "ORD-4"];
    for id in ids {
        shop.send(creating(id, "ann", vec![item("Keyboard", 1_01, 3)])).await;
    }
    join_all((0..64).map(|n| act(&shop, ids[n % 4], n))).await;
    let mut kept = 0;
    for id in ids {
        let shown = shop.ask(GetOrder { order_id: order(id) }).await.unwrap().view;
        let folded = shop.node.load::<Order>(&order(id)).await.unwrap();
        let folded = folded.created().unwrap();
        assert_eq!((shown.status, shown.total), (folded.status, folded.total_cents.into()), "{id}");
        assert!(shown.paid_at.is_none() || shown.cancelled_at.is_none(), "{shown:?}");
        if shown.cancelled_at.is_none() {
            kept += folded.total_cents.get();
        }
    }
    assert_eq!(shop.ask(Dashboard).await.total_revenue, kept.into());
    shop.close().await;
}

/// Adds, submits, pays or cancels; whoever comes late is refused, and that is fine.
async fn act(shop: &Shop, id: &str, client: usize) {
    shop.code(adding(id, item("Mouse", 7, 1))).await;
    shop.code(SubmitOrder { order_id: order(id) }).await;
    if client.is_multiple_of(2) {
        shop.code(PayOrder { order_id: order(id), payment_reference: None }).await;
    } else {
        shop.code(CancelOrder { order_id: order(id), reason: None }).await;
    }
}
