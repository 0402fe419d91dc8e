//! What one run has made, for people and for programs.

use std::fmt;

use diptych_http::Money;
use indicatif::HumanCount;
use serde::Serialize;
use shop::{money::Cents, orders::OrderStatus};

use super::plan::Order;

/// What one run has made.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Made {
    /// What everything was drawn from.
    pub(super) seed: u64,
    pub(super) users: u64,
    pub(super) follows: u64,
    pub(super) posts: u64,
    pub(super) orders: u64,
    draft_orders: u64,
    submitted_orders: u64,
    paid_orders: u64,
    shipped_orders: u64,
    cancelled_orders: u64,
    /// The sum of the orders that are not cancelled.
    revenue: Money,
    pub(super) commands: u64,
    /// Up to where the log must be read to see all of it.
    pub(super) position: u64,
    /// How long the commands took.
    pub(super) seconds: f64,
    /// An order that was made; none if none was.
    #[serde(skip)]
    pub(super) order: Option<String>,
    /// A user who was made.
    #[serde(skip)]
    pub(super) user: Option<String>,
    /// Whether it was ended by Ctrl-C.
    pub(super) interrupted: bool,
    /// Whether the read models hold all of it.
    pub(super) caught_up: bool,
}

impl Made {
    /// Nothing yet.
    pub(super) fn from_seed(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// One more command was taken.
    pub(super) fn taken(&mut self, commands: u64, position: u64) {
        self.commands = self.commands.saturating_add(commands);
        self.position = self.position.max(position);
    }

    /// One more order is complete.
    pub(super) fn ordered(&mut self, order: &Order) {
        self.orders += 1;
        let count = match order.status {
            OrderStatus::Draft => &mut self.draft_orders,
            OrderStatus::Submitted => &mut self.submitted_orders,
            OrderStatus::Paid => &mut self.paid_orders,
            OrderStatus::Shipped => &mut self.shipped_orders,
            OrderStatus::Cancelled => &mut self.cancelled_orders,
        };
        *count += 1;
        if order.status != OrderStatus::Cancelled {
            let so_far = Cents::try_from(self.revenue).unwrap_or(Cents::new(i64::MAX));
            self.revenue = so_far.plus(order.total()).into();
        }
    }
}

impl fmt::Display for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [users, follows, posts, orders] =
            [self.users, self.follows, self.posts, self.orders].map(HumanCount);
        let [draft, submitted, paid, shipped, cancelled] = [
            self.draft_orders,
            self.submitted_orders,
            self.paid_orders,
            self.shipped_orders,
            self.cancelled_orders,
        ]
        .map(HumanCount);
        writeln!(f, "Made {users} users, {follows} follows, {posts} posts and {orders} orders:")?;
        writeln!(
            f,
            "  {draft} drafts, {submitted} submitted, {paid} paid, {shipped} shipped, {cancelled} cancelled;"
        )?;
        writeln!(f, "  worth {} without those that were cancelled.", self.revenue)?;
        writeln!(f, "{} commands in {:.1} s.", HumanCount(self.commands), self.seconds)?;
        write!(f, "The same content again, beside this one: --seed {}", self.seed)
    }
}
