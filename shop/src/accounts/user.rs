//! The state of one user: whether there is such a person, and which e-mail they hold.

use diptych::{Id, State, personal::Blind};

use super::UserEvent;

/// Names a user.
#[derive(Id)]
pub struct UserId(String);

/// One user, folded from the stream of their profile. The e-mail is known by its keyed hash alone.
#[derive(State, Debug, PartialEq)]
#[state(category = "user", events = UserEvent, snapshot(every = 100))]
pub struct User {
    email_key: Option<Blind>,
}

impl User {
    /// Whether there is such a user.
    #[must_use]
    pub const fn exists(&self) -> bool {
        self.email_key.is_some()
    }

    /// The keyed hash of the e-mail that they hold; none if there is no such user.
    #[must_use]
    pub const fn email_key(&self) -> Option<&Blind> {
        self.email_key.as_ref()
    }

    fn evolve(&mut self, event: &UserEvent) {
        match event {
            UserEvent::UserRegistered { email_key, .. } => self.email_key = Some(email_key.clone()),
            UserEvent::UserProfileUpdated { email_key, .. } => {
                self.email_key = email_key.clone().or_else(|| self.email_key.take());
            }
        }
    }
}
