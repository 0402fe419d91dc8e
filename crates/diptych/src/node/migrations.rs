//! Bringing the tables of a store up to date, and saying beforehand what that would be.

use diptych_core::{Failure, FailureKind};

use super::{StoreUrl, Stores, url::PostgresUrl};

impl Stores {
    /// The SQL that opening a store would run to bring its tables up to date, those of projections apart; none where they
    /// are. Nothing is changed.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be found out.
    pub async fn migrations(url: &StoreUrl) -> Result<Option<String>, Failure> {
        match url {
            StoreUrl::Memory => Ok(None),
            #[cfg(feature = "sqlite")]
            StoreUrl::Sqlite(folder) => diptych_sqlite::migrations(folder)
                .map_err(|error| Failure::new(FailureKind::Invalid, format!("looking at {url}"), error)),
            #[cfg(not(feature = "sqlite"))]
            StoreUrl::Sqlite(_) => Err(unbuilt("sqlite")),
            StoreUrl::Postgres(database) => of_database(database).await,
        }
    }

    /// Brings the tables of a store up to date, those of projections apart, which change when the application starts.
    ///
    /// # Errors
    /// [`Failure`]; the tables are as they were.
    pub async fn migrate(url: &StoreUrl) -> Result<(), Failure> {
        match url {
            StoreUrl::Memory => Ok(()),
            StoreUrl::Sqlite(_) => Self::open(url, None).await?.events.close().await,
            StoreUrl::Postgres(database) => migrate_database(database).await,
        }
    }
}

#[cfg(feature = "postgres")]
async fn of_database(url: &PostgresUrl) -> Result<Option<String>, Failure> {
    let options = diptych_postgres::PostgresOptions::default();
    let found = diptych_postgres::PostgresDatabase::migrations(url.with_password(), options).await;
    found.map_err(|error| Failure::new(error.kind(), format!("looking at {url}"), error))
}

#[cfg(feature = "postgres")]
async fn migrate_database(url: &PostgresUrl) -> Result<(), Failure> {
    let options = diptych_postgres::PostgresOptions::default();
    let done = diptych_postgres::PostgresDatabase::migrate(url.with_password(), options).await;
    done.map_err(|error| Failure::new(error.kind(), format!("migrating {url}"), error))
}

#[cfg(not(feature = "postgres"))]
#[allow(clippy::unused_async, reason = "as its twin")]
async fn of_database(_: &PostgresUrl) -> Result<Option<String>, Failure> {
    Err(unbuilt("postgres"))
}

#[cfg(not(feature = "postgres"))]
#[allow(clippy::unused_async, reason = "as its twin")]
async fn migrate_database(_: &PostgresUrl) -> Result<(), Failure> {
    Err(unbuilt("postgres"))
}

#[cfg(not(all(feature = "sqlite", feature = "postgres")))]
fn unbuilt(feature: &str) -> Failure {
    Failure::plain(FailureKind::Invalid, format!("this program was built without the feature `{feature}`"))
}
