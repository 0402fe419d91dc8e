//! A simple model of orders, written apart from the shop: what every answer should be, by plain sums over plain lists.

use diptych::Timestamp;

/// What a client does.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Create { order: &'static str, customer: &'static str, lines: Vec<Line> },
    Add { order: &'static str, line: Line },
    Submit { order: &'static str },
    Pay { order: &'static str, reference: Option<&'static str> },
    Ship { order: &'static str },
    Cancel { order: &'static str, reason: Option<&'static str> },
    Wait { seconds: u64 },
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) cents: i64,
    pub(crate) quantity: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) id: &'static str,
    pub(crate) customer: &'static str,
    pub(crate) lines: Vec<Line>,
    pub(crate) status: &'static str,
    pub(crate) changes: u64,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) submitted: Option<Timestamp>,
    pub(crate) paid: Option<Timestamp>,
    pub(crate) shipped: Option<Timestamp>,
    pub(crate) cancelled: Option<Timestamp>,
    pub(crate) reference: Option<&'static str>,
    pub(crate) reason: Option<&'static str>,
}

impl Order {
    pub(crate) fn total(&self) -> i64 {
        self.lines.iter().map(|line| line.cents * i64::from(line.quantity)).sum()
    }
}

/// All orders, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    pub(crate) customers: Vec<&'static str>,
    pub(crate) orders: Vec<Order>,
}

impl Model {
    /// Takes a step; answers the code of the refusal, if it is refused.
    pub(crate) fn take(&mut self, step: &Step, now: Timestamp) -> Option<&'static str> {
        match step {
            Step::Wait { .. } => None,
            Step::Create { order, customer, lines } => self.create(order, customer, lines, now),
            Step::Add { order, line } => self.change(order, &["draft"], "not-draft", now, |order| {
                order.lines.push(line.clone());
            }),
            Step::Submit { order } => {
                if self.orders.iter().any(|o| o.id == *order && o.status == "draft" && o.lines.is_empty()) {
                    return Some("empty-order");
                }
                self.change(order, &["draft"], "not-draft", now, |order| {
                    order.status = "submitted";
                    order.submitted = Some(now);
                })
            }
            Step::Pay { order, reference } => {
                self.change(order, &["submitted"], "not-submitted", now, |order| {
                    order.status = "paid";
                    order.paid = Some(now);
                    order.reference = *reference;
                })
            }
            Step::Ship { order } => self.change(order, &["paid"], "not-paid", now, |order| {
                order.status = "shipped";
                order.shipped = Some(now);
            }),
            Step::Cancel { order, reason } => {
                self.change(order, &["draft", "submitted"], "not-cancellable", now, |order| {
                    order.status = "cancelled";
                    order.cancelled = Some(now);
                    order.reason = *reason;
                })
            }
        }
    }

    fn create(
        &mut self,
        id: &'static str,
        customer: &'static str,
        lines: &[Line],
        now: Timestamp,
    ) -> Option<&'static str> {
        if !self.customers.contains(&customer) {
            return Some("customer-not-found");
        }
        if self.orders.iter().any(|order| order.id == id) {
            return Some("order-exists");
        }
        self.orders.push(Order {
            id,
            customer,
            lines: lines.to_vec(),
            status: "draft",
            changes: 0,
            created: now,
            updated: now,
            submitted: None,
            paid: None,
            shipped: None,
            cancelled: None,
            reference: None,
            reason: None,
        });
        None
    }

    fn change(
        &mut self,
        id: &str,
        from: &[&str],
        refusal: &'static str,
        now: Timestamp,
        change: impl FnOnce(&mut Order),
    ) -> Option<&'static str> {
        let Some(order) = self.orders.iter_mut().find(|order| order.id == id) else {
            return Some("order-not-found");
        };
        if !from.contains(&order.status) {
            return Some(refusal);
        }
        change(order);
        order.changes += 1;
        order.updated = now;
        None
    }

    pub(crate) fn count(&self, status: &str) -> u64 {
        self.orders.iter().filter(|order| order.status == status).count().try_into().unwrap()
    }

    /// The sum of the orders that are not cancelled, and their number.
    pub(crate) fn revenue(&self) -> (i64, i64) {
        let kept: Vec<_> = self.orders.iter().filter(|order| order.status != "cancelled").collect();
        (kept.iter().map(|order| order.total()).sum(), kept.len().try_into().unwrap())
    }

    /// Days on which orders were submitted, oldest first, with their number and sum.
    pub(crate) fn days(&self) -> Vec<(String, u64, i64)> {
        let mut days: Vec<(String, u64, i64)> = Vec::new();
        for order in &self.orders {
            let Some(day) = order.submitted.map(Timestamp::day) else { continue };
            match days.iter_mut().find(|(known, ..)| *known == day) {
                Some((_, count, sum)) => {
                    *count += 1;
                    *sum += order.total();
                }
                None => days.push((day, 1, order.total())),
            }
        }
        days.sort();
        days
    }
}
