//! What refuses an append: a stream that is not as expected, or an event in the boundary that the decision has not seen.

use diptych_core::{AppendCondition, Conflict};

use super::log::Log;

/// Whether the condition holds of the log as it stands: the expected revisions first, then the boundary.
pub(super) fn check(condition: &AppendCondition, log: &Log) -> Result<(), Conflict> {
    for (stream, expected) in &condition.expected {
        let found = log.last_of(stream).map(|(revision, _)| revision);
        if !expected.holds(found) {
            return Err(Conflict::Revision { stream: stream.clone(), expected: *expected, found });
        }
    }
    let after = condition.after;
    for scope in &condition.boundary.0 {
        if let Some(found) = log.first_after(scope, after) {
            return Err(Conflict::Boundary { after, found });
        }
    }
    Ok(())
}
