//! The places at which the events of a scope stand.

use diptych_core::{Failure, Position, store::Direction};
use tokio_postgres::types::Type;

use super::{DOING, numbered::NumberedScope};
use crate::{
    failure::failure,
    pool::{Database, Param},
};

/// How many positions of the log are gone through in one statement where no index leads to the events.
pub(super) const CONSIDERED: i64 = 8_000;

/// The part of the log that a page is taken from, and the way through it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    /// Only events after this.
    pub(super) after: i64,
    /// Only events up to this.
    pub(super) to: i64,
    pub(super) direction: Direction,
}

/// Places in the order of the page. What stands up to `considered` and is not among them is not in the scope.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) places: Vec<i64>,
    pub(super) considered: Position,
}

impl Part {
    /// What has been considered when nothing is left.
    pub(super) const fn end(&self) -> Position {
        match self.direction {
            Direction::Forward => Position::new(self.to.unsigned_abs()),
            Direction::Backward => Position::START,
        }
    }

    /// The one of two places that is reached first.
    pub(super) fn nearer(&self, a: Position, b: Position) -> Position {
        match self.direction {
            Direction::Forward => a.min(b),
            Direction::Backward => a.max(b),
        }
    }

    /// A statement that reads in this direction.
    pub(super) fn sql(&self, text: &str) -> String {
        let [order, start, farthest, from, step] = match self.direction {
            Direction::Forward => ["ASC", "$1", "max", ">=", "+"],
            Direction::Backward => ["DESC", "($2 + 1)", "min", "<=", "-"],
        };
        let text = text.replace("{order}", order).replace("{start}", start);
        text.replace("{farthest}", farthest).replace("{from}", from).replace("{step}", step)
    }

    /// As much of its beginning as may be gone through at once, and what was considered after that.
    fn bounded(mut self) -> (Self, Position) {
        match self.direction {
            Direction::Forward => {
                self.to = self.to.min(self.after.saturating_add(CONSIDERED));
                (self, Position::from_i64(self.to))
            }
            Direction::Backward => {
                self.after = self.after.max(self.to.saturating_sub(CONSIDERED));
                let rest = if self.after > 0 {
                    Position::from_i64(self.after.saturating_add(1))
                } else {
                    Position::START
                };
                (self, rest)
            }
        }
    }
}

/// The next places of a scope, at most so many.
///
/// # Errors
/// [`Failure`] of the engine.
pub(super) async fn places(
    database: &Database,
    part: &Part,
    scope: &NumberedScope,
    limit: i64,
) -> Result<Found, Failure> {
    let indexed = scope.stream.is_some() || !scope.tags.is_empty();
    let (part, end) = if indexed { (*part, part.end()) } else { part.bounded() };
    let NumberedScope { stream, category, tags, types } = scope;
    let (after, to, most): (Param<'_>, Param<'_>, Param<'_>) =
        ((&part.after, Type::INT8), (&part.to, Type::INT8), (&limit, Type::INT8));
    let category: Param<'_> = (category, Type::INT8);
    let (tags, of_types): (Param<'_>, Param<'_>) = ((tags, Type::INT8_ARRAY), (types, Type::INT8_ARRAY));
    let rows = if stream.is_some() {
        let sql = part.sql(include_str!("../../sql/read/of_stream.sql"));
        let stream: Param<'_> = (stream, Type::INT8);
        database.query(DOING, &sql, &[after, to, most, stream, category, tags, of_types]).await?
    } else if indexed {
        let one = scope.tags.len() == 1;
        let of_tag = include_str!("../../sql/read/of_tag.sql");
        let sql = part.sql(if one { of_tag } else { include_str!("../../sql/read/of_tags.sql") });
        database.query(DOING, &sql, &[after, to, most, category, tags, of_types]).await?
    } else {
        let sql = part.sql(include_str!("../../sql/read/of_log.sql"));
        database.query(DOING, &sql, &[after, to, most, category, of_types]).await?
    };
    let places: Vec<i64> = rows
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()
        .map_err(|error| failure(DOING, error))?;
    let full = usize::try_from(limit).is_ok_and(|limit| places.len() >= limit);
    let considered = places.last().filter(|_| full).map_or(end, |last| Position::from_i64(*last));
    Ok(Found { places, considered })
}
