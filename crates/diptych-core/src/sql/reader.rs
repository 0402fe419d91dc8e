//! The handle of a query: reads what the query declares, and opens what is sealed. It has no way to write.

use std::sync::Arc;

use async_trait::async_trait;
use serde::de::DeserializeOwned;

use super::{SqlError, SqlParams, SqlReader, SqlRow};
use crate::{
    documents::DocumentReader,
    failure::{Failure, FailureKind},
    model::ReadHandle,
    personal::{Personal, Sealed},
    position::Position,
};

/// Opens sealed values.
#[async_trait]
pub trait Opener: Send + Sync + std::fmt::Debug {
    /// The plain bytes; none once the person's key was destroyed.
    ///
    /// # Errors
    /// [`Failure`] where the keys cannot be read or the value was tampered with.
    async fn open(&self, sealed: &Sealed) -> Result<Option<Vec<u8>>, Failure>;
}

/// One read model that a query declared, opened at one moment.
pub struct Source {
    /// The projection's name.
    pub name: &'static str,
    /// Up to where the rows are known to hold everything; at or after the handle's own position.
    pub position: Position,
    /// The rows.
    pub handle: Box<dyn ReadHandle>,
}

/// What a query reads through.
pub struct Reader {
    sources: Vec<Source>,
    opener: Arc<dyn Opener>,
}

impl Reader {
    /// A handle to these read models.
    #[must_use]
    pub fn new(sources: Vec<Source>, opener: Arc<dyn Opener>) -> Self {
        Self { sources, opener }
    }

    /// Up to where the answer reflects the log: the least of the read models'.
    #[must_use]
    pub fn position(&self) -> Position {
        self.sources.iter().map(|source| source.position).min().unwrap_or_default()
    }

    /// The rows of a statement, from the only (or first) read model declared. Parameters are `$1`, `$2`, ….
    ///
    /// # Errors
    /// [`SqlError`] with what the engine said.
    pub async fn rows(&self, sql: &str, params: impl SqlParams) -> Result<Vec<SqlRow>, SqlError> {
        let first = self.sources.first().map_or("", |source| source.name);
        self.rows_of(first, sql, params).await
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// [`SqlError`] with what the engine said.
    pub async fn row(&self, sql: &str, params: impl SqlParams) -> Result<Option<SqlRow>, SqlError> {
        Ok(self.rows(sql, params).await?.into_iter().next())
    }

    /// The rows of a statement, from the read model of this name.
    ///
    /// # Errors
    /// [`SqlError`] with what the engine said, or that the query does not declare this read model.
    pub async fn rows_of(
        &self,
        model: &str,
        sql: &str,
        params: impl SqlParams,
    ) -> Result<Vec<SqlRow>, SqlError> {
        self.sql(model)?.query(sql, params.into_values()).await
    }

    /// The documents of the read model of this name; none where it is rows, or is not declared by the query.
    #[must_use]
    pub fn documents(&self, model: &str) -> Option<&dyn DocumentReader> {
        self.source(model)?.handle.documents()
    }

    /// The engine's own handle to the read model of this name, for engines that do not speak SQL.
    #[must_use]
    pub fn handle<T: 'static>(&self, model: &str) -> Option<&T> {
        self.source(model)?.handle.as_any().downcast_ref()
    }

    /// The plain form of a personal value; none once the person was erased.
    ///
    /// # Errors
    /// [`Failure`] where the keys cannot be read or the value was tampered with.
    pub async fn open<T: DeserializeOwned + Clone>(&self, value: &Personal<T>) -> Result<Option<T>, Failure> {
        let Some(token) = value.token() else { return Ok(value.as_plain().cloned()) };
        let Some(plain) = self.opener.open(token).await? else { return Ok(None) };
        serde_json::from_slice(&plain)
            .map(Some)
            .map_err(|error| Failure::new(FailureKind::Unreadable, "reading an opened personal value", error))
    }

    fn source(&self, model: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.name == model)
    }

    fn sql(&self, model: &str) -> Result<&dyn SqlReader, SqlError> {
        self.source(model).and_then(|source| source.handle.sql()).ok_or_else(|| SqlError::NoModel {
            asked: model.to_owned(),
            declared: self.sources.iter().map(|source| source.name).collect::<Vec<_>>().join(", "),
        })
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.sources.iter().map(|source| source.name)).finish()
    }
}
