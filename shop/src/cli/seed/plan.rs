//! What is made, drawn from a seed: the same seed and the same numbers give the same people, orders and posts.
//!
//! The generator is one whose numbers are promised to stay the same in later releases. Ids and what keeps e-mails apart
//! are not drawn: they are fresh in every run, so that a second run adds and does not clash.

use std::collections::BTreeSet;

use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus, seq::IndexedRandom};
use shop::{money::Cents, orders::OrderStatus};

use super::{
    wish::{Line, Step, Wish},
    words,
};

/// How many of a hundred orders end in each state.
const ENDINGS: [(OrderStatus, u32); 5] = [
    (OrderStatus::Draft, 8),
    (OrderStatus::Submitted, 12),
    (OrderStatus::Paid, 16),
    (OrderStatus::Shipped, 54),
    (OrderStatus::Cancelled, 10),
];

/// Draws everything.
pub(super) struct Draw(Xoshiro256PlusPlus);

/// An order and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    /// Which of the users it is of.
    pub(super) customer: usize,
    /// What it begins with.
    pub(super) first: Vec<Line>,
    /// What is added to it, one by one.
    pub(super) later: Vec<Line>,
    /// How it ends up.
    pub(super) status: OrderStatus,
    /// Whether it is submitted before it is called off.
    submitted_first: bool,
    number: u32,
    reason: &'static str,
}

impl Order {
    /// What is to become of it once it has been created, in this order.
    pub(super) fn steps(&self) -> Vec<Step> {
        let mut steps: Vec<_> = self.later.iter().cloned().map(Step::Add).collect();
        let pay = || Step::Pay { reference: format!("PAY-{:08}", self.number) };
        let ship = || Step::Ship { tracking: format!("TRK{:09}", self.number) };
        let cancel = || Step::Cancel { reason: self.reason };
        steps.extend(match self.status {
            OrderStatus::Draft => vec![],
            OrderStatus::Submitted => vec![Step::Submit],
            OrderStatus::Paid => vec![Step::Submit, pay()],
            OrderStatus::Shipped => vec![Step::Submit, pay(), ship()],
            OrderStatus::Cancelled if self.submitted_first => vec![Step::Submit, cancel()],
            OrderStatus::Cancelled => vec![cancel()],
        });
        steps
    }

    /// What it costs.
    pub(super) fn total(&self) -> Cents {
        self.first.iter().chain(&self.later).fold(Cents::ZERO, |sum, line| sum.plus(line.sum()))
    }
}

impl Draw {
    /// From a seed.
    pub(super) fn from_seed(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    fn one_of<T: Copy>(&mut self, all: &'static [T]) -> T {
        all[self.0.random_range(0..all.len())]
    }

    /// The wish to register someone; `unlike` keeps the e-mail apart from all others.
    pub(super) fn person(&mut self, unlike: &str) -> Wish {
        let (first, last) = (self.one_of(&words::FIRST_NAMES), self.one_of(&words::LAST_NAMES));
        let domain = self.one_of(&["example.com", "example.net", "example.org"]);
        let local = format!("{first}.{last}").chars().flat_map(plain).collect::<String>();
        Wish::Register { email: format!("{local}.{unlike}@{domain}"), name: format!("{first} {last}") }
    }

    /// Who follows whom, of so many users: pairs of different ones, each once.
    pub(super) fn follows(&mut self, users: usize) -> BTreeSet<(usize, usize)> {
        let mut pairs = BTreeSet::new();
        for follower in 0..users {
            for _ in 0..self.0.random_range(0..=2) {
                let followed = self.0.random_range(0..users);
                if followed != follower {
                    pairs.insert((follower, followed));
                }
            }
        }
        pairs
    }

    /// Who writes what, of so many users.
    pub(super) fn posts(&mut self, users: usize) -> Vec<(usize, String)> {
        let mut posts = Vec::new();
        for user in 0..users {
            for _ in 0..self.0.random_range(0..=1) {
                let (opening, product) = (self.one_of(&words::OPENINGS), self.one_of(&words::PRODUCTS).0);
                posts.push((user, format!("{opening} {}.", product.to_lowercase())));
            }
        }
        posts
    }

    /// An order of one of so many users. What is submitted has a line at least.
    pub(super) fn order(&mut self, users: usize) -> Order {
        let status = ENDINGS.choose_weighted(&mut self.0, |(_, weight)| *weight);
        let status = status.map_or(OrderStatus::Shipped, |(status, _)| *status);
        let least = usize::from(status != OrderStatus::Draft);
        let first = self.0.random_range(least..=3);
        let later = self.0.random_range(0..=1);
        Order {
            customer: self.0.random_range(0..users.max(1)),
            first: (0..first).map(|_| self.line()).collect(),
            later: (0..later).map(|_| self.line()).collect(),
            status,
            submitted_first: self.0.random_bool(0.6),
            number: self.0.random_range(0..100_000_000),
            reason: self.one_of(&words::REASONS),
        }
    }

    fn line(&mut self) -> Line {
        let (name, cents) = self.one_of(&words::PRODUCTS);
        // Mostly one of a thing, now and then many.
        let quantity = [1, 1, 1, 1, 2, 2, 3, 4, 6, 12][self.0.random_range(0..10)];
        Line { name, price: Cents::new(cents), quantity }
    }
}

/// A character of a name as it stands in an e-mail.
fn plain(character: char) -> Vec<char> {
    match character {
        'ö' => vec!['o', 'e'],
        'ü' => vec!['u', 'e'],
        'á' => vec!['a'],
        'ë' => vec!['e'],
        'í' => vec!['i'],
        other => other.to_lowercase().collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn orders(seed: u64, count: usize) -> Vec<Order> {
        let mut draw = Draw::from_seed(seed);
        (0..count).map(|_| draw.order(10)).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_orders_and_another_one_others() {
        assert_eq!(orders(7, 100), orders(7, 100));
        assert_ne!(orders(7, 100), orders(8, 100));
    }

    #[test]
    fn the_states_are_spread_as_said() {
        let mut counts = BTreeMap::<_, u32>::new();
        for order in orders(1, 10_000) {
            *counts.entry(order.status).or_default() += 1;
        }
        for (status, percent) in ENDINGS {
            let wanted = percent * 100;
            assert!(counts[&status].abs_diff(wanted) < wanted / 4, "{status}: {}", counts[&status]);
        }
    }

    #[test]
    fn what_is_submitted_has_a_line() {
        assert!(orders(1, 2_000).iter().all(|o| o.status == OrderStatus::Draft || !o.first.is_empty()));
    }

    #[test]
    fn every_name_makes_an_address_that_the_shop_takes() {
        let mut draw = Draw::from_seed(1);
        for _ in 0..1_000 {
            let Wish::Register { email, .. } = draw.person("1f.7") else { panic!("a person registers") };
            assert!(email.is_ascii() && email.parse::<shop::accounts::Email>().is_ok(), "{email}");
        }
    }

    #[test]
    fn nobody_follows_themselves() {
        assert!(Draw::from_seed(1).follows(100).iter().all(|(follower, followed)| follower != followed));
        assert!(Draw::from_seed(1).follows(1).is_empty());
    }
}
