//! Whether the log has an event of a scope after a position: what a condition asks that memory cannot answer.

use diptych_core::{
    Position, Scope,
    store::{Direction, ReadRequest},
};
use rusqlite::Connection;

use super::{names::Names, page::page};

/// The place of an event of this scope after a position, up to `head`.
pub(crate) fn newer(
    connection: &Connection,
    names: &mut Names,
    scope: &Scope,
    after: Position,
    head: Position,
) -> rusqlite::Result<Option<Position>> {
    let filter = scope.clone().into();
    let mut request = ReadRequest { filter, from: after, limit: 1, direction: Direction::Forward };
    loop {
        let page = page(connection, names, &request, head)?;
        if let Some(event) = page.events.first() {
            return Ok(Some(event.position()));
        }
        if page.considered >= head {
            return Ok(None);
        }
        request.from = page.considered;
    }
}
