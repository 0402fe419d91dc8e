//! Those who follow through the kills, each from its own checkpoint: they see every event once, in order.

use diptych_testkit::deadline::within;
use tokio::{sync::watch, task::JoinHandle};

use super::log::{self, Log, Logged};
use crate::{
    shop::Shop,
    sse::{Event, Events},
};

/// Where followers find the shop that is up at present.
struct Present(watch::Receiver<Shop>);

impl Present {
    fn shop(&mut self) -> Shop {
        self.0.borrow_and_update().clone()
    }

    /// The next one, after that one was killed.
    async fn next(&mut self) -> Shop {
        self.0.changed().await.expect("it is started again");
        self.shop()
    }
}

/// Those who read the log, with pages of several sizes.
pub(super) struct OfLog {
    tasks: Vec<JoinHandle<Vec<Logged>>>,
    last: watch::Sender<Option<u64>>,
}

impl OfLog {
    pub(super) fn begin(shops: &watch::Sender<Shop>, from: u64) -> Self {
        let (last, _) = watch::channel(None);
        let begin = |page| tokio::spawn(read_on(Present(shops.subscribe()), from, page, last.subscribe()));
        Self { tasks: [3, 100].map(begin).into(), last }
    }

    /// Waits until all are at the head, and holds what they have seen against the log; answers how many events.
    pub(super) async fn end(self, log: &Log) -> usize {
        self.last.send_replace(Some(log.head()));
        let mut seen = 0;
        for task in self.tasks {
            let events = within("a follower comes to the head", task).await.unwrap();
            assert!(events == log.since_start(), "a follower has not seen every event once, in order");
            seen += events.len();
        }
        seen
    }
}

/// Reads the log page by page, and waits at the head until a projection is past it.
async fn read_on(
    mut present: Present,
    from: u64,
    limit: usize,
    last: watch::Receiver<Option<u64>>,
) -> Vec<Logged> {
    let (mut shop, mut checkpoint, mut events) = (present.shop(), from, Vec::new());
    while last.borrow().is_none_or(|last| checkpoint < last) {
        let Some(page) = log::page(&shop, checkpoint, limit).await else {
            shop = present.next().await;
            continue;
        };
        if let Some(event) = page.last() {
            checkpoint = event.position;
            events.extend(page);
            continue;
        }
        let path = format!("/api/stats/dashboard?position={}&wait=true&timeoutMs=500", checkpoint + 1);
        if shop.call("GET", &path).try_answer().await.is_none() {
            shop = present.next().await;
        }
    }
    events
}

/// Those who follow the views of some orders as Server-Sent Events.
pub(super) struct OfViews {
    tasks: Vec<(String, JoinHandle<Vec<Event>>)>,
    last: watch::Sender<Option<u64>>,
}

impl OfViews {
    pub(super) fn begin(shops: &watch::Sender<Shop>, orders: &[String]) -> Self {
        let (last, _) = watch::channel(None);
        let begin = |order: &String| {
            let told = follow(Present(shops.subscribe()), order.clone(), last.subscribe());
            (order.clone(), tokio::spawn(told))
        };
        Self { tasks: orders.iter().map(begin).collect(), last }
    }

    /// Waits until all have seen the last view. Each has seen views that grow, and each of them is what the log was then.
    pub(super) async fn end(self, log: &Log) {
        let of = |order: &str| {
            let events = log.all().iter().filter(|event| event.id == order && event.category == "order");
            events.map(|event| (event.position, event.revision)).collect::<Vec<_>>()
        };
        let last = self.tasks.iter().filter_map(|(order, _)| Some(of(order).last()?.0)).min();
        self.last.send_replace(last);
        for (order, task) in self.tasks {
            let told = within("a follower sees the last view", task).await.unwrap();
            assert!(told.is_sorted_by(|one, next| one.id < next.id), "a view is told twice");
            let known = of(&order);
            for event in told {
                let place = known.iter().find(|(position, _)| Some(*position) == event.id);
                let (_, revision) = place.expect("the id is the position of an event of the order");
                assert_eq!(event.data["version"], *revision);
                assert_eq!(event.data["itemCount"], revision + 1);
            }
        }
    }
}

/// Follows until it has seen what happened at the last position, or later.
async fn follow(mut present: Present, order: String, mut last: watch::Receiver<Option<u64>>) -> Vec<Event> {
    let (mut shop, mut told) = (present.shop(), Vec::<Event>::new());
    loop {
        let seen = told.last().and_then(|event| event.id);
        let path = format!("/api/orders/{order}/stream");
        let call = shop.call("GET", &path).header("Last-Event-ID", seen.unwrap_or_default().to_string());
        if let Some(response) = call.try_open().await {
            let mut events = Events::of(response);
            loop {
                let seen = told.last().and_then(|event: &Event| event.id);
                if last.borrow_and_update().is_some_and(|last| seen >= Some(last)) {
                    return told;
                }
                tokio::select! {
                    _ = last.changed() => {}
                    event = events.try_next() => match event {
                        Ok(Some(event)) => told.push(event),
                        Ok(None) | Err(_) => break,
                    },
                }
            }
        }
        shop = present.next().await;
    }
}
