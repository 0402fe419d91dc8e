//! The keys of persons, in a table of their own, so that one can be destroyed.
//!
//! The old version of a destroyed key's row is vacuumed at once. What backups and archived WAL of the server keep no program
//! can take back: their keeping time is the time after which an erasure is complete.

use async_trait::async_trait;
use diptych_core::{
    Failure, FailureKind,
    keys::{KeyState, KeyStore, WrappedKey},
};
use tokio_postgres::types::Type;

use crate::{
    failure::failure,
    pool::{Database, Open, Param},
};

const DOING: &str = "keeping keys";

/// Keeps the keys of persons. Made by [`PostgresDatabase::open`](crate::PostgresDatabase::open).
#[derive(Debug)]
pub struct PostgresKeys(pub(crate) Database);

#[async_trait]
impl KeyStore for PostgresKeys {
    async fn get(&self, subject: &str) -> Result<KeyState, Failure> {
        let rows =
            self.0.query(DOING, include_str!("../sql/keys/get.sql"), &[(&subject, Type::TEXT)]).await?;
        let Some(row) = rows.first() else { return Ok(KeyState::Absent) };
        let key: Option<Vec<u8>> = row.try_get(0).map_err(|error| failure(DOING, error))?;
        Ok(key.map_or(KeyState::Destroyed, |key| KeyState::Present(WrappedKey(key))))
    }

    async fn put_if_absent(&self, subject: &str, key: WrappedKey) -> Result<KeyState, Failure> {
        let params: [Param<'_>; 2] = [(&subject, Type::TEXT), (&key.0, Type::BYTEA)];
        self.0.execute(DOING, include_str!("../sql/keys/put.sql"), &params).await?;
        self.get(subject).await
    }

    async fn destroy(&self, subject: &str) -> Result<(), Failure> {
        self.0.execute(DOING, include_str!("../sql/keys/destroy.sql"), &[(&subject, Type::TEXT)]).await?;
        let mut lease = self.0.lease_for_one(DOING).await?;
        lease.is_open(Open::Read);
        let vacuum = self.0.schema.sql(include_str!("../sql/keys/vacuum.sql"));
        self.0.answered(DOING, lease.client(DOING)?.batch_execute(&vacuum)).await?;
        lease.is_open(Open::No);
        Ok(())
    }

    async fn master_check(&self, fresh: Vec<u8>) -> Result<Vec<u8>, Failure> {
        self.0.execute(DOING, include_str!("../sql/keys/put_master.sql"), &[(&fresh, Type::BYTEA)]).await?;
        let rows = self.0.query(DOING, include_str!("../sql/keys/master.sql"), &[]).await?;
        let lost = || Failure::plain(FailureKind::Unreadable, "the check of the master key is gone");
        rows.first().ok_or_else(lost)?.try_get(0).map_err(|error| failure(DOING, error))
    }
}
