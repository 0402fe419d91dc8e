//! A page of the log: which way it is found, and up to where everything was considered.
//!
//! A filter that is one stream goes through that stream; scopes that all name a stream or a tag go through the indexes;
//! all others go through the log itself, so many rows at a time.

use diptych_core::{
    Position, RecordedEvent,
    store::{Direction, MAX_PAGE, Page, ReadRequest},
};
use rusqlite::{Connection, Statement};

use super::{
    matcher::{Matcher, NumberedScope},
    names::Names,
    places::{Found, Part, places},
    row,
};

/// The most rows that one page goes through, matching or not.
pub(super) const CONSIDERED: usize = 8 * MAX_PAGE;

const LOG_FORWARD: &str = include_str!("../../sql/read/log_forward.sql");
const LOG_BACKWARD: &str = include_str!("../../sql/read/log_backward.sql");
const STREAM_FORWARD: &str = include_str!("../../sql/read/stream_forward.sql");
const STREAM_BACKWARD: &str = include_str!("../../sql/read/stream_backward.sql");

/// Reads a page of what stood in the log when `head` was the last position.
pub(crate) fn page(
    connection: &Connection,
    names: &mut Names,
    request: &ReadRequest,
    head: Position,
) -> rusqlite::Result<Page> {
    let part = Part { from: request.from, head, direction: request.direction };
    let limit = request.limit.min(MAX_PAGE);
    if limit == 0 {
        return Ok(Page { events: Vec::new(), considered: request.from.min(head), head });
    }
    if part.is_empty() {
        return Ok(Page { events: Vec::new(), considered: part.end(), head });
    }
    let matcher = Matcher::of(connection, names, &request.filter)?;
    let found = match &matcher {
        Matcher::Any(scopes) if scopes.is_empty() => Gathered { events: Vec::new(), considered: part.end() },
        Matcher::Any(scopes) if scopes.iter().all(NumberedScope::is_indexed) => match scopes.as_slice() {
            [NumberedScope { stream: Some(stream), .. }] => {
                of_stream(connection, names, &matcher, &part, *stream, limit)?
            }
            _ => of_places(connection, names, &matcher, &part, scopes, limit)?,
        },
        Matcher::All | Matcher::Any(_) => of_log(connection, names, &matcher, &part, limit)?,
    };
    Ok(Page { events: found.events, considered: found.considered, head })
}

struct Gathered {
    events: Vec<RecordedEvent>,
    considered: Position,
}

fn of_log(
    connection: &Connection,
    names: &mut Names,
    matcher: &Matcher,
    part: &Part,
    limit: usize,
) -> rusqlite::Result<Gathered> {
    let mut statement = connection.prepare_cached(part.either(LOG_FORWARD, LOG_BACKWARD))?;
    let most = if matches!(matcher, Matcher::All) { limit } else { CONSIDERED };
    statement.raw_bind_parameter(3, i64::try_from(most).unwrap_or(i64::MAX))?;
    gather(connection, names, matcher, part, &mut statement, Most { rows: most, events: limit })
}

fn of_stream(
    connection: &Connection,
    names: &mut Names,
    matcher: &Matcher,
    part: &Part,
    stream: i64,
    limit: usize,
) -> rusqlite::Result<Gathered> {
    let mut statement = connection.prepare_cached(part.either(STREAM_FORWARD, STREAM_BACKWARD))?;
    statement.raw_bind_parameter(3, i64::try_from(CONSIDERED).unwrap_or(i64::MAX))?;
    statement.raw_bind_parameter(4, stream)?;
    gather(connection, names, matcher, part, &mut statement, Most { rows: CONSIDERED, events: limit })
}

struct Most {
    rows: usize,
    events: usize,
}

/// Goes through the rows of a statement until there are enough events.
fn gather(
    connection: &Connection,
    names: &mut Names,
    matcher: &Matcher,
    part: &Part,
    statement: &mut Statement<'_>,
    most: Most,
) -> rusqlite::Result<Gathered> {
    statement.raw_bind_parameter(1, part.from.to_i64())?;
    statement.raw_bind_parameter(2, part.head.to_i64())?;
    let (mut events, mut considered, mut count) =
        (Vec::with_capacity(room(matcher, part, &most)), part.from, 0);
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        count += 1;
        considered = row::position(row)?;
        let numbers = row::numbers(row)?;
        if matcher.passes(connection, names, numbers)? {
            events.push(row::event(connection, names, row, numbers)?);
            if events.len() == most.events {
                return Ok(Gathered { events, considered });
            }
        }
    }
    let considered = if count < most.rows { part.end() } else { considered };
    Ok(Gathered { events, considered })
}

/// How many events there will be, where that is known: growing moves all that is there already.
fn room(matcher: &Matcher, part: &Part, most: &Most) -> usize {
    match (matcher, part.direction) {
        (Matcher::All, Direction::Forward) => {
            let left = part.head.get().saturating_sub(part.from.get());
            usize::try_from(left).unwrap_or(usize::MAX).min(most.events)
        }
        (Matcher::All, Direction::Backward) | (Matcher::Any(_), _) => 0,
    }
}

/// Reads the events at the places that the indexes give for the scopes.
fn of_places(
    connection: &Connection,
    names: &mut Names,
    matcher: &Matcher,
    part: &Part,
    scopes: &[NumberedScope],
    limit: usize,
) -> rusqlite::Result<Gathered> {
    let Found { places, considered } = places(connection, part, scopes, limit)?;
    let mut statement = connection.prepare_cached(include_str!("../../sql/read/event.sql"))?;
    let mut events = Vec::with_capacity(places.len().min(limit));
    for place in places {
        let mut rows = statement.query([place.to_i64()])?;
        let Some(row) = rows.next()? else { continue };
        let numbers = row::numbers(row)?;
        if matcher.passes(connection, names, numbers)? {
            events.push(row::event(connection, names, row, numbers)?);
            if events.len() == limit {
                return Ok(Gathered { events, considered: place });
            }
        }
    }
    Ok(Gathered { events, considered })
}

impl Part {
    fn is_empty(&self) -> bool {
        match self.direction {
            Direction::Forward => self.from >= self.head,
            Direction::Backward => self.from.min(self.head) == Position::START,
        }
    }
}
