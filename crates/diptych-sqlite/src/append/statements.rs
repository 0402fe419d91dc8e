//! The statements of the writer, prepared once.

use rusqlite::{Connection, Statement};

/// Prepared on the writer's connection.
pub(super) struct Statements<'c> {
    pub(super) begin: Statement<'c>,
    /// Changes when another connection, which nobody has but another process, has written.
    pub(super) data_version: Statement<'c>,
    pub(super) commit: Statement<'c>,
    pub(super) rollback: Statement<'c>,
    pub(super) savepoint: Statement<'c>,
    pub(super) release: Statement<'c>,
    pub(super) rollback_to: Statement<'c>,
    pub(super) insert_category: Statement<'c>,
    pub(super) insert_stream: Statement<'c>,
    pub(super) insert_type: Statement<'c>,
    pub(super) insert_tag: Statement<'c>,
    pub(super) insert_event: Statement<'c>,
    pub(super) insert_event_tag: Statement<'c>,
}

impl<'c> Statements<'c> {
    pub(super) fn prepare(connection: &'c Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            begin: connection.prepare("BEGIN IMMEDIATE")?,
            data_version: connection.prepare("PRAGMA data_version")?,
            commit: connection.prepare("COMMIT")?,
            rollback: connection.prepare("ROLLBACK")?,
            savepoint: connection.prepare("SAVEPOINT member")?,
            release: connection.prepare("RELEASE member")?,
            rollback_to: connection.prepare("ROLLBACK TO member")?,
            insert_category: connection.prepare(include_str!("../../sql/append/insert_category.sql"))?,
            insert_stream: connection.prepare(include_str!("../../sql/append/insert_stream.sql"))?,
            insert_type: connection.prepare(include_str!("../../sql/append/insert_type.sql"))?,
            insert_tag: connection.prepare(include_str!("../../sql/append/insert_tag.sql"))?,
            insert_event: connection.prepare(include_str!("../../sql/append/insert_event.sql"))?,
            insert_event_tag: connection.prepare(include_str!("../../sql/append/insert_event_tag.sql"))?,
        })
    }
}
