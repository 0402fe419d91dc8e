//! What statements of others may not do on a connection of ours: end its transaction, leave its file, or touch our tables.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use rusqlite::{
    Connection,
    hooks::{AuthAction, AuthContext, Authorization},
};

/// What whoever tried is told.
pub(crate) const DENIED: &str = "not allowed here: a projection or query may not begin or end a transaction, attach files, \
     set pragmas, or change tables whose names begin with diptych_";

/// Stands on one connection. It is asked when a statement is prepared, so it costs nothing when one is run again.
#[derive(Clone, Debug)]
pub(crate) struct Guard(Arc<AtomicBool>);

impl Guard {
    /// Puts a guard on a connection. It lets everything pass until [`Guard::watching`].
    pub(crate) fn on(connection: &mut Connection) -> rusqlite::Result<Self> {
        let watching = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&watching);
        connection.authorizer(Some(move |context: AuthContext<'_>| {
            if asked.load(Ordering::Relaxed) && is_denied(context.action) {
                Authorization::Deny
            } else {
                Authorization::Allow
            }
        }))?;
        Ok(Self(watching))
    }

    /// Statements that are prepared while the answer lives are those of others.
    pub(crate) fn watching(&self) -> Watching<'_> {
        self.0.store(true, Ordering::Relaxed);
        Watching(&self.0)
    }
}

/// See [`Guard::watching`].
pub(crate) struct Watching<'a>(&'a AtomicBool);

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "SQLite may learn actions; what is not named here is harmless"
)]
fn is_denied(action: AuthAction<'_>) -> bool {
    match action {
        AuthAction::Transaction { .. }
        | AuthAction::Savepoint { .. }
        | AuthAction::Attach { .. }
        | AuthAction::Detach { .. }
        | AuthAction::Pragma { .. } => true,
        AuthAction::Insert { table_name }
        | AuthAction::Delete { table_name }
        | AuthAction::Update { table_name, .. }
        | AuthAction::CreateTable { table_name }
        | AuthAction::DropTable { table_name }
        | AuthAction::AlterTable { table_name, .. }
        | AuthAction::CreateTrigger { table_name, .. }
        | AuthAction::CreateIndex { table_name, .. } => table_name.starts_with("diptych_"),
        _ => false,
    }
}
