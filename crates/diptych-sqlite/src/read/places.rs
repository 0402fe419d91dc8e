//! The places at which the indexes say that events of some scopes stand.
//!
//! Of the tags of a scope the rarest drives, and the others are probed. How rare a tag is nobody keeps count of: it is
//! counted up to a bound that grows until one tag stays below it, so the counting costs a small multiple of the rarest.

use diptych_core::{Position, store::Direction};
use rusqlite::{Connection, OptionalExtension};

use super::{matcher::NumberedScope, names::type_ids, page::CONSIDERED};

/// The part of the log that a page is taken from, and the way through it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) from: Position,
    pub(super) head: Position,
    pub(super) direction: Direction,
}

impl Part {
    /// What has been considered when nothing is left.
    pub(super) const fn end(&self) -> Position {
        match self.direction {
            Direction::Forward => self.head,
            Direction::Backward => Position::START,
        }
    }

    pub(super) const fn either<T: Copy>(&self, forward: T, backward: T) -> T {
        match self.direction {
            Direction::Forward => forward,
            Direction::Backward => backward,
        }
    }

    /// The one of two places that is reached first.
    fn nearer(&self, a: Position, b: Position) -> Position {
        self.either(a.min(b), a.max(b))
    }
}

/// Places in the order of the page, each once. What stands up to `considered` and is not among them is in no scope.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) places: Vec<Position>,
    pub(super) considered: Position,
}

impl NumberedScope {
    /// Whether an index leads to its events.
    pub(super) fn is_indexed(&self) -> bool {
        self.stream.is_some() || !self.tags.is_empty()
    }
}

/// The next places of these scopes, at most about `limit` of each; those of a scope that is narrowed further may turn
/// out not to be in it.
pub(super) fn places(
    connection: &Connection,
    part: &Part,
    scopes: &[NumberedScope],
    limit: usize,
) -> rusqlite::Result<Found> {
    let mut all = Found { places: Vec::new(), considered: part.end() };
    for scope in scopes {
        match scope.stream {
            Some(stream) => all.add(part, of_stream(connection, part, stream, limit)?),
            None => {
                let types = scope.types.clone().map_or_else(|| type_ids(connection), Ok)?;
                for event_type in types {
                    all.add(part, of_tags(connection, part, &scope.tags, event_type, limit)?);
                }
            }
        }
    }
    match part.direction {
        Direction::Forward => all.places.sort_unstable(),
        Direction::Backward => all.places.sort_unstable_by(|a, b| b.cmp(a)),
    }
    all.places.dedup();
    let considered = all.considered;
    all.places.retain(|place| part.nearer(*place, considered) == *place);
    Ok(all)
}

impl Found {
    fn add(&mut self, part: &Part, more: Self) {
        self.places.extend(more.places);
        self.considered = part.nearer(self.considered, more.considered);
    }
}

fn of_stream(connection: &Connection, part: &Part, stream: i64, limit: usize) -> rusqlite::Result<Found> {
    let sql = part.either(
        include_str!("../../sql/read/stream_positions_forward.sql"),
        include_str!("../../sql/read/stream_positions_backward.sql"),
    );
    let mut statement = connection.prepare_cached(sql)?;
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let places =
        statement.query_map((part.from.to_i64(), part.head.to_i64(), most, stream), |row| row.get(0))?;
    let places: Vec<Position> =
        places.map(|place| place.map(Position::from_i64)).collect::<Result<_, _>>()?;
    let considered = places.last().filter(|_| places.len() >= limit).copied();
    Ok(Found { considered: considered.unwrap_or(part.end()), places })
}

fn of_tags(
    connection: &Connection,
    part: &Part,
    tags: &[i64],
    event_type: i64,
    limit: usize,
) -> rusqlite::Result<Found> {
    let mut found = Found { places: Vec::new(), considered: part.end() };
    let Some(driver) = rarest(connection, part, tags, event_type)? else { return Ok(found) };
    let sql = part.either(
        include_str!("../../sql/read/tag_positions_forward.sql"),
        include_str!("../../sql/read/tag_positions_backward.sql"),
    );
    let most = if tags.len() == 1 { limit } else { CONSIDERED };
    let bound = i64::try_from(most).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(sql)?;
    let mut probe = connection.prepare_cached(include_str!("../../sql/read/has_tag.sql"))?;
    let mut rows = statement.query((part.from.to_i64(), part.head.to_i64(), bound, driver, event_type))?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        count += 1;
        let place: i64 = row.get(0)?;
        let mut others = tags.iter().filter(|tag| **tag != driver);
        let in_all = others.try_fold(true, |all, tag| {
            Ok::<_, rusqlite::Error>(all && probe.exists((tag, event_type, place))?)
        })?;
        if in_all {
            found.places.push(Position::from_i64(place));
        }
        if found.places.len() == limit || count == most {
            found.considered = Position::from_i64(place);
            break;
        }
    }
    Ok(found)
}

/// The tag that has the fewest events of this type in the part; none where one of them has none at all.
fn rarest(
    connection: &Connection,
    part: &Part,
    tags: &[i64],
    event_type: i64,
) -> rusqlite::Result<Option<i64>> {
    let [first, _, ..] = tags else { return Ok(tags.first().copied()) };
    let mut statement = connection.prepare_cached(include_str!("../../sql/read/tag_count.sql"))?;
    let after = part.either(part.from.to_i64(), 0);
    let before = part.either(part.head.to_i64().saturating_add(1), part.from.to_i64());
    for bound in [16_i64, 256, 4_096] {
        let mut fewest = (bound, *first);
        for tag in tags {
            let count =
                statement.query_row((after, before, tag, event_type, bound), |row| row.get(0)).optional()?;
            fewest = fewest.min((count.unwrap_or(0), *tag));
        }
        if fewest.0 < bound {
            return Ok(Some(fewest.1).filter(|_| fewest.0 > 0));
        }
    }
    Ok(Some(*first))
}
