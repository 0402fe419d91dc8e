//! The same by hand on PostgreSQL: tokio-postgres and nothing of ours.
//!
//! The log has the columns and the indexes that ours has, and the same bytes in them. `grouped.rs` is a task that writes what
//! waits; `singly.rs` connections that write a transaction each; `model.rs` the balances, filled from such a log. Statements are
//! prepared and sent in pipelines; the server syncs each commit, as it does by default.

pub(crate) mod grouped;
pub(crate) mod model;
pub(crate) mod singly;

use std::sync::atomic::{AtomicU64, Ordering};

use diptych::Result;
use tokio_postgres::{Client, Config, NoTls};
use uuid::Uuid;

use crate::row::Setting;

/// A schema of its own in the database that is measured.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    server: String,
    schema: String,
}

impl Place {
    /// An empty one of this name, which is a lower-case word.
    ///
    /// # Errors
    /// Where there is no server, or it does not let go what stood there.
    pub(crate) async fn new(setting: &Setting, name: &str) -> Result<Self> {
        let server = setting.postgres.clone().ok_or("there is no PostgreSQL; name one by --postgres URL")?;
        let place = Self { server, schema: format!("b{}_{name}", std::process::id()) };
        place.remove().await?;
        Ok(place)
    }

    /// What ours is opened with.
    pub(crate) fn url(&self) -> String {
        let joined = if self.server.contains('?') { '&' } else { '?' };
        format!("{}{joined}schema={}", self.server, self.schema)
    }

    /// A connection of its own, to which names mean those of the schema.
    ///
    /// # Errors
    /// What the client or the server said.
    pub(crate) async fn client(&self) -> Result<Client> {
        let mut config: Config = self.server.parse()?;
        config.options(format!("-c search_path={}", self.schema));
        let (client, line) = config.connect(NoTls).await?;
        tokio::spawn(line);
        Ok(client)
    }

    /// A log by hand, made anew.
    ///
    /// # Errors
    /// What the server said.
    pub(crate) async fn make_log(&self) -> Result<Client> {
        let client = self.client().await?;
        client.batch_execute(&format!("CREATE SCHEMA {}", self.schema)).await?;
        client.batch_execute(include_str!("../../../sql/pg_hand_log.sql")).await?;
        Ok(client)
    }

    /// Removes all that stands there, generations too.
    ///
    /// # Errors
    /// What the server said.
    pub(crate) async fn remove(&self) -> Result {
        let client = self.client().await?;
        let of = "SELECT nspname::text FROM pg_namespace WHERE starts_with(nspname::text, $1)";
        for row in client.query(of, &[&self.schema]).await? {
            let schema: String = row.try_get(0)?;
            client.batch_execute(&format!("DROP SCHEMA \"{schema}\" CASCADE")).await?;
        }
        Ok(())
    }
}

/// The ids of an event: as many bytes as ours, and as unlike each other.
struct Ids {
    event: Uuid,
    correlation: String,
    causation: String,
}

impl Ids {
    fn draw() -> Self {
        static DRAWN: AtomicU64 = AtomicU64::new(0);
        let next = || Uuid::from_u64_pair(0x0199_aa00_0000_7000, DRAWN.fetch_add(1, Ordering::Relaxed));
        Self { event: next(), correlation: next().to_string(), causation: format!("Deposit:{}", next()) }
    }
}
