//! Lists: rows of one table in an order in which no two have the same place.
//!
//! Following an order neither skips nor repeats an item while others are added, since a part begins beside the keys of an
//! item and not after a number of them. [`NEWEST_FIRST`] is the order of most: a position belongs to one event, so it is the
//! whole key.

use diptych::{Listed, Part, Reader, Result, SortKeys, SqlRow, SqlValue, Start};
use serde_json::Value;

/// The order of the positions at which things came to be, which a column `created` holds.
pub const NEWEST_FIRST: Order = Order { way: Way::Down, keys: &[Key::Number("created")] };

/// What the rows of a list are sorted by.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    way: Way,
    keys: &'static [Key],
}

/// One column that a list is sorted by.
#[derive(Clone, Copy, Debug)]
pub enum Key {
    /// A column of whole numbers.
    Number(&'static str),
    /// A column of the bytes of a text. Every engine compares bytes alike, but texts as its database was told to.
    Bytes(&'static str),
}

#[derive(Clone, Copy, Debug)]
enum Way {
    Up,
    Down,
}

/// Keys that are not those of an item of the list: they were not taken from one of its pages.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("they are not the keys of an item in this list")]
pub struct NoPlace;

impl Order {
    /// The smallest first, by these columns in turn. Together they are unique among the rows.
    #[must_use]
    pub const fn ascending(keys: &'static [Key]) -> Self {
        Self { way: Way::Up, keys }
    }

    /// All rows of a table, or of tables that are joined.
    #[must_use]
    pub const fn of(self, tables: &'static str) -> Rows {
        Rows { tables, order: self, filter: String::new(), params: Vec::new() }
    }

    /// The part of the list, of the rows that [`Rows::read`] gave and the item that each was made into.
    ///
    /// # Errors
    /// A row without a place.
    pub fn listed<T>(self, part: &Part, rows: Vec<(SqlRow, T)>, total: u64) -> Result<Listed<T>> {
        let keyed = rows.into_iter().map(|(row, item)| Ok((self.keys_of(&row)?, item)));
        Ok(Listed::from_read(part, keyed.collect::<Result<_>>()?, total))
    }

    /// Holds that a part begins at a place of such a list. For the rim, where keys come from a link that anyone may have
    /// made up.
    ///
    /// # Errors
    /// [`NoPlace`] where its keys are those of another list.
    pub fn check(self, part: &Part) -> Result<(), NoPlace> {
        match &part.start {
            Start::Offset(_) => Ok(()),
            Start::After(keys) | Start::Before(keys) => self.place(keys).map(|_| ()),
        }
    }

    fn keys_of(self, row: &SqlRow) -> Result<SortKeys> {
        self.keys.iter().map(|key| key.read(row)).collect()
    }

    fn place(self, keys: &SortKeys) -> Result<Vec<SqlValue>, NoPlace> {
        if keys.len() != self.keys.len() {
            return Err(NoPlace);
        }
        let values = self.keys.iter().zip(keys).map(|(key, value)| key.param(value));
        values.collect::<Option<_>>().ok_or(NoPlace)
    }

    /// `price_cents ASC, place ASC`
    fn words(self, way: Way) -> String {
        let word = if matches!(way, Way::Up) { "ASC" } else { "DESC" };
        let columns: Vec<_> = self.keys.iter().map(|key| format!("{} {word}", key.column())).collect();
        columns.join(", ")
    }
}

impl Way {
    const fn turned(self) -> Self {
        match self {
            Self::Up => Self::Down,
            Self::Down => Self::Up,
        }
    }
}

impl Key {
    const fn column(self) -> &'static str {
        match self {
            Self::Number(column) | Self::Bytes(column) => column,
        }
    }

    fn read(self, row: &SqlRow) -> Result<Value> {
        Ok(match self {
            Self::Number(column) => row.get::<i64>(column)?.into(),
            Self::Bytes(column) => String::from_utf8(row.get(column)?)?.into(),
        })
    }

    fn param(self, value: &Value) -> Option<SqlValue> {
        match self {
            Self::Number(_) => value.as_i64().map(SqlValue::Integer),
            Self::Bytes(_) => value.as_str().map(|text| text.as_bytes().into()),
        }
    }
}

/// Which rows, in which order.
#[derive(Clone, Debug)]
pub struct Rows {
    tables: &'static str,
    order: Order,
    filter: String,
    params: Vec<SqlValue>,
}

impl Rows {
    /// Only rows whose column has this value.
    #[must_use]
    pub fn with(self, column: &'static str, value: impl Into<SqlValue>) -> Self {
        self.narrowed(column, "=", vec![value.into()])
    }

    /// Only rows whose column has this value or a larger one.
    #[must_use]
    pub fn at_least(self, column: &'static str, value: impl Into<SqlValue>) -> Self {
        self.narrowed(column, ">=", vec![value.into()])
    }

    /// Only rows whose column has this value or a smaller one.
    #[must_use]
    pub fn at_most(self, column: &'static str, value: impl Into<SqlValue>) -> Self {
        self.narrowed(column, "<=", vec![value.into()])
    }

    /// Only rows that stand, by their column of this name, in `table` beside one of these values.
    #[must_use]
    pub fn beside_any(
        mut self,
        column: &'static str,
        (table, beside): (&'static str, &'static str),
        values: impl IntoIterator<Item = SqlValue>,
    ) -> Self {
        let list = self.numbered(values);
        self.and(&format!("{column} IN (SELECT {column} FROM {table} WHERE {beside} IN ({list}))"))
    }

    /// The rows of one part, in reading order, and how many there are in the whole list. There may be one row more than
    /// asked for: [`Order::listed`] makes of it that there are more.
    ///
    /// # Errors
    /// [`NoPlace`] where the part begins at keys of another list; or what the engine said.
    pub async fn read(self, db: &Reader, part: &Part) -> Result<(Vec<SqlRow>, u64)> {
        let count = format!("SELECT COUNT(*) AS total FROM {}{}", self.tables, self.filter);
        let total = db.row(&count, self.params.clone()).await?;
        let total = total.map_or(Ok(0), |row| row.get("total"))?;
        let (sql, params) = self.page(part)?;
        Ok((db.rows(&sql, params).await?, total))
    }

    /// The statement of one part, with its parameters.
    fn page(self, part: &Part) -> Result<(String, Vec<SqlValue>), NoPlace> {
        let order = self.order;
        let (rows, way, skipped) = match &part.start {
            Start::Offset(skipped) => (self, order.way, *skipped),
            Start::After(keys) => (self.from(order.way, order.place(keys)?), order.way, 0),
            Start::Before(keys) => {
                let back = order.way.turned();
                (self.from(back, order.place(keys)?), back, 0)
            }
        };
        let Self { tables, filter, mut params, .. } = rows;
        params.extend([part.limit.saturating_add(1).into(), skipped.into()]);
        let (words, limit, offset) = (order.words(way), params.len() - 1, params.len());
        let sql = format!("SELECT * FROM {tables}{filter} ORDER BY {words} LIMIT ${limit} OFFSET ${offset}");
        Ok((sql, params))
    }

    /// Only rows that come after this place, when they are read in that way.
    fn from(self, way: Way, place: Vec<SqlValue>) -> Self {
        let columns: Vec<_> = self.order.keys.iter().map(|key| key.column()).collect();
        let relation = if matches!(way, Way::Up) { ">" } else { "<" };
        self.narrowed(&format!("({})", columns.join(", ")), relation, place)
    }

    fn narrowed(mut self, columns: &str, relation: &str, values: Vec<SqlValue>) -> Self {
        let list = self.numbered(values);
        self.and(&format!("{columns} {relation} ({list})"))
    }

    /// Adds parameters; answers their numbers, `$1, $2`.
    fn numbered(&mut self, values: impl IntoIterator<Item = SqlValue>) -> String {
        let first = self.params.len() + 1;
        self.params.extend(values);
        (first..=self.params.len()).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ")
    }

    fn and(mut self, condition: &str) -> Self {
        let word = if self.filter.is_empty() { "WHERE" } else { "AND" };
        self.filter.push_str(&format!(" {word} {condition}"));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BY_PRICE: Order = Order::ascending(&[Key::Number("price"), Key::Bytes("place")]);

    fn page(start: Start) -> Result<(String, Vec<SqlValue>), NoPlace> {
        NEWEST_FIRST.of("posts").with("user_id", "ann").page(&Part { start, limit: 2 })
    }

    #[test]
    fn a_part_by_number_skips_and_reads_one_more() {
        let (sql, params) = page(Start::Offset(4)).unwrap();
        assert_eq!(sql, "SELECT * FROM posts WHERE user_id = ($1) ORDER BY created DESC LIMIT $2 OFFSET $3");
        assert_eq!(params, ["ann".into(), 3.into(), 4.into()]);
    }

    #[test]
    fn a_part_by_keys_begins_beside_the_item_and_reads_away_from_it() {
        let (sql, params) = page(Start::After(vec![9.into()])).unwrap();
        assert!(sql.contains("user_id = ($1) AND (created) < ($2) ORDER BY created DESC"), "{sql}");
        assert_eq!(params, ["ann".into(), 9.into(), 3.into(), 0.into()]);
        let (sql, _) = page(Start::Before(vec![9.into()])).unwrap();
        assert!(sql.contains("(created) > ($2) ORDER BY created ASC"), "{sql}");
    }

    #[test]
    fn several_keys_are_compared_together() {
        let part = |start| Part { start, limit: 2 };
        let keys: SortKeys = vec![7.into(), "B".into()];
        let (sql, params) = BY_PRICE.of("things").page(&part(Start::After(keys.clone()))).unwrap();
        assert!(
            sql.contains("WHERE (price, place) > ($1, $2) ORDER BY price ASC, place ASC LIMIT $3"),
            "{sql}"
        );
        assert_eq!(params[..2], [7.into(), b"B".as_slice().into()]);
        let (sql, _) = BY_PRICE.of("things").page(&part(Start::Before(keys))).unwrap();
        assert!(sql.contains("(price, place) < ($1, $2) ORDER BY price DESC, place DESC"), "{sql}");
    }

    #[test]
    fn one_of_several_values_beside_a_row_will_do() {
        let tags = ["a", "b"].map(SqlValue::from);
        let rows = NEWEST_FIRST.of("articles").with("author", "ann").beside_any("id", ("tags", "tag"), tags);
        let (sql, params) = rows.page(&Part { start: Start::Offset(0), limit: 2 }).unwrap();
        assert!(sql.contains("AND id IN (SELECT id FROM tags WHERE tag IN ($2, $3)) ORDER BY"), "{sql}");
        assert_eq!(params.len(), 5);
    }

    #[test]
    fn keys_of_another_list_are_no_place() {
        for keys in [vec![], vec!["x".into()], vec![1.into(), 2.into()], vec![1.5.into()]] {
            let part = Part { start: Start::Before(keys.clone()), limit: 2 };
            assert_eq!(NEWEST_FIRST.check(&part), Err(NoPlace));
            assert_eq!(BY_PRICE.check(&part), Err(NoPlace));
            assert_eq!(page(part.start), Err(NoPlace));
        }
    }
}
