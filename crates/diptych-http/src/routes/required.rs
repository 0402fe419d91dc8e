//! What must exist for an answer to be about anything.

use diptych::StreamId;

use super::Serving;
use crate::{Problem, outcome};

/// The things that an answer is of.
#[derive(Debug, Default)]
pub(super) struct Required(Vec<StreamId>);

impl Required {
    pub(super) fn add(&mut self, stream: StreamId) {
        self.0.push(stream);
    }

    /// Asks the write side for each, which knows them before any read model does.
    ///
    /// # Errors
    /// 404 where one does not exist.
    pub(super) async fn exist(self, serving: &Serving) -> Result<(), Problem> {
        for stream in self.0 {
            let last = serving.node().store().last_of(&stream).await;
            if last.map_err(|failure| outcome::of_failure(&failure))?.is_none() {
                let (category, id) = (stream.category(), stream.id().as_str());
                return Err(Problem::not_found(format!("there is no {category} {id:?}")));
            }
        }
        Ok(())
    }
}
