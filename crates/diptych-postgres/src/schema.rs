//! The schema in which the tables stand, and how they are made: at start, under a lock, one version after the other.

use std::sync::Arc;

use tokio_postgres::{Client, error::SqlState, types::Type};

use crate::open_error::OpenError;

/// The migrations: the SQL of a version is what leads to it from the one before.
const MIGRATIONS: [&str; 1] = [include_str!("../sql/log/0001_log.sql")];

/// The longest name of a schema of ours, in bytes: names of generations begin with it.
pub(crate) const LONGEST: usize = 30;

/// The name of a schema: nothing that needs quotes.
#[derive(Clone, Debug)]
pub(crate) struct Schema(Arc<str>);

impl Schema {
    /// Takes a name.
    ///
    /// # Errors
    /// [`OpenError::Url`] where it needs quotes or is too long.
    pub(crate) fn parse(name: &str) -> Result<Self, OpenError> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let begins = name.starts_with(|c: char| c.is_ascii_lowercase()) && !name.starts_with("pg_");
        if begins && name.len() <= LONGEST && name.chars().all(fits) {
            return Ok(Self(name.into()));
        }
        let problem = format!(
            "a schema's name is a lower-case letter, then a-z 0-9 _, at most {LONGEST}, which {name:?} is not"
        );
        Err(OpenError::Url { problem, source: None })
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.0
    }

    /// A statement of ours with the schema's name in it.
    pub(crate) fn sql(&self, text: &str) -> String {
        text.replace("{schema}", &self.0)
    }

    /// Makes or brings up to date what stands in the schema. Whoever opens one that is up to date needs no rights but to
    /// use it, and takes no lock.
    ///
    /// # Errors
    /// [`OpenError`]; the schema is as it was.
    pub(crate) async fn migrate(&self, client: &Client) -> Result<(), OpenError> {
        let newest = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
        if self.checked(self.version(client).await?, newest)? == newest {
            return Ok(());
        }
        client
            .batch_execute(&self.sql(include_str!("../sql/migrate/begin.sql")))
            .await
            .map_err(OpenError::broken)?;
        let done = self.migrate_locked(client, newest).await;
        let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
        let ended = client.batch_execute(end).await;
        done.and_then(|()| ended.map_err(OpenError::broken))
    }

    async fn migrate_locked(&self, client: &Client, newest: i64) -> Result<(), OpenError> {
        let found = self.checked(self.version(client).await?, newest)?;
        for sql in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(usize::MAX)) {
            client.batch_execute(&self.sql(sql)).await.map_err(OpenError::broken)?;
        }
        let done = include_str!("../sql/migrate/done.sql").replace("{version}", &newest.to_string());
        client.batch_execute(&self.sql(&done)).await.map_err(OpenError::broken)
    }

    fn checked(&self, found: i64, known: i64) -> Result<i64, OpenError> {
        if found > known {
            return Err(OpenError::Newer { name: self.name().to_owned(), found, known });
        }
        Ok(found)
    }

    /// 0 where there is nothing yet.
    async fn version(&self, client: &Client) -> Result<i64, OpenError> {
        let no_parameters: &[(&(dyn tokio_postgres::types::ToSql + Sync), Type)] = &[];
        let sql = self.sql(include_str!("../sql/migrate/version.sql"));
        match client.query_typed(&sql, no_parameters).await {
            Ok(rows) => match rows.first() {
                Some(row) => row.try_get(0).map_err(OpenError::broken),
                None => Ok(0),
            },
            Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => Ok(0),
            Err(error) => Err(OpenError::broken(error)),
        }
    }
}
