//! The rows of the table, a file each, in the order in which they are shown.

mod append;
mod appends_while_rebuilding;
mod boundary;
mod bytes_per_event;
mod catch_up;
mod commands;
mod get_order;
mod layers;
mod load_decide_append;
mod one_caller;
pub(crate) mod postgres;
mod projection;
mod query_after_command;
mod read_log;
mod server_on_a_million;

use crate::row::Row;

/// Every row.
pub(crate) fn all() -> Vec<Box<dyn Row>> {
    let mut all: Vec<Box<dyn Row>> = vec![
        Box::new(commands::Commands),
        Box::new(one_caller::OneCaller),
        Box::new(append::Append),
        Box::new(read_log::ReadLog),
        Box::new(load_decide_append::LoadDecideAppend),
        Box::new(boundary::Boundary),
        Box::new(projection::Projections),
        Box::new(query_after_command::QueryAfterCommand),
        Box::new(appends_while_rebuilding::AppendsWhileRebuilding),
        Box::new(layers::Layers),
        Box::new(bytes_per_event::BytesPerEvent),
        Box::new(get_order::GetOrder),
        Box::new(server_on_a_million::ServerOnAMillion),
        Box::new(catch_up::CatchUp),
    ];
    all.extend(postgres::all());
    all
}
