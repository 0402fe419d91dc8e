//! The state of one post: whether its id is taken.

use diptych::{Id, State};

use super::PostEvent;

/// Names a post.
#[derive(Id)]
pub struct PostId(String);

/// One post, folded from its stream.
#[derive(State, Debug, PartialEq)]
#[state(category = "post", events = PostEvent, snapshot(every = 100))]
pub struct Post {
    exists: bool,
}

impl Post {
    /// Whether it was written.
    #[must_use]
    pub const fn exists(&self) -> bool {
        self.exists
    }

    fn evolve(&mut self, event: &PostEvent) {
        match event {
            PostEvent::PostCreated { .. } => self.exists = true,
        }
    }
}
