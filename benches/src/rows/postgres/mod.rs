//! The rows on PostgreSQL, a file each, in the order in which they are shown; [`bank`] is what they are about.

pub(crate) mod bank;
mod boundary;
mod commands;
mod projection;
mod read_log;
mod two_processes;
mod visible;

use crate::row::Row;

/// Every row on PostgreSQL.
pub(crate) fn all() -> Vec<Box<dyn Row>> {
    vec![
        Box::new(commands::Commands),
        Box::new(two_processes::TwoProcesses),
        Box::new(read_log::ReadLog),
        Box::new(projection::Projections),
        Box::new(boundary::Boundary),
        Box::new(visible::Visible),
    ]
}
