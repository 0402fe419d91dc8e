//! Whether the condition of an append holds, on the writer's thread, where nothing changes meanwhile.
//!
//! In turn: the ends of streams that the writer remembers, which answer for scopes of one stream; the events recorded
//! last, judged by the matcher of reference; and the log itself, read as any reader reads it, for a decision that was
//! made on what stood long ago. Of those a reader has judged most of the log before (`ahead.rs`).

use diptych_core::{AppendCondition, Conflict, Position, Scope};

use super::{member::Refusal, writer::Writer};
use crate::read::{self, Names};

impl Writer<'_> {
    /// The expected revisions first, then the boundary.
    pub(super) fn judge(&mut self, condition: &AppendCondition, judged_to: Position) -> Result<(), Refusal> {
        for (stream, expected) in &condition.expected {
            let end = self.known.stream(self.connection, stream)?;
            let found = end.and_then(|end| end.last).map(|(revision, _)| revision);
            if !expected.holds(found) {
                return Err(Conflict::Revision { stream: stream.clone(), expected: *expected, found }.into());
            }
        }
        let after = condition.after;
        if after >= self.head {
            return Ok(());
        }
        for scope in &condition.boundary.0 {
            // A reader has judged the scopes that name no stream.
            let from = if scope.stream.is_none() { judged_to.max(after) } else { after };
            if let Some(found) = self.newer(scope, from)? {
                return Err(Conflict::Boundary { after, found }.into());
            }
        }
        Ok(())
    }

    /// The place of an event of a scope after a position.
    fn newer(&mut self, scope: &Scope, after: Position) -> rusqlite::Result<Option<Position>> {
        let recent = self.recent.knows_after(after);
        if let Some(stream) = &scope.stream {
            let end = if recent {
                self.known.remembered(stream)
            } else {
                self.known.stream(self.connection, stream)?
            };
            match end.and_then(|end| end.last) {
                Some((_, last)) if last <= after => return Ok(None),
                None if !recent => return Ok(None),
                Some(_) | None => {}
            }
        }
        if recent {
            return Ok(self.recent.find(scope, after));
        }
        // Names of the open transaction may be rolled back, so they are not remembered.
        read::newer(self.connection, &mut Names::default(), scope, after, self.head)
    }
}
