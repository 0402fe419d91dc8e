//! Scopes of which it is asked, in one statement per kind of scope, whether they hold an event after a place.
//!
//! A kind by itself is planned in a third of the time of all kinds together, and most groups have but one.

use diptych_core::{Position, Scope};
use tokio_postgres::{Client, Error, types::Type};

use super::ground::{Ground, array};
use crate::{pool::Param, schema::Schema};

/// A member of a group, and the place of the scope in its boundary.
type Who = (usize, usize);

/// Scopes in numbers, one column per part.
pub(super) struct Asked {
    who: Vec<Who>,
    after: Vec<i64>,
    streams: Vec<Option<i64>>,
    categories: Vec<Option<i64>>,
    tags: Vec<String>,
    types: Vec<Option<String>>,
}

impl Asked {
    pub(super) const NOTHING: Self = Self {
        who: Vec::new(),
        after: Vec::new(),
        streams: Vec::new(),
        categories: Vec::new(),
        tags: Vec::new(),
        types: Vec::new(),
    };

    /// Adds a scope, unless it names what nothing that is recorded has.
    pub(super) fn add(&mut self, ground: &Ground, who: Who, scope: &Scope, after: Position) -> Option<()> {
        let stream = match &scope.stream {
            Some(stream) => Some(ground.ends.get(stream)?.id),
            None => None,
        };
        let category = match &scope.category {
            Some(name) => Some(*ground.categories.get(&**name)?),
            None => None,
        };
        let tags: Vec<i64> =
            scope.tags.iter().map(|tag| ground.tags.get(tag.as_str()).copied()).collect::<Option<_>>()?;
        let types: Vec<i64> =
            scope.types.iter().filter_map(|name| ground.types.get(&**name).copied()).collect();
        if types.is_empty() && !scope.types.is_empty() {
            return None;
        }
        self.who.push(who);
        self.after.push(after.to_i64());
        self.streams.push(stream);
        self.categories.push(category);
        self.tags.push(array(&tags));
        self.types.push(Some(array(&types)).filter(|_| !scope.types.is_empty()));
        Some(())
    }

    /// Those that hold one, and where.
    pub(super) async fn ask(
        &self,
        client: &Client,
        schema: &Schema,
        sql: &str,
    ) -> Result<Vec<(Who, Position)>, Error> {
        if self.who.is_empty() {
            return Ok(Vec::new());
        }
        let nths: Vec<i64> = (0..).take(self.who.len()).collect();
        let params: [Param<'_>; 6] = [
            (&nths, Type::INT8_ARRAY),
            (&self.after, Type::INT8_ARRAY),
            (&self.streams, Type::INT8_ARRAY),
            (&self.categories, Type::INT8_ARRAY),
            (&self.tags, Type::TEXT_ARRAY),
            (&self.types, Type::TEXT_ARRAY),
        ];
        let rows = client.query_typed(&schema.sql(sql), &params).await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            let nth: i64 = row.try_get(0)?;
            let who = usize::try_from(nth).ok().and_then(|nth| self.who.get(nth));
            let place = Position::from_i64(row.try_get(1)?);
            found.extend(who.map(|who| (*who, place)));
        }
        Ok(found)
    }
}
