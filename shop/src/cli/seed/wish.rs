//! One command of the seeding, before it is known whether it goes to a store or to a server.

use serde_json::{Value, json};
use shop::{
    money::{Cents, Price},
    orders::{Item, Quantity},
};

use diptych::BoxError;
use diptych_http::Money;

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// What.
    pub(super) name: &'static str,
    /// For how much each.
    pub(super) price: Cents,
    /// How many.
    pub(super) quantity: u32,
}

impl Line {
    /// The price of them all.
    pub(super) fn sum(&self) -> Cents {
        self.price.times(self.quantity)
    }

    /// As a command takes it.
    pub(super) fn item(&self) -> Result<Item, BoxError> {
        let (price, quantity) = (Price::new(self.price)?, Quantity::new(self.quantity)?);
        Ok(Item::new(None, Some(self.name.to_owned()), price, quantity)?)
    }

    /// As the API takes it.
    pub(super) fn json(&self) -> Value {
        json!({ "name": self.name, "price": Money::from(self.price), "quantity": self.quantity })
    }
}

/// A command with everything that it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// Register a user.
    Register { email: String, name: String },
    /// Follow another user.
    Follow { follower: String, followed: String },
    /// Write a post.
    Post { user: String, text: String },
    /// Create an order.
    Create { customer: String, lines: Vec<Line> },
    /// One more thing that is to become of an order.
    Then { order: String, step: Step },
}

/// What may become of an order that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A line is added.
    Add(Line),
    /// It is submitted.
    Submit,
    /// It is paid.
    Pay { reference: String },
    /// It is shipped.
    Ship { tracking: String },
    /// It is called off.
    Cancel { reason: &'static str },
}

impl Wish {
    /// The path and the body that the API takes it at.
    pub(super) fn request(&self) -> (String, Value) {
        match self {
            Self::Register { email, name } => {
                ("/api/users".into(), json!({ "email": email, "displayName": name }))
            }
            Self::Follow { follower, followed } => {
                (format!("/api/users/{follower}/follow"), json!({ "followedId": followed }))
            }
            Self::Post { user, text } => (format!("/api/users/{user}/posts"), json!({ "text": text })),
            Self::Create { customer, lines } if lines.is_empty() => {
                ("/api/orders".into(), json!({ "customerId": customer }))
            }
            Self::Create { customer, lines } => {
                let items: Vec<_> = lines.iter().map(Line::json).collect();
                ("/api/orders".into(), json!({ "customerId": customer, "items": items }))
            }
            Self::Then { order, step } => {
                let (verb, body) = step.request();
                (format!("/api/orders/{order}/{verb}"), body)
            }
        }
    }
}

impl Step {
    /// What stands behind the order's path, and the body.
    fn request(&self) -> (&'static str, Value) {
        match self {
            Self::Add(line) => ("items", line.json()),
            Self::Submit => ("submit", Value::Null),
            Self::Pay { reference } => ("pay", json!({ "paymentReference": reference })),
            Self::Ship { tracking } => ("ship", json!({ "trackingNumber": tracking })),
            Self::Cancel { reason } => ("cancel", json!({ "reason": reason })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_sent_to_the_cent() {
        let line = Line { name: "Ink", price: Cents::new(1_405), quantity: 2 };
        let (path, body) = Wish::Then { order: "O".into(), step: Step::Add(line) }.request();
        assert_eq!(path, "/api/orders/O/items");
        assert_eq!(body.to_string(), r#"{"name":"Ink","price":14.05,"quantity":2}"#);
    }
}
