//! Judging ahead: the part of a condition that would keep the writer busy, judged by a reader before.
//!
//! A decision that was made on what stood long ago has much of the log to be judged against. What a reader finds of it up
//! to the head of that moment holds for ever, since no event is ever put before another one; the writer judges the rest.

use diptych_core::{AppendCondition, Failure, Position, Scope};

use super::Queue;
use crate::{pool::Reading, read, watch::News};

impl Queue {
    /// Up to where nothing is in those scopes of the boundary that name no stream, as far as that is worth asking a reader.
    ///
    /// # Errors
    /// [`Failure`] where the log cannot be read.
    pub(super) async fn judged_ahead(&self, condition: &AppendCondition) -> Result<Position, Failure> {
        let (after, News { head, remembered, .. }) = (condition.after, *self.news.borrow());
        let scopes = if after >= remembered { Vec::new() } else { without_stream(condition, head) };
        if scopes.is_empty() {
            return Ok(after);
        }
        let judge = move |Reading { connection, names, .. }: &mut Reading| {
            for scope in &scopes {
                if read::newer(connection, names, scope, after, head)?.is_some() {
                    return Ok(false);
                }
            }
            Ok(true)
        };
        let holds = self.readers.run("judging a condition on log.db", judge).await?;
        // What does not hold is judged again, in its turn among the checks.
        Ok(if holds { head } else { after })
    }
}

/// A scope with tags is judged by the writer itself while no more than this was recorded since.
const NEAR: u64 = 10_000;

/// The scopes that name no stream, if judging them may take long. The end of a stream the writer looks up at once.
fn without_stream(condition: &AppendCondition, head: Position) -> Vec<Scope> {
    let far = head.get().saturating_sub(condition.after.get()) > NEAR;
    let scopes = || condition.boundary.0.iter().filter(|scope| scope.stream.is_none());
    if far || scopes().any(|scope| scope.tags.is_empty()) { scopes().cloned().collect() } else { Vec::new() }
}
