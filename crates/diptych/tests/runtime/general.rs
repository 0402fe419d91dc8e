//! The general form: two states of one type, a set, reads that follow from reads, events to several streams.

use diptych::{
    App, At, Command, Context, Each, Events, ExecuteError, Node, Stores, StreamId, command::States,
};

use crate::shop::{
    Account, AccountEvent, AccountId, Order, OrderEvent, OrderId, Product, ProductEvent, ProductId,
    ShopRejection, id,
};

/// Two states of one type, and events to both streams.
struct Transfer {
    from: AccountId,
    to: AccountId,
    cents: i64,
}

impl Command for Transfer {
    const NAME: &'static str = "Transfer";
    type Reads = (At<Account>, At<Account>);
    type Rejection = ShopRejection;

    fn target(&self) -> StreamId {
        StreamId::of("account", &self.from)
    }

    fn reads(&self, _: &Context) -> Self::Reads {
        (At::id(&self.from), At::id(&self.to))
    }

    fn decide(&self, (from, _): &States<Self>, _: &Context) -> Result<Events, ShopRejection> {
        if from.cents < self.cents {
            return Err(ShopRejection::TooLittle { left: from.cents });
        }
        let withdrawn = AccountEvent::Withdrawn { cents: self.cents };
        let deposited = AccountEvent::Deposited { cents: self.cents };
        let to = StreamId::of("account", &self.to);
        Ok(Events::one(self.target(), withdrawn).and(to, deposited))
    }
}

/// Nothing is read: a fact from outside.
struct Deposit(AccountId, i64);

impl Command for Deposit {
    const NAME: &'static str = "Deposit";
    type Reads = ();
    type Rejection = ShopRejection;

    fn target(&self) -> StreamId {
        StreamId::of("account", &self.0)
    }

    fn reads(&self, _: &Context) {}

    fn decide(&self, (): &(), _: &Context) -> Result<Events, ShopRejection> {
        Ok(Events::one(self.target(), AccountEvent::Deposited { cents: self.1 }))
    }
}

/// A set: the stock of every product, in one decision.
struct Stock(Vec<ProductId>, u32);

impl Command for Stock {
    const NAME: &'static str = "Stock";
    type Reads = Each<Product>;
    type Rejection = ShopRejection;

    fn target(&self) -> StreamId {
        StreamId::of("product", &self.0[0])
    }

    fn reads(&self, _: &Context) -> Self::Reads {
        Each::ids(self.0.iter().cloned())
    }

    fn decide(&self, products: &States<Self>, _: &Context) -> Result<Events, ShopRejection> {
        let missing = products.iter().filter(|(_, product)| product.pieces < self.1);
        Ok(missing.fold(Events::none(), |events, (id, product)| {
            let pieces = self.1 - product.pieces;
            events.and(StreamId::of("product", id), ProductEvent::Stocked { pieces })
        }))
    }
}

struct Draft(OrderId, Vec<ProductId>);

impl Command for Draft {
    const NAME: &'static str = "Draft";
    type Reads = At<Order>;
    type Rejection = ShopRejection;

    fn target(&self) -> StreamId {
        StreamId::of("order", &self.0)
    }

    fn reads(&self, _: &Context) -> Self::Reads {
        At::id(&self.0)
    }

    fn decide(&self, _: &Order, _: &Context) -> Result<Events, ShopRejection> {
        Ok(Events::one(self.target(), OrderEvent::Drafted { products: self.1.clone() }))
    }
}

/// Which products it reads is known only once the order has been read.
struct Submit(OrderId);

impl Command for Submit {
    const NAME: &'static str = "Submit";
    type Reads = (At<Order>, Each<Product>);
    type Rejection = ShopRejection;

    fn target(&self) -> StreamId {
        StreamId::of("order", &self.0)
    }

    fn reads(&self, _: &Context) -> Self::Reads {
        (At::id(&self.0), Each::none())
    }

    fn reads_more(&self, (order, _): &States<Self>) -> Option<Self::Reads> {
        Some((At::id(&self.0), Each::ids(order.products.iter().cloned())))
    }

    fn decide(&self, (order, products): &States<Self>, _: &Context) -> Result<Events, ShopRejection> {
        if order.submitted {
            return Err(ShopRejection::SubmittedAlready);
        }
        let mut events = Events::one(self.target(), OrderEvent::Submitted);
        for (product_id, product) in products {
            if product.pieces == 0 {
                return Err(ShopRejection::OutOfStock { product_id: product_id.clone() });
            }
            events = events.and(StreamId::of("product", product_id), ProductEvent::Reserved { pieces: 1 });
        }
        Ok(events)
    }
}

async fn node() -> Node {
    let app = App::with(Stores::memory(None).unwrap()).command::<Transfer>().command::<Deposit>();
    app.command::<Stock>().command::<Draft>().command::<Submit>().start().await.unwrap()
}

async fn cents(node: &Node, account: &str) -> i64 {
    node.load::<Account>(&id(account)).await.unwrap().cents
}

#[tokio::test]
async fn a_transfer_reads_two_accounts_and_writes_to_both_streams() {
    let node = node().await;
    node.execute(Deposit(id("A"), 100)).await.unwrap();
    node.execute(Transfer { from: id("A"), to: id("B"), cents: 70 }).await.unwrap();
    assert_eq!((cents(&node, "A").await, cents(&node, "B").await), (30, 70));
    let refused = node.execute(Transfer { from: id("A"), to: id("B"), cents: 31 }).await;
    assert!(matches!(refused, Err(ExecuteError::Rejected(ShopRejection::TooLittle { left: 30 }))));
}

#[tokio::test(flavor = "multi_thread")]
async fn money_is_neither_made_nor_lost_by_transfers_at_once() {
    let node = node().await;
    for account in ["A", "B", "C"] {
        node.execute(Deposit(id(account), 100)).await.unwrap();
    }
    let transfers = (0..90).map(|number| {
        let pair = [("A", "B"), ("B", "C"), ("C", "A")][number % 3];
        let (node, cents) = (node.clone(), 7);
        tokio::spawn(async move { node.execute(Transfer { from: id(pair.0), to: id(pair.1), cents }).await })
    });
    for transfer in futures::future::join_all(transfers).await {
        match transfer.unwrap() {
            Ok(_) | Err(ExecuteError::Rejected(ShopRejection::TooLittle { .. })) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    let all = [cents(&node, "A").await, cents(&node, "B").await, cents(&node, "C").await];
    assert_eq!(all.iter().sum::<i64>(), 300);
    assert!(all.iter().all(|cents| *cents >= 0), "{all:?}");
}

#[tokio::test]
async fn a_set_is_decided_at_once_and_already_so_gives_a_receipt_too() {
    let node = node().await;
    let first = node.execute(Stock(vec![id("P"), id("Q"), id("P")], 5)).await.unwrap();
    let again = node.execute(Stock(vec![id("P"), id("Q")], 5)).await.unwrap();
    assert_eq!(first.revision, again.revision);
    assert_eq!(node.store().head().await.unwrap(), first.position);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_piece_goes_to_one_order_though_its_products_are_named_by_the_order() {
    let node = node().await;
    node.execute(Stock(vec![id("P"), id("Q")], 1)).await.unwrap();
    for order in 0..16 {
        node.execute(Draft(id(&format!("O{order}")), vec![id("P"), id("Q")])).await.unwrap();
    }
    let submitted = (0..16).map(|order| {
        let node = node.clone();
        tokio::spawn(async move { node.execute(Submit(id(&format!("O{order}")))).await })
    });
    let mut won = 0;
    for one in futures::future::join_all(submitted).await {
        match one.unwrap() {
            Ok(_) => won += 1,
            Err(ExecuteError::Rejected(ShopRejection::OutOfStock { .. })) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(won, 1);
    assert_eq!(node.load::<Product>(&id("P")).await.unwrap().pieces, 0);
}
