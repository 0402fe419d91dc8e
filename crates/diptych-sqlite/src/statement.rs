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
    Connection, ErrorCode, Statement, ToSql,
    types::{ToSqlOutput, ValueRef},
};
use send_wrapper::SendWrapper;

use crate::guard;

/// Runs a statement; answers how many rows it changed.
pub(crate) fn execute(connection: &Connection, sql: &str, params: &[SqlValue]) -> Result<u64, SqlError> {
    let engine = |error| broken(sql, error);
    let mut statement = connection.prepare_cached(sql).map_err(engine)?;
    bind(&mut statement, sql, params)?;
    let before = connection.total_changes();
    let mut rows = statement.raw_query();
    while rows.next().map_err(engine)?.is_some() {}
    drop(rows);
    // A statement that is no INSERT, UPDATE or DELETE leaves the count of the one before it.
    Ok(if connection.total_changes() == before { 0 } else { connection.changes() })
}

/// Runs a statement; answers its rows.
pub(crate) fn query(
    connection: &Connection,
    sql: &str,
    params: &[SqlValue],
) -> Result<Vec<SqlRow>, SqlError> {
    let engine = |error| broken(sql, error);
    let mut statement = connection.prepare_cached(sql).map_err(engine)?;
    bind(&mut statement, sql, params)?;
    let columns: Arc<[String]> = statement.column_names().map(str::to_owned).collect();
    let mut rows = statement.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(engine)? {
        let values = (0..columns.len()).map(|column| Ok(value(row.get_ref(column)?)?));
        let values = values.collect::<rusqlite::Result<_>>().map_err(engine)?;
        found.push(SqlRow::new(Arc::clone(&columns), values));
    }
    Ok(found)
}

fn broken(sql: &str, error: rusqlite::Error) -> SqlError {
    if error.sqlite_error_code() == Some(ErrorCode::AuthorizationForStatementDenied) {
        return SqlError::engine(sql, guard::DENIED);
    }
    SqlError::engine(sql, error)
}

fn bind(statement: &mut Statement<'_>, sql: &str, params: &[SqlValue]) -> Result<(), SqlError> {
    let mut wanted = 0;
    for index in 1..=statement.parameter_count() {
        let name = statement.parameter_name(index).unwrap_or("?");
        let number = name.strip_prefix('$').and_then(|number| number.parse::<usize>().ok());
        let Some(number) = number.filter(|number| *number > 0) else {
            return Err(SqlError::engine(sql, format!("parameters are written $1, $2, …; found {name}")));
        };
        wanted = wanted.max(number);
        if let Some(value) = params.get(number - 1) {
            statement.raw_bind_parameter(index, Bound(value)).map_err(|error| broken(sql, error))?;
        }
    }
    if wanted == params.len() {
        return Ok(());
    }
    let given = params.len();
    Err(SqlError::engine(sql, format!("the statement takes {wanted} parameters, {given} were given")))
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
    connection: SendWrapper<&'a Connection>,
    failed: Option<String>,
}

impl<'a> OpenTransaction<'a> {
    /// Hands out the transaction that is open on this connection.
    pub(crate) fn new(connection: &'a Connection) -> Self {
        Self { connection: SendWrapper::new(connection), failed: None }
    }

    /// Nothing may follow.
    ///
    /// # Errors
    /// [`SqlError`] where a statement failed that was only sent, whatever the projection made of it.
    pub(crate) fn finish(&mut self) -> Result<(), SqlError> {
        self.failed.take().map_or(Ok(()), |error| Err(SqlError::engine("COMMIT", error)))
    }

    /// A full disk, or a statement that was stopped, ends the transaction. What came after would be one of its own.
    fn open(&self, sql: &str) -> Result<(), SqlError> {
        if self.connection.is_autocommit() {
            return Err(SqlError::engine(sql, "an error before has ended the transaction"));
        }
        Ok(())
    }
}

#[async_trait]
impl SqlTransaction for OpenTransaction<'_> {
    async fn execute(&mut self, sql: &str, params: Vec<SqlValue>) -> Result<u64, SqlError> {
        self.open(sql)?;
        execute(&self.connection, sql, &params)
    }

    async fn send(&mut self, sql: &str, params: Vec<SqlValue>) -> Result<(), SqlError> {
        let done = self.execute(sql, params).await;
        if let Err(error) = &done {
            self.failed = Some(format!("a statement that was sent failed: {error}"));
        }
        done.map(drop)
    }

    async fn query(&mut self, sql: &str, params: Vec<SqlValue>) -> Result<Vec<SqlRow>, SqlError> {
        self.open(sql)?;
        query(&self.connection, sql, &params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(connection: &Connection, sql: &str, params: &[SqlValue]) -> Vec<String> {
        query(connection, sql, params).unwrap().iter().map(|row| row.get("x").unwrap()).collect()
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
