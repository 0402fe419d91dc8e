//! Filling: everything that is drawn is sent, many at once, and counted.
//!
//! A plan that has begun is brought to its end, whatever happens: being told to stop and an error of another plan both
//! mean only that no further plan is begun. So every order that is there is complete.

use diptych::id::{IdSource, TimeOrderedIds};
use futures::{StreamExt, stream};
use tokio_util::sync::CancellationToken;

use super::{
    made::Made,
    plan::{Draw, Order},
    target::{SendError, Sent, Target},
    wish::Wish,
};
use crate::cli::progress::Progress;

/// How many plans are under way at once.
const AT_ONCE: usize = 64;

/// One filling under way.
pub(super) struct Filling<'a> {
    /// Where to.
    pub(super) target: Target,
    /// Told to stop.
    pub(super) stop: CancellationToken,
    /// What everything is drawn from.
    pub(super) draw: Draw,
    /// What was made so far.
    pub(super) made: &'a mut Made,
}

impl Filling<'_> {
    /// Makes users, what they do among each other, and orders.
    pub(super) async fn run(&mut self, users: usize, orders: usize) -> Result<(), SendError> {
        let users = self.users(users).await?;
        if users.is_empty() {
            return Ok(());
        }
        self.follows(&users).await?;
        self.posts(&users).await?;
        self.orders(orders, &users).await
    }

    /// Registers users; their ids, in the order in which they were drawn.
    async fn users(&mut self, count: usize) -> Result<Vec<String>, SendError> {
        let run = fresh();
        let plans: Vec<_> =
            (0..count).map(|at| (at, self.draw.person(&format!("{run}.{}", at + 1)))).collect();
        let target = self.target.clone();
        let register = move |(at, wish)| {
            let target = target.clone();
            async move { Ok((at, target.send(wish).await?)) }
        };
        let mut ids = Vec::with_capacity(count);
        let made = &mut *self.made;
        let all = many(&self.stop, "users", plans.into_iter(), register, |(at, sent): (usize, Sent)| {
            made.users += 1;
            made.taken(1, sent.position);
            made.user = Some(sent.id.clone());
            ids.push((at, sent.id));
        });
        all.await?;
        ids.sort_unstable();
        Ok(ids.into_iter().map(|(_, id)| id).collect())
    }

    async fn follows(&mut self, users: &[String]) -> Result<(), SendError> {
        let pairs = self.draw.follows(users.len());
        let wish = |(follower, followed): &(usize, usize)| Wish::Follow {
            follower: users[*follower].clone(),
            followed: users[*followed].clone(),
        };
        let wishes: Vec<_> = pairs.iter().map(wish).collect();
        let made = &mut *self.made;
        let all = many(&self.stop, "follows", wishes.into_iter(), sending(&self.target), |sent: Sent| {
            made.follows += 1;
            made.taken(1, sent.position);
        });
        all.await
    }

    async fn posts(&mut self, users: &[String]) -> Result<(), SendError> {
        let posts = self.draw.posts(users.len());
        let wish = |(user, text): (usize, String)| Wish::Post { user: users[user].clone(), text };
        let wishes: Vec<_> = posts.into_iter().map(wish).collect();
        let made = &mut *self.made;
        let all = many(&self.stop, "posts", wishes.into_iter(), sending(&self.target), |sent: Sent| {
            made.posts += 1;
            made.taken(1, sent.position);
        });
        all.await
    }

    async fn orders(&mut self, count: usize, users: &[String]) -> Result<(), SendError> {
        let draw = &mut self.draw;
        let plans = (0..count).map(|_| {
            let order = draw.order(users.len());
            (users[order.customer].clone(), order)
        });
        let target = self.target.clone();
        let complete = move |(customer, order)| {
            let target = target.clone();
            async move { complete(&target, customer, order).await }
        };
        let made = &mut *self.made;
        let all =
            many(&self.stop, "orders", plans, complete, |(order, commands, last): (Order, u64, Sent)| {
                made.ordered(&order);
                made.taken(commands, last.position);
                made.order = Some(last.id);
            });
        all.await
    }
}

/// Creates an order and brings it as far as it is planned to come; answers how many commands that took, and the last.
async fn complete(target: &Target, customer: String, order: Order) -> Result<(Order, u64, Sent), SendError> {
    let mut last = target.send(Wish::Create { customer, lines: order.first.clone() }).await?;
    let mut commands = 1;
    for step in order.steps() {
        last = target.send(Wish::Then { order: last.id, step }).await?;
        commands += 1;
    }
    Ok((order, commands, last))
}

/// Sends what it is given.
fn sending(target: &Target) -> impl Fn(Wish) -> futures::future::BoxFuture<'static, Result<Sent, SendError>> {
    let target = target.clone();
    move |wish| {
        let target = target.clone();
        Box::pin(async move { target.send(wish).await })
    }
}

/// Works plans off, [`AT_ONCE`] at a time, until all are done, one fails or it is told to stop. What has begun is
/// finished in any case. The first failure is the one that is told.
async fn many<P, T, F>(
    stop: &CancellationToken,
    what: &'static str,
    plans: impl ExactSizeIterator<Item = P>,
    work: impl Fn(P) -> F,
    mut done: impl FnMut(T),
) -> Result<(), SendError>
where
    F: Future<Output = Result<T, SendError>> + Send + 'static,
    T: Send + 'static,
{
    if stop.is_cancelled() {
        return Ok(());
    }
    let halt = stop.child_token();
    let mut progress = Progress::of(what, u64::try_from(plans.len()).unwrap_or(u64::MAX));
    let begun = plans.take_while(|_| !halt.is_cancelled()).map(|plan| tokio::spawn(work(plan)));
    let mut running = stream::iter(begun).buffer_unordered(AT_ONCE);
    let mut outcome = Ok(());
    while let Some(joined) = running.next().await {
        match joined.map_err(SendError::from).flatten() {
            Ok(value) => {
                done(value);
                progress.step();
            }
            Err(error) => {
                halt.cancel();
                outcome = outcome.and(Err(error));
            }
        }
    }
    progress.end();
    outcome
}

/// What keeps the e-mails of this run apart from those of all others: the random end of a fresh id.
fn fresh() -> String {
    let id = TimeOrderedIds.draw().simple().to_string();
    id.chars().skip(id.len().saturating_sub(8)).collect()
}
