//! The state of someone who writes, articles or comments: whether there is such a person, and how they are shown.
//!
//! It is folded from the events of accounts. Name and picture stay sealed: commands hand the sealed values on to their
//! events, under the key of the same person, without ever reading them.

use diptych::{Personal, State};

use crate::accounts::{UserEvent, UserId};

/// Someone who writes, folded from the stream of the user.
#[derive(State, Debug, PartialEq)]
#[state(category = "user", events = UserEvent, id = UserId)]
pub struct Writer {
    known: Option<Byline>,
}

/// How someone is shown beside what they wrote, sealed.
#[derive(Clone, Debug, PartialEq)]
pub struct Byline {
    /// The name.
    pub name: Personal<String>,
    /// Where the picture is; none without one.
    pub avatar: Option<Personal<String>>,
}

impl Writer {
    /// How they are shown; none if there is no such user.
    #[must_use]
    pub const fn known(&self) -> Option<&Byline> {
        self.known.as_ref()
    }

    fn evolve(&mut self, event: &UserEvent) {
        match event {
            UserEvent::UserRegistered { display_name, avatar_url, .. } => {
                self.known = Some(Byline { name: display_name.clone(), avatar: avatar_url.clone() });
            }
            UserEvent::UserProfileUpdated { display_name, avatar_url, .. } => {
                if let Some(known) = &mut self.known {
                    known.name = display_name.clone().unwrap_or_else(|| known.name.clone());
                    known.avatar = avatar_url.clone().or_else(|| known.avatar.take());
                }
            }
        }
    }
}
