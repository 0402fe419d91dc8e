//! The state of a customer, as an order looks at one: whether there is such a person, and how they are called.
//!
//! It is folded from the events of accounts. Name and e-mail stay sealed: [`CreateOrder`](super::CreateOrder) hands the
//! sealed values on to its event, under the key of the same person, without ever reading them.

use diptych::{Personal, State};

use crate::accounts::{UserEvent, UserId};

/// One customer, folded from the stream of the user.
#[derive(State, Debug, PartialEq)]
#[state(category = "user", events = UserEvent, id = UserId)]
pub struct Customer {
    known: Option<Contact>,
}

/// How a customer is called and reached, sealed.
#[derive(Clone, Debug, PartialEq)]
pub struct Contact {
    /// The name.
    pub name: Personal<String>,
    /// The e-mail.
    pub email: Personal<String>,
}

impl Customer {
    /// How they are called and reached; none if there is no such customer.
    #[must_use]
    pub const fn known(&self) -> Option<&Contact> {
        self.known.as_ref()
    }

    fn evolve(&mut self, event: &UserEvent) {
        match event {
            UserEvent::UserRegistered { display_name, email, .. } => {
                self.known = Some(Contact { name: display_name.clone(), email: email.clone() });
            }
            UserEvent::UserProfileUpdated { display_name, email, .. } => {
                if let Some(known) = &mut self.known {
                    known.name = display_name.clone().unwrap_or_else(|| known.name.clone());
                    known.email = email.clone().unwrap_or_else(|| known.email.clone());
                }
            }
        }
    }
}
