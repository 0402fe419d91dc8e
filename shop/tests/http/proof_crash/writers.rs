//! Those who write at once until the shop is gone: each to orders of its own, all to some orders that they share.

use std::sync::Arc;

use diptych_testkit::deadline::within;
use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
use tokio::{sync::mpsc, task::JoinSet};

use super::command::{Awaited, Heard, Said, Sent};
use crate::shop::{Shop, fresh};

/// A command, and what was answered while the shop was up.
#[derive(Clone, Debug)]
pub(super) struct Tried {
    pub(super) sent: Sent,
    pub(super) said: Option<Said>,
}

/// All of them.
pub(super) struct Writers {
    tasks: JoinSet<Vec<Tried>>,
    answers: mpsc::UnboundedReceiver<()>,
}

impl Writers {
    pub(super) fn begin(
        shop: &Shop,
        customer: &str,
        shared: Vec<String>,
        many: usize,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Self {
        let (answered, answers) = mpsc::unbounded_channel();
        let shared: Arc<[String]> = shared.into();
        let mut tasks = JoinSet::new();
        for _ in 0..many {
            let writer = Writer {
                shop: shop.clone(),
                customer: customer.to_owned(),
                shared: Arc::clone(&shared),
                rng: Xoshiro256PlusPlus::from_rng(rng),
                answered: answered.clone(),
                tried: Vec::new(),
            };
            tasks.spawn(writer.until_it_is_gone());
        }
        Self { tasks, answers }
    }

    /// Waits until so many commands were answered.
    pub(super) async fn answered(&mut self, many: usize) {
        within("commands are answered", async {
            for _ in 0..many {
                self.answers.recv().await.expect("the writers go on");
            }
        })
        .await;
    }

    /// Everything that they have tried, once the shop is gone. What one writer was answered came in its order.
    pub(super) async fn end(self) -> Vec<Tried> {
        let Self { tasks, answers } = self;
        let each = within("the writers hear of the kill", tasks.join_all()).await;
        drop(answers);
        for tried in &each {
            let places = tried.iter().filter_map(|tried| match &tried.said {
                Some(Said::Taken(receipt)) if tried.sent.records => Some(receipt.position),
                _ => None,
            });
            let places: Vec<_> = places.collect();
            assert!(places.is_sorted_by(|one, next| one < next), "{places:?}");
        }
        each.into_iter().flatten().collect()
    }
}

struct Writer {
    shop: Shop,
    customer: String,
    shared: Arc<[String]>,
    rng: Xoshiro256PlusPlus,
    answered: mpsc::UnboundedSender<()>,
    tried: Vec<Tried>,
}

/// The shop is no more.
struct Gone;

impl Writer {
    async fn until_it_is_gone(mut self) -> Vec<Tried> {
        loop {
            let done = match self.rng.random_range(0..10) {
                0..4 => self.own_order().await,
                4..8 => self.shared_order().await,
                8 => self.nothing_comes_of_it().await,
                _ => self.stale_or_first().await,
            };
            if let Err(Gone) = done {
                return self.tried;
            }
        }
    }

    async fn send(&mut self, sent: Sent) -> Result<Said, Gone> {
        match sent.heard_of(&self.shop).await {
            Heard::Said(said) => {
                self.tried.push(Tried { sent, said: Some(said.clone()) });
                // Nobody counts any more once it is killed.
                let _ = self.answered.send(());
                Ok(said)
            }
            Heard::Gone => {
                self.tried.push(Tried { sent, said: None });
                Err(Gone)
            }
        }
    }

    /// From a draft to its end, after which nothing is taken.
    async fn own_order(&mut self) -> Result<(), Gone> {
        let (create, id) = Sent::create(&self.customer);
        self.send(create).await?;
        for _ in 0..self.rng.random_range(0..3) {
            self.send(Sent::add(&id, Awaited::Taken)).await?;
        }
        let what = ["submit", "cancel"][self.rng.random_range(0..2)];
        self.send(Sent::tell(&id, what, Awaited::Taken)).await?;
        self.send(Sent::add(&id, Awaited::Refused)).await?;
        Ok(())
    }

    async fn shared_order(&mut self) -> Result<(), Gone> {
        let id = self.any_shared();
        self.send(Sent::add(&id, Awaited::Taken)).await?;
        Ok(())
    }

    /// Only where nobody has added anything since; the second time someone has, if only this writer.
    async fn stale_or_first(&mut self) -> Result<(), Gone> {
        let id = self.any_shared();
        if let Said::Taken(receipt) = self.send(Sent::add(&id, Awaited::Taken)).await? {
            let seen = receipt.revision;
            self.send(Sent::add(&id, Awaited::Either).if_match(seen)).await?;
            self.send(Sent::add(&id, Awaited::Refused).if_match(seen)).await?;
        }
        Ok(())
    }

    /// What is refused, each for another reason, and what is so already.
    async fn nothing_comes_of_it(&mut self) -> Result<(), Gone> {
        let id = self.any_shared();
        let sent = match self.rng.random_range(0..5) {
            0 => Sent::create_as(&fresh("ORD"), &fresh("NOBODY"), Awaited::Refused),
            1 => Sent::create_as(&id, &self.customer, Awaited::Refused),
            2 => Sent::tell(&id, "pay", Awaited::Refused),
            3 => Sent::stale_profile(&self.customer),
            _ => Sent::already_so(&self.customer),
        };
        self.send(sent).await?;
        Ok(())
    }

    fn any_shared(&mut self) -> String {
        self.shared[self.rng.random_range(0..self.shared.len())].clone()
    }
}
