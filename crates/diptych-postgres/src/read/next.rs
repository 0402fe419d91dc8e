//! The next page of a subscription that follows the log: the head and the events in one round trip.
//!
//! Only of filters that no index serves: every event, or some types, or a category. The head is asked for in an earlier statement
//! than the events; what was committed between the two is past it, and left for the next page.

use diptych_core::{
    Failure, Filter, Position, Scope,
    store::{Direction, MAX_PAGE, ReadRequest},
};
use tokio_postgres::{Row, types::Type};

use super::DOING;
use crate::{
    failure::failure,
    pool::{Database, Open, Param},
    read::places::CONSIDERED,
};

/// What is asked for.
pub(super) struct Next<'a> {
    after: i64,
    limit: i64,
    /// None means of any type.
    types: Option<Vec<&'a str>>,
    category: Option<&'a str>,
}

/// What was found: the rows of a page, up to where everything was considered, and the head.
pub(super) struct FoundNext {
    pub(super) rows: Vec<Row>,
    pub(super) considered: Position,
    pub(super) head: Position,
}

impl<'a> Next<'a> {
    /// This request, where it is of the kind.
    pub(super) fn of(request: &'a ReadRequest) -> Option<Self> {
        let limit = i64::try_from(request.limit.min(MAX_PAGE)).ok().filter(|limit| *limit > 0)?;
        if request.direction != Direction::Forward {
            return None;
        }
        let (types, category) = match &request.filter {
            Filter::All => (None, None),
            Filter::Any(scopes) => match scopes.as_slice() {
                [Scope { stream: None, tags, types, category }] if tags.is_empty() => {
                    // A name that the engine cannot hold is the name of nothing.
                    let names = types.iter().map(|name| &**name).filter(|name| !name.contains('\0'));
                    (Some(names.collect()).filter(|_| !types.is_empty()), category.as_deref())
                }
                _ => return None,
            },
        };
        let holdable = category.is_none_or(|name| !name.contains('\0'));
        holdable.then_some(Self { after: request.from.to_i64(), limit, types, category })
    }

    /// Asks.
    ///
    /// # Errors
    /// [`Failure`] of the engine.
    pub(super) async fn find(self, database: &Database) -> Result<FoundNext, Failure> {
        let wrap = |error| failure(DOING, error);
        let all = self.types.is_none() && self.category.is_none();
        let to = if all { i64::MAX } else { self.after.saturating_add(CONSIDERED) };
        let params: [Param<'_>; 5] = [
            (&self.after, Type::INT8),
            (&to, Type::INT8),
            (&self.limit, Type::INT8),
            (&self.types, Type::TEXT_ARRAY),
            (&self.category, Type::TEXT),
        ];
        let head = database.schema.sql(include_str!("../../sql/read/head.sql"));
        let next = database.schema.sql(include_str!("../../sql/read/next.sql"));
        let mut lease = database.lease_for_one(DOING).await?;
        lease.is_open(Open::Read);
        let client = lease.client(DOING)?;
        let asked = async {
            tokio::try_join!(biased; client.query_typed_one(&head, &[]), client.query_typed(&next, &params))
        };
        let (head, mut rows) = database.answered(DOING, asked).await?;
        lease.is_open(Open::No);
        let head: i64 = head.try_get(0).map_err(wrap)?;
        let positions =
            rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<i64>, _>>().map_err(wrap)?;
        let full = usize::try_from(self.limit).is_ok_and(|limit| rows.len() >= limit);
        rows.truncate(positions.partition_point(|position| *position <= head));
        let considered = match positions.last() {
            Some(last) if full => head.min(*last),
            Some(_) | None => head.min(to),
        };
        Ok(FoundNext { rows, considered: Position::from_i64(considered), head: Position::from_i64(head) })
    }
}
