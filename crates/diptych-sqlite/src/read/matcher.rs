//! A filter in the numbers of the dictionaries, so that rows are passed over without reading their names.
//!
//! Held equal to [`Filter::passes`] by a property test over random filters and logs. A name that no dictionary has is the
//! name of no event up to the head, which was taken before; a scope that needs it is left out.

use diptych_core::{Filter, Scope};
use rusqlite::Connection;

use super::names::{Names, category_id, stream_id, tag_id};
use crate::varint;

/// A filter in numbers.
#[derive(Debug)]
pub(super) enum Matcher {
    All,
    Any(Vec<NumberedScope>),
}

/// A scope in numbers.
#[derive(Debug, Default)]
pub(super) struct NumberedScope {
    pub(super) stream: Option<i64>,
    pub(super) category: Option<i64>,
    pub(super) tags: Vec<i64>,
    /// None means of any type.
    pub(super) types: Option<Vec<i64>>,
}

/// What a row says of itself, in numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers<'a> {
    pub(super) stream: i64,
    pub(super) event_type: i64,
    pub(super) tags: &'a [u8],
}

impl Matcher {
    /// The same filter in numbers.
    pub(super) fn of(connection: &Connection, names: &mut Names, filter: &Filter) -> rusqlite::Result<Self> {
        let scopes = match filter {
            Filter::All => return Ok(Self::All),
            Filter::Any(scopes) => scopes,
        };
        let mut numbered = Vec::with_capacity(scopes.len());
        for scope in scopes {
            if *scope == Scope::default() {
                return Ok(Self::All);
            }
            numbered.extend(number(connection, names, scope)?);
        }
        Ok(Self::Any(numbered))
    }

    /// Whether a row passes.
    pub(super) fn passes(
        &self,
        connection: &Connection,
        names: &mut Names,
        row: Numbers<'_>,
    ) -> rusqlite::Result<bool> {
        let Self::Any(scopes) = self else { return Ok(true) };
        for scope in scopes {
            if scope.holds(row) && scope.holds_category(connection, names, row)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl NumberedScope {
    fn holds(&self, row: Numbers<'_>) -> bool {
        self.stream.is_none_or(|own| own == row.stream)
            && self.types.as_ref().is_none_or(|own| own.contains(&row.event_type))
            && self.tags.iter().all(|own| varint::numbers(row.tags).any(|tag| tag == *own))
    }

    fn holds_category(
        &self,
        connection: &Connection,
        names: &mut Names,
        row: Numbers<'_>,
    ) -> rusqlite::Result<bool> {
        let Some(category) = self.category else { return Ok(true) };
        Ok(names.stream(connection, row.stream)?.category == category)
    }
}

/// A scope in numbers; none where it can hold nothing.
fn number(
    connection: &Connection,
    names: &mut Names,
    scope: &Scope,
) -> rusqlite::Result<Option<NumberedScope>> {
    let mut numbered = NumberedScope::default();
    if let Some(stream) = &scope.stream {
        numbered.stream = stream_id(connection, stream)?;
        if numbered.stream.is_none() {
            return Ok(None);
        }
    }
    if let Some(category) = &scope.category {
        numbered.category = category_id(connection, category)?;
        if numbered.category.is_none() {
            return Ok(None);
        }
    }
    for tag in &scope.tags {
        let Some(id) = tag_id(connection, tag)? else { return Ok(None) };
        numbered.tags.push(id);
    }
    if !scope.types.is_empty() {
        let ids = scope.types.iter().filter_map(|name| names.type_number(connection, name).transpose());
        let ids: Vec<i64> = ids.collect::<rusqlite::Result<_>>()?;
        if ids.is_empty() {
            return Ok(None);
        }
        numbered.types = Some(ids);
    }
    Ok(Some(numbered))
}
