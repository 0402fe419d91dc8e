//! A page: where its events stand, then the events, then their names.

use diptych_core::{
    Failure, Position,
    store::{Direction, MAX_PAGE, Page, ReadRequest},
};
use tokio_postgres::{Row, types::Type};

use super::{
    DOING, Names, head,
    next::{FoundNext, Next},
    numbered::{Numbered, NumberedScope, numbered},
    places::{Found, Part, places},
    row::recorded,
};
use crate::{failure::failure, pool::Database};

/// A page of the log.
///
/// # Errors
/// [`Failure`] of the engine.
pub(crate) async fn page(database: &Database, names: &Names, request: &ReadRequest) -> Result<Page, Failure> {
    if let Some(next) = Next::of(request) {
        let FoundNext { rows, considered, head } = next.find(database).await?;
        return Ok(Page { events: recorded(database, names, &rows).await?, considered, head });
    }
    let head = head(database).await?;
    let (from, head_number) = (request.from.to_i64(), head.to_i64());
    let part = match request.direction {
        Direction::Forward => Part { after: from, to: head_number, direction: Direction::Forward },
        Direction::Backward => {
            Part { after: 0, to: head_number.min(from.saturating_sub(1)), direction: Direction::Backward }
        }
    };
    let limit = i64::try_from(request.limit.min(MAX_PAGE)).unwrap_or(0);
    if part.after >= part.to {
        let considered = match request.direction {
            Direction::Forward => head,
            Direction::Backward => Position::START,
        };
        return Ok(Page { events: Vec::new(), considered, head });
    }
    if limit == 0 {
        return Ok(Page { events: Vec::new(), considered: request.from, head });
    }
    let (rows, considered) = match numbered(database, &request.filter).await? {
        Numbered::All => of_log(database, &part, limit).await?,
        Numbered::Any(scopes) => of_scopes(database, &part, &scopes, limit).await?,
    };
    Ok(Page { events: recorded(database, names, &rows).await?, considered, head })
}

async fn of_log(database: &Database, part: &Part, limit: i64) -> Result<(Vec<Row>, Position), Failure> {
    let sql = part.sql(include_str!("../../sql/read/log.sql"));
    let params: [crate::pool::Param<'_>; 3] =
        [(&part.after, Type::INT8), (&part.to, Type::INT8), (&limit, Type::INT8)];
    let rows = database.query(DOING, &sql, &params).await?;
    let full = usize::try_from(limit).is_ok_and(|limit| rows.len() >= limit);
    let considered = match rows.last().filter(|_| full) {
        Some(row) => Position::from_i64(row.try_get(0).map_err(|error| failure(DOING, error))?),
        None => part.end(),
    };
    Ok((rows, considered))
}

/// The first events of several scopes together are among the first of each.
async fn of_scopes(
    database: &Database,
    part: &Part,
    scopes: &[NumberedScope],
    limit: i64,
) -> Result<(Vec<Row>, Position), Failure> {
    let mut all = Found { places: Vec::new(), considered: part.end() };
    for scope in scopes {
        let found = places(database, part, scope, limit).await?;
        all.places.extend(found.places);
        all.considered = part.nearer(all.considered, found.considered);
    }
    match part.direction {
        Direction::Forward => all.places.sort_unstable(),
        Direction::Backward => all.places.sort_unstable_by(|a, b| b.cmp(a)),
    }
    all.places.dedup();
    let considered = all.considered;
    all.places
        .retain(|place| part.nearer(Position::from_i64(*place), considered) == Position::from_i64(*place));
    let most = usize::try_from(limit).unwrap_or(0);
    if all.places.len() >= most {
        all.places.truncate(most);
        all.considered = all.places.last().map_or(part.end(), |last| Position::from_i64(*last));
    }
    if all.places.is_empty() {
        return Ok((Vec::new(), all.considered));
    }
    let events = include_str!("../../sql/read/events.sql");
    let mut rows = database.query(DOING, events, &[(&all.places, Type::INT8_ARRAY)]).await?;
    let mut in_order = Vec::with_capacity(rows.len());
    for row in rows.drain(..) {
        in_order.push((row.try_get::<_, i64>(0).map_err(|error| failure(DOING, error))?, row));
    }
    in_order.sort_by_key(|(place, _)| *place);
    if part.direction == Direction::Backward {
        in_order.reverse();
    }
    Ok((in_order.into_iter().map(|(_, row)| row).collect(), all.considered))
}
