//! Whether the condition of an append holds, on the writer's thread, where nothing changes meanwhile.
//!
//! In turn: the ends of streams that the writer remembers, which answer for scopes of one stream; the events recorded
//! last, judged by the matcher of reference; and the log itself, read as any reader reads it, for a decision that was
//! made on what stood long ago.

use diptych_core::{
    AppendCondition, Conflict, Position, Scope,
    store::{Direction, ReadRequest},
};

use super::{member::Refusal, writer::Writer};
use crate::read::{self, Names};

impl Writer<'_> {
    /// The expected revisions first, then the boundary.
    pub(super) fn judge(&mut self, condition: &AppendCondition) -> Result<(), Refusal> {
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
            if let Some(found) = self.newer(scope, after)? {
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
        if recent { Ok(self.recent.find(scope, after)) } else { self.newer_in_log(scope, after) }
    }

    fn newer_in_log(&self, scope: &Scope, after: Position) -> rusqlite::Result<Option<Position>> {
        // Names of the open transaction may be rolled back, so they are not remembered.
        let mut names = Names::default();
        let filter = scope.clone().into();
        let mut request = ReadRequest { filter, from: after, limit: 1, direction: Direction::Forward };
        loop {
            let page = read::page(self.connection, &mut names, &request, self.head)?;
            if let Some(event) = page.events.first() {
                return Ok(Some(event.position()));
            }
            if page.considered >= self.head {
                return Ok(None);
            }
            request.from = page.considered;
        }
    }
}
