//! Who holds an e-mail: the state behind "an e-mail belongs to one user only".
//!
//! It is folded from the events that carry the tag `email:<keyed hash>`, in whatever streams they are. A command that gives
//! someone an e-mail reads this scope, so the scope is in the condition of its append: of two who ask for the same e-mail at
//! the same time, the second is told of the first's event and decides again.

use std::collections::BTreeMap;

use diptych::{At, Context, State, Tag, personal::Blind};

use super::{Email, UserEvent, UserId};

/// Who holds which of the e-mails that a scope is about, by keyed hash.
#[derive(State, Debug, PartialEq)]
#[state(category = "user", events = UserEvent, id = UserId)]
pub struct EmailOwners {
    holders: BTreeMap<Blind, UserId>,
}

impl EmailOwners {
    /// All that was ever said of this e-mail.
    #[must_use]
    pub fn of(email: &Email, cx: &Context) -> At<Self> {
        At::tagged(Tag::new("email", email.key(cx)))
    }

    /// Who holds the e-mail of this key; none if it is free. It must be one that the scope is about: an event that gives up
    /// one e-mail for another is in the scopes of both, so more keys may stand here than were asked for.
    #[must_use]
    pub fn holder(&self, key: &Blind) -> Option<&UserId> {
        self.holders.get(key)
    }

    fn evolve(&mut self, event: &UserEvent) {
        match event {
            UserEvent::UserRegistered { user_id, email_key, .. } => {
                self.holders.insert(email_key.clone(), user_id.clone());
            }
            UserEvent::UserProfileUpdated { user_id, email_key, released_email_key, .. } => {
                if let Some(released) = released_email_key {
                    self.holders.remove(released);
                }
                if let Some(key) = email_key {
                    self.holders.insert(key.clone(), user_id.clone());
                }
            }
        }
    }
}
