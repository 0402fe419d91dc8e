//! The state of one comment: whether its id is taken.

use diptych::{Id, State};

use super::CommentEvent;

/// Names a comment.
#[derive(Id)]
pub struct CommentId(String);

/// One comment, folded from its stream.
#[derive(State, Debug, PartialEq)]
#[state(category = "comment", events = CommentEvent, snapshot(every = 100))]
pub struct Comment {
    exists: bool,
}

impl Comment {
    /// Whether it was written.
    #[must_use]
    pub const fn exists(&self) -> bool {
        self.exists
    }

    fn evolve(&mut self, event: &CommentEvent) {
        match event {
            CommentEvent::ArticleCommented { .. } => self.exists = true,
        }
    }
}
