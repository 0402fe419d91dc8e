//! Statements of others: parameters by number, rows by name, and the transaction that a projection is handed.
//!
//! SQLite takes `$1` for a name, and numbers names in the order in which they first stand in the text. So each is bound
//! by the number that its name says: `$2` may stand before `$1`, and be used twice, as on PostgreSQL.

use std::sync::Arc;

use async_trait::async_trait;
use diptych_core::{
    SqlRow, SqlValue,
    sql::{SqlError, SqlTransaction},
};
use rusqlite::{
    CachedStatement, Connection, ErrorCode, ToSql,
    types::{ToSqlOutput, ValueRef},
};
use send_wrapper::SendWrapper;

use crate::guard;

/// Runs a statement of ours that has no parameters and gives no rows; prepared once per connection.
pub(crate) fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.raw_execute().map(drop)
}

/// Runs a statement; answers its rows.
pub(crate) fn query(
    connection: &Connection,
    sql: &str,
    params: &[SqlValue],
) -> Result<Vec<SqlRow>, SqlError> {
    Prepared::of(connection, sql)?.query(params)
}

/// A statement with the numbers of its parameters.
struct Prepared<'c> {
    connection: &'c Connection,
    sql: Box<str>,
    statement: CachedStatement<'c>,
    /// Of each parameter in the order in which they first stand in the text.
    numbers: Vec<usize>,
}

impl<'c> Prepared<'c> {
    fn of(connection: &'c Connection, sql: &str) -> Result<Self, SqlError> {
        let statement = connection.prepare_cached(sql).map_err(|error| broken(sql, error))?;
        let numbers = (1..=statement.parameter_count()).map(|index| {
            let name = statement.parameter_name(index).unwrap_or("?");
            let number = name.strip_prefix('$').and_then(|number| number.parse::<usize>().ok());
            number.filter(|number| *number > 0).ok_or_else(|| {
                SqlError::engine(sql, format!("parameters are written $1, $2, …; found {name}"))
            })
        });
        let numbers = numbers.collect::<Result<_, _>>()?;
        Ok(Self { connection, sql: sql.into(), statement, numbers })
    }

    /// Runs it; answers how many rows it changed.
    fn execute(&mut self, params: &[SqlValue]) -> Result<u64, SqlError> {
        self.bind(params)?;
        let (connection, sql) = (self.connection, &self.sql);
        let before = connection.total_changes();
        let mut rows = self.statement.raw_query();
        while rows.next().map_err(|error| broken(sql, error))?.is_some() {}
        drop(rows);
        // A statement that is no INSERT, UPDATE or DELETE leaves the count of the one before it.
        Ok(if connection.total_changes() == before { 0 } else { connection.changes() })
    }

    /// Runs it; answers its rows.
    fn query(&mut self, params: &[SqlValue]) -> Result<Vec<SqlRow>, SqlError> {
        self.bind(params)?;
        let sql = &self.sql;
        let engine = |error| broken(sql, error);
        let columns: Arc<[String]> = self.statement.column_names().map(str::to_owned).collect();
        let mut rows = self.statement.raw_query();
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(engine)? {
            let values = (0..columns.len()).map(|column| Ok(value(row.get_ref(column)?)?));
            let values = values.collect::<rusqlite::Result<_>>().map_err(engine)?;
            found.push(SqlRow::new(Arc::clone(&columns), values));
        }
        Ok(found)
    }

    fn bind(&mut self, params: &[SqlValue]) -> Result<(), SqlError> {
        let wanted = self.numbers.iter().copied().max().unwrap_or(0);
        if wanted != params.len() {
            let given = params.len();
            let text = format!("the statement takes {wanted} parameters, {given} were given");
            return Err(SqlError::engine(&self.sql, text));
        }
        for (index, number) in (1..).zip(&self.numbers) {
            if let Some(value) = params.get(number - 1) {
                let bound = self.statement.raw_bind_parameter(index, Bound(value));
                bound.map_err(|error| broken(&self.sql, error))?;
            }
        }
        Ok(())
    }
}

fn broken(sql: &str, error: rusqlite::Error) -> SqlError {
    if error.sqlite_error_code() == Some(ErrorCode::AuthorizationForStatementDenied) {
        return SqlError::engine(sql, guard::DENIED);
    }
    SqlError::engine(sql, error)
}

struct Bound<'a>(&'a SqlValue);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            SqlValue::Null => ValueRef::Null,
            SqlValue::Integer(value) => ValueRef::Integer(*value),
            SqlValue::Real(value) => ValueRef::Real(*value),
            SqlValue::Text(value) => ValueRef::Text(value.as_bytes()),
            SqlValue::Blob(value) => ValueRef::Blob(value),
        }))
    }
}

fn value(column: ValueRef<'_>) -> Result<SqlValue, std::str::Utf8Error> {
    Ok(match column {
        ValueRef::Null => SqlValue::Null,
        ValueRef::Integer(value) => SqlValue::Integer(value),
        ValueRef::Real(value) => SqlValue::Real(value),
        ValueRef::Text(value) => SqlValue::Text(std::str::from_utf8(value)?.to_owned()),
        ValueRef::Blob(value) => SqlValue::Blob(value.to_vec()),
    })
}

/// The open transaction of a connection, for a projection that is run on this thread. Its futures are ready at once.
pub(crate) struct OpenTransaction<'a> {
    open: SendWrapper<Open<'a>>,
    failed: Option<String>,
}

/// A projection runs the same few statements for every event, so those that it ran last are at hand.
struct Open<'a> {
    connection: &'a Connection,
    ran: Vec<Prepared<'a>>,
}

/// How many statements are at hand.
const AT_HAND: usize = 8;

impl<'a> OpenTransaction<'a> {
    /// Hands out the transaction that is open on this connection.
    pub(crate) fn new(connection: &'a Connection) -> Self {
        Self { open: SendWrapper::new(Open { connection, ran: Vec::new() }), failed: None }
    }

    /// Nothing may follow.
    ///
    /// # Errors
    /// [`SqlError`] where a statement failed that was only sent, whatever the projection made of it.
    pub(crate) fn finish(&mut self) -> Result<(), SqlError> {
        self.failed.take().map_or(Ok(()), |error| Err(SqlError::engine("COMMIT", error)))
    }
}

impl<'a> Open<'a> {
    /// A full disk, or a statement that was stopped, ends the transaction. What came after would be one of its own.
    fn statement(&mut self, sql: &str) -> Result<&mut Prepared<'a>, SqlError> {
        if self.connection.is_autocommit() {
            return Err(SqlError::engine(sql, "an error before has ended the transaction"));
        }
        let at = match self.ran.iter().position(|ran| *ran.sql == *sql) {
            Some(at) => at,
            None => {
                if self.ran.len() == AT_HAND {
                    self.ran.remove(0);
                }
                self.ran.push(Prepared::of(self.connection, sql)?);
                self.ran.len() - 1
            }
        };
        Ok(&mut self.ran[at])
    }
}

#[async_trait]
impl SqlTransaction for OpenTransaction<'_> {
    async fn execute(&mut self, sql: &str, params: Vec<SqlValue>) -> Result<u64, SqlError> {
        self.open.statement(sql)?.execute(&params)
    }

    async fn send(&mut self, sql: &str, params: Vec<SqlValue>) -> Result<(), SqlError> {
        let done = self.execute(sql, params).await;
        if let Err(error) = &done {
            self.failed = Some(format!("a statement that was sent failed: {error}"));
        }
        done.map(drop)
    }

    async fn query(&mut self, sql: &str, params: Vec<SqlValue>) -> Result<Vec<SqlRow>, SqlError> {
        self.open.statement(sql)?.query(&params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(connection: &Connection, sql: &str, params: &[SqlValue]) -> Vec<String> {
        query(connection, sql, params).unwrap().iter().map(|row| row.get("x").unwrap()).collect()
    }

    fn execute(connection: &Connection, sql: &str, params: &[SqlValue]) -> Result<u64, SqlError> {
        Prepared::of(connection, sql)?.execute(params)
    }

    #[test]
    fn parameters_are_bound_by_their_number_wherever_they_stand() {
        let connection = Connection::open_in_memory().unwrap();
        let params = ["a".into(), "b".into()];
        assert_eq!(texts(&connection, "SELECT $2 || $1 || $2 AS x", &params), ["bab"]);
        assert_eq!(texts(&connection, "SELECT $1 || $2 AS x", &params), ["ab"]);
    }

    #[test]
    fn too_few_and_too_many_parameters_are_told() {
        let connection = Connection::open_in_memory().unwrap();
        for (sql, text) in [
            ("SELECT $1", "the statement takes 1 parameters, 2 were given"),
            ("SELECT $3", "the statement takes 3 parameters, 2 were given"),
            ("SELECT ?", "parameters are written $1, $2, …; found ?"),
            ("SELECT :a", "parameters are written $1, $2, …; found :a"),
        ] {
            let error = query(&connection, sql, &["a".into(), "b".into()]).unwrap_err();
            assert_eq!(std::error::Error::source(&error).unwrap().to_string(), text, "{sql}");
        }
    }

    #[test]
    fn the_rows_changed_are_those_of_this_statement() {
        let connection = Connection::open_in_memory().unwrap();
        assert_eq!(execute(&connection, "CREATE TABLE t (x)", &[]).unwrap(), 0);
        assert_eq!(execute(&connection, "INSERT INTO t VALUES ($1), ($1)", &[1_i64.into()]).unwrap(), 2);
        assert_eq!(execute(&connection, "CREATE TABLE u (x)", &[]).unwrap(), 0);
        assert_eq!(
            execute(
                &connection,
                "UPDATE t SET x = $1 WHERE x = $2 RETURNING x",
                &[2_i64.into(), 9_i64.into()]
            )
            .unwrap(),
            0
        );
    }
}
