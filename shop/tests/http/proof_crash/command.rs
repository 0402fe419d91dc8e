//! A command of a writer, and what was answered to it.

use serde_json::{Value, json};

use crate::{
    receipt::Receipt,
    shop::{Shop, fresh, line},
};

/// A command with its key. The key is the correlation id too, by which its event is known in the log.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) key: String,
    method: &'static str,
    path: String,
    body: Value,
    if_match: Option<u64>,
    member: &'static str,
    pub(super) awaited: Awaited,
    /// Whether an event comes of it where it is taken.
    pub(super) records: bool,
}

/// What is known of the answer beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Awaited {
    Taken,
    Refused,
    /// That depends on who comes first.
    Either,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Taken(Receipt),
    Refused(u16),
}

impl Said {
    pub(super) const fn is_taken(&self) -> bool {
        matches!(self, Self::Taken(_))
    }
}

/// How an attempt ended.
pub(super) enum Heard {
    Said(Said),
    /// The shop is no more; whether the command was taken is not known.
    Gone,
}

impl Sent {
    fn new(path: String, body: Value, awaited: Awaited) -> Self {
        let key = format!("{}.", fresh("key"));
        let (method, member) = ("POST", "orderId");
        Self { key, method, path, body, if_match: None, member, awaited, records: true }
    }

    /// A new order with one line, and its id.
    pub(super) fn create(customer: &str) -> (Self, String) {
        let id = fresh("ORD");
        (Self::create_as(&id, customer, Awaited::Taken), id)
    }

    /// A new order of this id, which may be taken, or of a customer who may not exist.
    pub(super) fn create_as(id: &str, customer: &str, awaited: Awaited) -> Self {
        let body = json!({ "orderId": id, "customerId": customer, "items": [line()] });
        Self::new("/api/orders".to_owned(), body, awaited)
    }

    pub(super) fn add(order: &str, awaited: Awaited) -> Self {
        Self::new(format!("/api/orders/{order}/items"), line(), awaited)
    }

    /// `submit`, `pay`, `cancel`
    pub(super) fn tell(order: &str, what: &str, awaited: Awaited) -> Self {
        Self::new(format!("/api/orders/{order}/{what}"), json!({}), awaited)
    }

    pub(super) const fn if_match(mut self, revision: u64) -> Self {
        self.if_match = Some(revision);
        self
    }

    /// A profile that is changed to what it is already.
    pub(super) fn already_so(user: &str) -> Self {
        let path = format!("/api/users/{user}");
        let sent = Self::new(path, json!({ "version": 0 }), Awaited::Taken);
        Self { method: "PATCH", member: "userId", records: false, ..sent }
    }

    /// A profile that is changed by someone who has read one that never was.
    pub(super) fn stale_profile(user: &str) -> Self {
        let path = format!("/api/users/{user}");
        let sent = Self::new(path, json!({ "version": 7, "displayName": "Stale" }), Awaited::Refused);
        Self { method: "PATCH", member: "userId", ..sent }
    }

    /// Sends it, again and again while the shop says that it cannot take it now.
    pub(super) async fn heard_of(&self, shop: &Shop) -> Heard {
        loop {
            let mut call = shop.call(self.method, &self.path).json(&self.body);
            call = call.header("Idempotency-Key", &self.key).header("X-Correlation-ID", &self.key);
            if let Some(revision) = self.if_match {
                call = call.header("If-Match", format!("\"{revision}\""));
            }
            let Some(answer) = call.try_answer().await else { return Heard::Gone };
            let said = match answer.status {
                202 => Said::Taken(answer.receipt(self.member)),
                503 => continue,
                status @ (409 | 412 | 422) => {
                    answer.problem(status);
                    Said::Refused(status)
                }
                status => panic!("{self:?} is answered {status}: {}", answer.text()),
            };
            match self.awaited {
                Awaited::Taken => assert!(said.is_taken(), "{self:?}: {}", answer.text()),
                Awaited::Refused => assert!(!said.is_taken(), "{self:?}: {}", answer.text()),
                Awaited::Either => {}
            }
            return Heard::Said(said);
        }
    }

    /// What is said of it; none where the shop is no more.
    pub(super) async fn said_by(&self, shop: &Shop) -> Option<Said> {
        match self.heard_of(shop).await {
            Heard::Said(said) => Some(said),
            Heard::Gone => None,
        }
    }
}
