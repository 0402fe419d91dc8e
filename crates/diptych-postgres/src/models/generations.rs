//! All generations of one read model: made, promoted and removed.

use std::sync::Arc;

use async_trait::async_trait;
use diptych_core::{
    Failure, FailureKind, Position, ProjectionSpec, SqlProjection, Timestamp,
    model::{Generation, GenerationInfo, ReadModel, ReadModels},
};
use tokio_postgres::{Client, Error, Row, types::Type};

use super::{Engine, generation::PostgresModel};
use crate::{
    failure::{failure, kind},
    pool::{Open, Param},
};

/// See the page.
pub(super) struct PostgresModels {
    engine: Arc<Engine>,
    projection: Arc<dyn SqlProjection>,
    spec: ProjectionSpec,
}

/// Which generation is live, and the newest that there ever was: numbers are not used again.
#[derive(Clone, Copy)]
struct Pointer {
    live: Option<i64>,
    newest: i64,
}

/// The longest name that the server takes, in bytes.
const LONGEST: usize = 63;

impl PostgresModels {
    pub(super) fn new(engine: Arc<Engine>, projection: Arc<dyn SqlProjection>) -> Self {
        let spec = projection.spec();
        Self { engine, projection, spec }
    }

    /// The name stands in the names of schemas.
    fn check_name(&self) -> Result<(), Failure> {
        let name = &self.spec.name;
        let fits = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
        let longest = LONGEST - "_4294967295_".len() - self.engine.database.schema.name().len();
        if !name.is_empty() && name.len() <= longest && name.chars().all(fits) {
            return Ok(());
        }
        let text = format!(
            "on PostgreSQL a projection's name is 1 to {longest} of A-Z a-z 0-9 _ -, which {name:?} is not"
        );
        Err(Failure::plain(FailureKind::Invalid, text))
    }

    fn sql(&self, text: &str) -> String {
        self.engine.database.schema.sql(text)
    }

    fn doing(&self) -> String {
        format!("keeping generations of {}", self.spec.name)
    }

    fn none(&self, generation: Generation) -> Failure {
        let text = format!("there is no generation {generation} of {}", self.spec.name);
        Failure::plain(FailureKind::Invalid, text)
    }

    /// Runs a change in a transaction that holds the pointer's row.
    async fn changing<T>(
        &self,
        change: impl AsyncFnOnce(&Client, Pointer, Vec<GenerationInfo>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.check_name()?;
        let doing = self.doing();
        let database = &self.engine.database;
        let mut lease = database.lease(&doing).await?;
        lease.is_open(Open::Read);
        let done = database.in_time(&doing, self.changed(lease.client(&doing)?, change)).await?;
        lease.is_open(Open::No);
        Ok(done)
    }

    async fn changed<T>(
        &self,
        client: &Client,
        change: impl AsyncFnOnce(&Client, Pointer, Vec<GenerationInfo>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let doing = self.doing();
        let wrap = |error| failure(&doing, error);
        client.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED").await.map_err(wrap)?;
        let name: [Param<'_>; 1] = [(&self.spec.name, Type::TEXT)];
        let declare = self.sql(include_str!("../../sql/model/declare.sql"));
        client.execute_typed(&declare, &name).await.map_err(wrap)?;
        let pointer = self.sql(include_str!("../../sql/model/pointer.sql"));
        let row = client.query_typed_one(&pointer, &name).await.map_err(wrap)?;
        let pointer = Pointer { live: row.try_get(0).map_err(wrap)?, newest: row.try_get(1).map_err(wrap)? };
        let there = self.sql(include_str!("../../sql/model/generations.sql"));
        let there = client.query_typed(&there, &name).await.map_err(wrap)?;
        let there = there.iter().map(info).collect::<Result<_, _>>().map_err(wrap)?;
        let done = change(client, pointer, there).await?;
        client.batch_execute("COMMIT").await.map_err(wrap)?;
        Ok(done)
    }

    async fn point(&self, client: &Client, pointer: Pointer) -> Result<(), Failure> {
        let sql = self.sql(include_str!("../../sql/model/set_pointer.sql"));
        let params: [Param<'_>; 3] =
            [(&self.spec.name, Type::TEXT), (&pointer.live, Type::INT8), (&pointer.newest, Type::INT8)];
        let done = client.execute_typed(&sql, &params).await;
        done.map(drop).map_err(|error| failure(&self.doing(), error))
    }

    async fn make(&self, client: &Client, generation: Generation) -> Result<(), Failure> {
        let doing = format!("making a generation of {}", self.spec.name);
        let schema = self.engine.schema_of(&self.spec.name, generation);
        let make = format!("CREATE SCHEMA \"{schema}\"; SET LOCAL search_path TO \"{schema}\"");
        client.batch_execute(&make).await.map_err(|error| failure(&doing, error))?;
        client.batch_execute(&self.spec.schema).await.map_err(|error| {
            Failure::new(kind(&error), format!("{doing}: its schema does not apply"), error)
        })?;
        let sql = self.sql(include_str!("../../sql/model/insert_generation.sql"));
        let params: [Param<'_>; 4] = [
            (&self.spec.name, Type::TEXT),
            (&i64::from(generation.0), Type::INT8),
            (&i64::from(self.spec.version), Type::INT8),
            (&self.engine.clock.now().as_micros(), Type::INT8),
        ];
        client.execute_typed(&sql, &params).await.map(drop).map_err(|error| failure(&doing, error))
    }
}

fn info(row: &Row) -> Result<GenerationInfo, Error> {
    Ok(GenerationInfo {
        generation: Generation(number(row, 0)?),
        version: number(row, 1)?,
        created_at: Timestamp::from_micros(row.try_get(2)?),
        position: Position::from_i64(row.try_get(3)?),
        live: row.try_get(4)?,
    })
}

fn number(row: &Row, at: usize) -> Result<u32, Error> {
    Ok(u32::try_from(row.try_get::<_, i64>(at)?).unwrap_or(u32::MAX))
}

#[async_trait]
impl ReadModels for PostgresModels {
    fn spec(&self) -> &ProjectionSpec {
        &self.spec
    }

    async fn generations(&self) -> Result<Vec<GenerationInfo>, Failure> {
        self.check_name()?;
        let sql = include_str!("../../sql/model/generations.sql");
        let rows = self.engine.database.query(&self.doing(), sql, &[(&self.spec.name, Type::TEXT)]).await?;
        rows.iter().map(info).collect::<Result<_, _>>().map_err(|error| failure(&self.doing(), error))
    }

    async fn create(&self) -> Result<Generation, Failure> {
        let create = async |client: &Client, pointer: Pointer, there: Vec<GenerationInfo>| {
            let newest = pointer.newest.saturating_add(1);
            let generation = Generation(u32::try_from(newest).unwrap_or(u32::MAX));
            self.make(client, generation).await?;
            let live = if there.is_empty() { Some(newest) } else { pointer.live };
            self.point(client, Pointer { live, newest }).await?;
            Ok(generation)
        };
        self.changing(create).await
    }

    async fn open(&self, generation: Generation) -> Result<Arc<dyn ReadModel>, Failure> {
        self.check_name()?;
        let model = PostgresModel {
            engine: Arc::clone(&self.engine),
            projection: Arc::clone(&self.projection),
            name: self.spec.name.to_string(),
            generation,
        };
        model.checkpoint().await?;
        Ok(Arc::new(model))
    }

    async fn promote(&self, generation: Generation) -> Result<(), Failure> {
        let promote = async |client: &Client, pointer: Pointer, there: Vec<GenerationInfo>| {
            if !there.iter().any(|info| info.generation == generation) {
                return Err(self.none(generation));
            }
            self.point(client, Pointer { live: Some(generation.0.into()), ..pointer }).await
        };
        self.changing(promote).await
    }

    async fn remove(&self, generation: Generation) -> Result<(), Failure> {
        let remove = async |client: &Client, _: Pointer, there: Vec<GenerationInfo>| {
            let found = there.iter().find(|info| info.generation == generation);
            if found.ok_or_else(|| self.none(generation))?.live {
                let name = &self.spec.name;
                let text = format!("generation {generation} of {name} is live; promote another one first");
                return Err(Failure::plain(FailureKind::Invalid, text));
            }
            let wrap = |error| failure(&self.doing(), error);
            let sql = self.sql(include_str!("../../sql/model/remove.sql"));
            let which: [Param<'_>; 2] =
                [(&self.spec.name, Type::TEXT), (&i64::from(generation.0), Type::INT8)];
            client.execute_typed(&sql, &which).await.map_err(wrap)?;
            let schema = self.engine.schema_of(&self.spec.name, generation);
            client.batch_execute(&format!("DROP SCHEMA IF EXISTS \"{schema}\" CASCADE")).await.map_err(wrap)
        };
        self.changing(remove).await
    }
}

impl std::fmt::Debug for PostgresModels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresModels").field("name", &self.spec.name).finish_non_exhaustive()
    }
}
