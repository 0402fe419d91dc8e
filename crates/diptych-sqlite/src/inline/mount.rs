//! Mounting an inline projection: its tables are made, and filled from the log page by page, between appends, before any append
//! goes through it.
//!
//! The catalogue remembers which are filled, of which version, and what their schemas made. When a store is opened all of
//! them count as left behind at the head, since appends may come before they are mounted again; so one that a program
//! leaves out for a while, and mounts later, is brought up from where it was left.

use std::sync::Arc;

use diptych_core::{Failure, Filter, InlineProjection, Position, ProjectionSpec, store::ReadRequest};
use rusqlite::{Connection, OptionalExtension};

use super::Mounted;
use crate::{
    append::Writer,
    failure::{failure, kind},
    read::{self, Names},
};

const DOING: &str = "mounting an inline projection";

/// Marks the projections that are kept up with every append as filled up to `head`.
///
/// # Errors
/// What SQLite said.
pub(crate) fn leave_behind(connection: &Connection, head: Position) -> rusqlite::Result<()> {
    let names = {
        let mut statement = connection.prepare(include_str!("../../sql/inline/kept_up.sql"))?;
        let names = statement.query_map([], |row| row.get::<_, String>(0))?;
        names.collect::<rusqlite::Result<Vec<_>>>()?
    };
    names.iter().try_for_each(|name| set_caught_up(connection, name, Some(head)))
}

/// Whether a projection is mounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mounting {
    /// There are old events that it has not taken yet.
    Goes,
    /// It is in the transaction of every append from now on.
    Done,
}

/// Takes one page of old events, or mounts what has taken all of them. Appends go through between two such steps, so they wait
/// for a page at most, however long the log is.
///
/// # Errors
/// [`Failure`] where a schema does not apply or the projection cannot take an old event.
pub(crate) fn mount(
    writer: &mut Writer<'_>,
    projection: &Arc<dyn InlineProjection>,
) -> Result<Mounting, Failure> {
    let mounted = Mounted { projection: Arc::clone(projection), spec: projection.spec() };
    let from = in_transaction(writer, || register(writer, &mounted.spec))?;
    if from < writer.head {
        // Its former version has no tables any more; appends go without it until the new one has caught up.
        writer.inline.take_out(&mounted.spec.name);
    }
    // All events are asked for, since a name that the projection knows may be in no dictionary yet.
    if from < writer.head && in_transaction(writer, || fill(writer, &mounted, from))? < writer.head {
        return Ok(Mounting::Goes);
    }
    in_transaction(writer, || {
        set_caught_up(writer.connection, &mounted.spec.name, None).map_err(|error| failure(DOING, error))
    })?;
    writer.inline.put(mounted);
    Ok(Mounting::Done)
}

/// Makes the tables, unless they are there; answers up to where they are filled.
fn register(writer: &Writer<'_>, spec: &ProjectionSpec) -> Result<Position, Failure> {
    let connection = writer.connection;
    let wrap = |error| failure(DOING, error);
    if let Some(known) = known(connection, &spec.name).map_err(wrap)? {
        if known.version == spec.version {
            // One that is mounted, and is mounted again.
            return Ok(known.caught_up.unwrap_or(writer.head));
        }
        drop_objects(connection, &known.objects).map_err(wrap)?;
        connection.execute(include_str!("../../sql/inline/unregister.sql"), [&*spec.name]).map_err(wrap)?;
    }
    let before = objects(connection).map_err(wrap)?;
    let made = {
        let _watching = writer.guard.watching();
        connection.execute_batch(&spec.schema)
    };
    made.map_err(|error| {
        let doing = format!("making the tables of inline projection {}", spec.name);
        Failure::new(kind(&error), doing, error)
    })?;
    let after = objects(connection).map_err(wrap)?;
    let new: Vec<_> = after.into_iter().filter(|object| !before.contains(object)).collect();
    let registered = connection
        .execute(include_str!("../../sql/inline/register.sql"), (&*spec.name, spec.version, new.join("\n")));
    registered.map_err(wrap)?;
    Ok(Position::START)
}

/// Applies the next page of old events; answers up to where the tables are filled now.
fn fill(writer: &Writer<'_>, mounted: &Mounted, from: Position) -> Result<Position, Failure> {
    let wrap = |error| failure(DOING, error);
    let request = ReadRequest::after(Filter::All, from);
    let page = read::page(writer.connection, &mut Names::default(), &request, writer.head).map_err(wrap)?;
    for event in &page.events {
        mounted.apply(writer.connection, &writer.guard, event)?;
    }
    set_caught_up(writer.connection, &mounted.spec.name, Some(page.considered)).map_err(wrap)?;
    Ok(page.considered)
}

fn in_transaction<T>(writer: &Writer<'_>, work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    let run = |sql| writer.connection.execute_batch(sql).map_err(|error| failure(DOING, error));
    run("BEGIN IMMEDIATE")?;
    let done = work().and_then(|done| run("COMMIT").map(|()| done));
    if done.is_err() && !writer.connection.is_autocommit() {
        run("ROLLBACK")?;
    }
    done
}

struct Catalogued {
    version: u32,
    caught_up: Option<Position>,
    objects: String,
}

fn known(connection: &Connection, name: &str) -> rusqlite::Result<Option<Catalogued>> {
    let mut statement = connection.prepare_cached(include_str!("../../sql/inline/known.sql"))?;
    let known = statement.query_row([name], |row| {
        let caught_up = row.get::<_, Option<i64>>(1)?.map(Position::from_i64);
        Ok(Catalogued { version: row.get(0)?, caught_up, objects: row.get(2)? })
    });
    known.optional()
}

fn set_caught_up(connection: &Connection, name: &str, position: Option<Position>) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(include_str!("../../sql/inline/caught_up.sql"))?;
    statement.execute((name, position.map(Position::to_i64)))?;
    Ok(())
}

/// Tables and views that are not ours, one `type name` each.
fn objects(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare_cached(include_str!("../../sql/inline/objects.sql"))?;
    let objects = statement
        .query_map([], |row| Ok(format!("{} {}", row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    objects.collect()
}

/// Drops what a former version made, with its indexes and triggers.
fn drop_objects(connection: &Connection, objects: &str) -> rusqlite::Result<()> {
    for object in objects.lines() {
        let Some((kind, name)) = object.split_once(' ') else { continue };
        let name = name.replace('"', "\"\"");
        connection.execute_batch(&format!("DROP {kind} IF EXISTS \"{name}\""))?;
    }
    Ok(())
}
