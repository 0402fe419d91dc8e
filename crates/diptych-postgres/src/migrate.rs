//! How the tables are made and brought up to date: at start, under a lock, one version after the other, all or nothing.
//!
//! Whoever opens a schema that is up to date needs no rights but to use it, and takes no lock.

use tokio_postgres::{Client, Error, error::SqlState};

use crate::{open_error::OpenError, pool::Param, schema::Schema, server::Server};

/// The migrations: the SQL of a version is what leads to it from the one before.
const MIGRATIONS: [&str; 3] = [
    include_str!("../sql/log/0001_log.sql"),
    include_str!("../sql/log/0002_peers.sql"),
    include_str!("../sql/log/0003_parked.sql"),
];
const NEWEST: i64 = 3;

/// See the page.
pub(crate) struct Migration<'a> {
    pub(crate) server: &'a Server,
    pub(crate) schema: &'a Schema,
    pub(crate) client: &'a Client,
}

impl Migration<'_> {
    /// Brings the schema up to date.
    ///
    /// # Errors
    /// [`OpenError`]; the schema is as it was.
    pub(crate) async fn run(&self) -> Result<(), OpenError> {
        if self.version().await? == NEWEST {
            return Ok(());
        }
        let begin = self.schema.sql(include_str!("../sql/migrate/begin.sql"));
        self.told(self.client.batch_execute(&begin).await)?;
        let done = self.locked().await;
        let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
        let ended = self.client.batch_execute(end).await;
        done.and_then(|()| self.told(ended))
    }

    /// The SQL that [`Migration::run`] would run; none where the schema is up to date.
    ///
    /// # Errors
    /// [`OpenError`] where it cannot be found out.
    pub(crate) async fn plan(&self) -> Result<Option<String>, OpenError> {
        let found = self.version().await?;
        if found == NEWEST {
            return Ok(None);
        }
        let begin = self.schema.sql(include_str!("../sql/migrate/begin.sql"));
        let all: Vec<_> =
            [begin].into_iter().chain(self.steps(found)).chain(["COMMIT;".to_owned()]).collect();
        Ok(Some(all.join("\n")))
    }

    async fn locked(&self) -> Result<(), OpenError> {
        for step in self.steps(self.version().await?) {
            self.told(self.client.batch_execute(&step).await)?;
        }
        Ok(())
    }

    /// From a version to the newest.
    fn steps(&self, found: i64) -> impl Iterator<Item = String> {
        let all = MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(usize::MAX));
        let done = include_str!("../sql/migrate/done.sql").replace("{version}", &NEWEST.to_string());
        all.map(|sql| self.schema.sql(sql)).chain([self.schema.sql(&done)])
    }

    /// 0 where there is nothing yet.
    async fn version(&self) -> Result<i64, OpenError> {
        let none: [Param<'_>; 0] = [];
        let sql = self.schema.sql(include_str!("../sql/migrate/version.sql"));
        let missing = [SqlState::UNDEFINED_TABLE, SqlState::INVALID_SCHEMA_NAME];
        let found = match self.client.query_typed(&sql, &none).await {
            Ok(rows) => self.told(rows.first().map_or(Ok(0), |row| row.try_get(0)))?,
            Err(error) if error.code().is_some_and(|code| missing.contains(code)) => 0,
            Err(error) => return self.told(Err(error)),
        };
        if found > NEWEST {
            let name = self.schema.name().to_owned();
            return Err(OpenError::Newer { name, found, known: NEWEST });
        }
        Ok(found)
    }

    fn told<T>(&self, done: Result<T, Error>) -> Result<T, OpenError> {
        done.map_err(|error| OpenError::of(self.server, error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_is_the_number_of_migrations() {
        assert_eq!(i64::try_from(MIGRATIONS.len()), Ok(NEWEST));
    }
}
