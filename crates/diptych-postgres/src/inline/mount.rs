//! Mounting an inline projection: its tables are made, and filled from the log before any append goes through it.

use std::sync::Arc;

use diptych_core::{
    Failure, FailureKind, Filter, InlineProjection, Position, ProjectionSpec, store::ReadRequest,
};
use tokio_postgres::{Client, types::Type};

use super::{Mounted, look_here};
use crate::{
    append::Writer,
    failure::{failure, kind},
    pool::{Database, Param},
    read::{self, Names},
};

const DOING: &str = "mounting an inline projection";
/// By how many positions a projection may be behind and still be brought up within an append.
const PAGE: u64 = 1_000;

impl Writer {
    /// Puts projections into the transaction of every append from now on.
    ///
    /// # Errors
    /// [`Failure`] where a schema does not apply or a projection cannot take an old event. Those before it are mounted.
    pub(crate) async fn mount(&mut self, projections: Vec<Arc<dyn InlineProjection>>) -> Result<(), Failure> {
        for projection in projections {
            let spec = projection.spec();
            let mounted = Arc::new(Mounted { projection, spec });
            let client = self.connected(DOING).await?;
            while !self.in_transaction(&client, &mounted, Begin::ByMounting).await? {}
            self.inline.put(mounted);
        }
        Ok(())
    }

    /// Brings all that are mounted up to the head, a page in a transaction of its own, so that the appends of others come
    /// between.
    ///
    /// # Errors
    /// [`Failure`] where another version is mounted elsewhere, or an event cannot be taken.
    pub(crate) async fn fill_up(&mut self, client: &Client) -> Result<(), Failure> {
        for mounted in self.inline.0.clone() {
            while !self.in_transaction(client, &mounted, Begin::WhereItIs).await? {}
        }
        Ok(())
    }

    /// Fills one page under the lock of appends; answers whether it stands at the head.
    async fn in_transaction(
        &mut self,
        client: &Client,
        mounted: &Mounted,
        begin_by: Begin,
    ) -> Result<bool, Failure> {
        let begin = self.database.begin_append();
        let begun = self.database.answered(DOING, client.batch_execute(&begin)).await;
        let done = match begun {
            Ok(()) => self.step(client, mounted, begin_by).await,
            Err(failure) => Err(failure),
        };
        if done.is_err() {
            self.roll_back().await;
            return done;
        }
        self.database.answered(DOING, client.batch_execute("COMMIT")).await?;
        done
    }

    async fn step(&self, client: &Client, mounted: &Mounted, begin_by: Begin) -> Result<bool, Failure> {
        let from = match begin_by {
            Begin::ByMounting => register(client, &self.database, &mounted.spec).await?,
            Begin::WhereItIs => left_at(client, &self.database, &mounted.spec).await?,
        };
        fill(client, &self.database, mounted, from).await
    }

    /// Fills, in the open transaction, what another process has left behind; answers whether that is done. It is not where it
    /// would be more than a page: nobody else could append meanwhile.
    ///
    /// # Errors
    /// [`Failure`] where another version is mounted elsewhere, or an event cannot be taken.
    pub(crate) async fn catch_up(&self, client: &Client, head: Position) -> Result<bool, Failure> {
        for mounted in &self.inline.0 {
            let mut from = left_at(client, &self.database, &mounted.spec).await?;
            if head.get().saturating_sub(from.get()) > PAGE {
                return Ok(false);
            }
            while from < head && !fill(client, &self.database, mounted, from).await? {
                let now = known(client, &self.database, &mounted.spec.name).await?;
                from = now.map_or(head, |now| now.caught_up);
            }
        }
        Ok(true)
    }
}

/// What filling begins with.
#[derive(Clone, Copy)]
enum Begin {
    /// Its tables are made where they are not there.
    ByMounting,
    /// It is mounted, and another process may have left it behind.
    WhereItIs,
}

struct Catalogued {
    version: i64,
    caught_up: Position,
    objects: String,
}

async fn known(client: &Client, database: &Database, name: &str) -> Result<Option<Catalogued>, Failure> {
    let wrap = |error| failure(DOING, error);
    let sql = database.schema.sql(include_str!("../../sql/inline/known.sql"));
    let name: [Param<'_>; 1] = [(&name, Type::TEXT)];
    let row = database.answered(DOING, client.query_typed_opt(&sql, &name)).await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Catalogued {
        version: row.try_get(0).map_err(wrap)?,
        caught_up: Position::from_i64(row.try_get(1).map_err(wrap)?),
        objects: row.try_get(2).map_err(wrap)?,
    }))
}

/// Up to where a mounted one is filled.
async fn left_at(client: &Client, database: &Database, spec: &ProjectionSpec) -> Result<Position, Failure> {
    match known(client, database, &spec.name).await? {
        Some(known) if known.version == i64::from(spec.version) => Ok(known.caught_up),
        Some(_) | None => {
            let text = format!(
                "another process has mounted another version of inline projection {}; restart this one with the same program",
                spec.name
            );
            Err(Failure::plain(FailureKind::Unavailable, text))
        }
    }
}

/// Makes the tables, unless they are there; answers up to where they are filled.
async fn register(client: &Client, database: &Database, spec: &ProjectionSpec) -> Result<Position, Failure> {
    let (wrap, schema) = (|error| failure(DOING, error), &database.schema);
    look_here(client, database).await?;
    if let Some(known) = known(client, database, &spec.name).await? {
        if known.version == i64::from(spec.version) {
            return Ok(known.caught_up);
        }
        for object in known.objects.lines() {
            let Some((kind, name)) = object.rsplit_once(' ') else { continue };
            let name = name.replace('"', "\"\"");
            let drop = format!("DROP {kind} IF EXISTS \"{name}\" CASCADE");
            client.batch_execute(&drop).await.map_err(wrap)?;
        }
        let sql = schema.sql(include_str!("../../sql/inline/unregister.sql"));
        client.execute_typed(&sql, &[(&&*spec.name, Type::TEXT)]).await.map_err(wrap)?;
    }
    let before = objects(client, database).await?;
    client.batch_execute(&spec.schema).await.map_err(|error| {
        let doing = format!("making the tables of inline projection {}", spec.name);
        Failure::new(kind(&error), doing, error)
    })?;
    let after = objects(client, database).await?;
    let new: Vec<_> = after.into_iter().filter(|object| !before.contains(object)).collect();
    let sql = schema.sql(include_str!("../../sql/inline/register.sql"));
    let (version, new) = (i64::from(spec.version), new.join("\n"));
    let params: [Param<'_>; 3] = [(&&*spec.name, Type::TEXT), (&version, Type::INT8), (&new, Type::TEXT)];
    client.execute_typed(&sql, &params).await.map_err(wrap)?;
    Ok(Position::START)
}

/// Applies the next page of old events; answers whether there are no more. Others hold the lock never meanwhile, so what
/// other connections read of the log is all there is.
async fn fill(
    client: &Client,
    database: &Database,
    mounted: &Mounted,
    from: Position,
) -> Result<bool, Failure> {
    let page = read::page(database, &Names::default(), &ReadRequest::after(Filter::All, from)).await?;
    look_here(client, database).await?;
    for event in &page.events {
        mounted.apply(client, database, event).await?;
    }
    let sql = database.schema.sql(include_str!("../../sql/inline/caught_up.sql"));
    let names = [&*mounted.spec.name];
    let params: [Param<'_>; 2] =
        [(&names.as_slice(), Type::TEXT_ARRAY), (&page.considered.to_i64(), Type::INT8)];
    client.execute_typed(&sql, &params).await.map_err(|error| failure(DOING, error))?;
    Ok(page.considered >= page.head)
}

/// Tables and views that are not ours, one `TYPE name` each.
async fn objects(client: &Client, database: &Database) -> Result<Vec<String>, Failure> {
    let sql = database.schema.sql(include_str!("../../sql/inline/objects.sql"));
    let rows = client.query_typed(&sql, &[]).await.map_err(|error| failure(DOING, error))?;
    let objects = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>();
    objects.map_err(|error| failure(DOING, error))
}
