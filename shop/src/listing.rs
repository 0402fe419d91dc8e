//! Lists, newest first: rows of one table in the order of the positions at which their things came to be.
//!
//! A position belongs to one event, so it is the whole sort key: no two items share it, it never changes, and following
//! it neither skips nor repeats an item while others are added.

use diptych::{Listed, Part, Reader, Result, SortKeys, SqlRow, SqlValue, Start};

/// Which rows of which table.
#[derive(Clone, Debug)]
pub struct NewestFirst {
    table: &'static str,
    filter: String,
    params: Vec<SqlValue>,
}

/// Keys that are not those of an item of the list: they were not taken from one of its pages.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the keys of an item in this list are one position")]
pub struct NoPlace;

impl NewestFirst {
    /// All rows of a table. It has a column `created` that holds positions.
    #[must_use]
    pub fn of(table: &'static str) -> Self {
        Self { table, filter: String::new(), params: Vec::new() }
    }

    /// Only rows whose column has this value.
    #[must_use]
    pub fn with(self, column: &'static str, value: impl Into<SqlValue>) -> Self {
        self.narrowed(column, "=", value.into())
    }

    fn narrowed(mut self, column: &str, relation: &str, value: SqlValue) -> Self {
        let word = if self.filter.is_empty() { "WHERE" } else { "AND" };
        self.params.push(value);
        self.filter.push_str(&format!(" {word} {column} {relation} ${}", self.params.len()));
        self
    }

    /// The rows of one part, in reading order, and how many there are in the whole list. There may be one row more than
    /// asked for: [`listed`] makes of it that there are more.
    ///
    /// # Errors
    /// [`NoPlace`] where the part begins at keys of another list; or what the engine said.
    pub async fn read(self, db: &Reader, part: &Part) -> Result<(Vec<SqlRow>, u64)> {
        let count = format!("SELECT COUNT(*) AS total FROM {}{}", self.table, self.filter);
        let total = db.row(&count, self.params.clone()).await?;
        let total = total.map_or(Ok(0), |row| row.get("total"))?;
        let (sql, params) = self.page(part)?;
        Ok((db.rows(&sql, params).await?, total))
    }

    /// The statement of one part, with its parameters.
    fn page(self, part: &Part) -> Result<(String, Vec<SqlValue>), NoPlace> {
        let (rows, order, skipped) = match &part.start {
            Start::Offset(skipped) => (self, "DESC", *skipped),
            Start::After(keys) => (self.narrowed("created", "<", place(keys)?), "DESC", 0),
            Start::Before(keys) => (self.narrowed("created", ">", place(keys)?), "ASC", 0),
        };
        let Self { table, filter, mut params } = rows;
        params.extend([part.limit.saturating_add(1).into(), skipped.into()]);
        let (limit, offset) = (params.len() - 1, params.len());
        let sql =
            format!("SELECT * FROM {table}{filter} ORDER BY created {order} LIMIT ${limit} OFFSET ${offset}");
        Ok((sql, params))
    }
}

/// The part of the list, of the rows that [`NewestFirst::read`] gave and the item that each was made into.
///
/// # Errors
/// A row without a place.
pub fn listed<T>(part: &Part, rows: Vec<(SqlRow, T)>, total: u64) -> Result<Listed<T>> {
    let keyed = rows.into_iter().map(|(row, item)| Ok((vec![row.get::<i64>("created")?.into()], item)));
    Ok(Listed::from_read(part, keyed.collect::<Result<_>>()?, total))
}

/// Holds that a part begins at a place of such a list. For the rim, where keys come from a link that anyone may have made up.
///
/// # Errors
/// [`NoPlace`] where its keys are those of another list.
pub fn check(part: &Part) -> Result<(), NoPlace> {
    match &part.start {
        Start::Offset(_) => Ok(()),
        Start::After(keys) | Start::Before(keys) => place(keys).map(|_| ()),
    }
}

fn place(keys: &SortKeys) -> Result<SqlValue, NoPlace> {
    match keys.as_slice() {
        [position] => position.as_i64().map(SqlValue::Integer).ok_or(NoPlace),
        _ => Err(NoPlace),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(start: Start) -> Result<(String, Vec<SqlValue>), NoPlace> {
        NewestFirst::of("posts").with("user_id", "ann").page(&Part { start, limit: 2 })
    }

    #[test]
    fn a_part_by_number_skips_and_reads_one_more() {
        let (sql, params) = page(Start::Offset(4)).unwrap();
        assert_eq!(sql, "SELECT * FROM posts WHERE user_id = $1 ORDER BY created DESC LIMIT $2 OFFSET $3");
        assert_eq!(params, ["ann".into(), 3.into(), 4.into()]);
    }

    #[test]
    fn a_part_by_keys_begins_beside_the_item_and_reads_away_from_it() {
        let (sql, params) = page(Start::After(vec![9.into()])).unwrap();
        assert!(sql.contains("user_id = $1 AND created < $2 ORDER BY created DESC"), "{sql}");
        assert_eq!(params, ["ann".into(), 9.into(), 3.into(), 0.into()]);
        let (sql, _) = page(Start::Before(vec![9.into()])).unwrap();
        assert!(sql.contains("created > $2 ORDER BY created ASC"), "{sql}");
    }

    #[test]
    fn keys_of_another_list_are_no_place() {
        for keys in [vec![], vec!["x".into()], vec![1.into(), 2.into()], vec![1.5.into()]] {
            let part = Part { start: Start::Before(keys), limit: 2 };
            assert_eq!(check(&part), Err(NoPlace));
            assert_eq!(page(part.start), Err(NoPlace));
        }
    }
}
