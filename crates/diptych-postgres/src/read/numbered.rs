//! A filter in the numbers of the dictionaries.
//!
//! A name that no dictionary has is the name of no event up to the head, which was taken before; a scope that needs it is
//! left out.

use std::collections::{BTreeSet, HashMap};

use diptych_core::{Failure, Filter, Scope};
use tokio_postgres::types::Type;

use super::DOING;
use crate::{
    failure::failure,
    pool::{Database, Param},
};

/// A filter in numbers.
#[derive(Debug)]
pub(super) enum Numbered {
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

/// The same filter in numbers.
///
/// # Errors
/// [`Failure`] of the engine.
pub(super) async fn numbered(database: &Database, filter: &Filter) -> Result<Numbered, Failure> {
    let Filter::Any(scopes) = filter else { return Ok(Numbered::All) };
    if scopes.iter().any(|scope| *scope == Scope::default()) {
        return Ok(Numbered::All);
    }
    let categories: BTreeSet<_> = scopes.iter().filter_map(|scope| scope.category.as_deref()).collect();
    let types: BTreeSet<_> = scopes.iter().flat_map(|scope| &scope.types).map(|name| &**name).collect();
    let tags: BTreeSet<_> =
        scopes.iter().flat_map(|scope| &scope.tags).map(diptych_core::Tag::as_str).collect();
    let categories = ids(database, include_str!("../../sql/append/categories.sql"), categories).await?;
    let types = ids(database, include_str!("../../sql/append/types.sql"), types).await?;
    let tags = ids(database, include_str!("../../sql/append/tags.sql"), tags).await?;
    let mut numbered = Vec::with_capacity(scopes.len());
    for scope in scopes {
        let Some(mut found) = number(scope, &categories, &types, &tags) else { continue };
        if let Some(stream) = &scope.stream {
            found.stream = stream_id(database, stream).await?;
            if found.stream.is_none() {
                continue;
            }
        }
        numbered.push(found);
    }
    Ok(Numbered::Any(numbered))
}

type Ids = HashMap<String, i64>;

/// A scope in numbers, its stream apart; none where it can hold nothing.
fn number(scope: &Scope, categories: &Ids, types: &Ids, tags: &Ids) -> Option<NumberedScope> {
    let category = match &scope.category {
        Some(name) => Some(*categories.get(&**name)?),
        None => None,
    };
    let tags = scope.tags.iter().map(|tag| tags.get(tag.as_str()).copied()).collect::<Option<_>>()?;
    let found: Vec<_> = scope.types.iter().filter_map(|name| types.get(&**name).copied()).collect();
    if found.is_empty() && !scope.types.is_empty() {
        return None;
    }
    let types = Some(found).filter(|_| !scope.types.is_empty());
    Some(NumberedScope { stream: None, category, tags, types })
}

/// The numbers of those names that a dictionary has.
async fn ids(database: &Database, sql: &str, names: BTreeSet<&str>) -> Result<Ids, Failure> {
    let names: Vec<_> = names.into_iter().filter(|name| !name.contains('\0')).collect();
    if names.is_empty() {
        return Ok(Ids::new());
    }
    let rows = database.query(DOING, sql, &[(&names, Type::TEXT_ARRAY)]).await?;
    let pairs = rows.iter().map(|row| Ok((row.try_get(1)?, row.try_get(0)?)));
    pairs.collect::<Result<_, _>>().map_err(|error| failure(DOING, error))
}

async fn stream_id(database: &Database, stream: &diptych_core::StreamId) -> Result<Option<i64>, Failure> {
    let params: [Param<'_>; 2] = [(&stream.category(), Type::TEXT), (&stream.id().as_str(), Type::TEXT)];
    let rows = database.query(DOING, include_str!("../../sql/read/stream_id.sql"), &params).await?;
    rows.first().map(|row| row.try_get(0)).transpose().map_err(|error| failure(DOING, error))
}
