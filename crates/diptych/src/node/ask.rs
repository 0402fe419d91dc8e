//! Asking a query: `node.ask(query).await`, or with the position of a receipt.

use diptych_core::{Failure, FailureKind, Query};
use tower::ServiceExt;

use super::Node;
use crate::query_bus::{Answered, AskOptions, QueryError, QueryRequest};

impl Node {
    /// The projections that queries of this type read; none where no handler is registered.
    #[must_use]
    pub fn reads_of<Q: Query>(&self) -> Vec<&'static str> {
        self.0.readers.get(std::any::TypeId::of::<Q>()).map(|handler| handler.reads()).unwrap_or_default()
    }

    /// Asks a query of whatever the read models hold now.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn ask<Q: Query>(&self, query: Q) -> Result<Q::Answer, QueryError> {
        self.ask_with(query, AskOptions::default()).await.map(|answered| answered.value)
    }

    /// Asks a query of read models that have come up to a position; waits for it if told to.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn ask_with<Q: Query>(
        &self,
        query: Q,
        options: AskOptions,
    ) -> Result<Answered<Q::Answer>, QueryError> {
        let request = QueryRequest::new(query, options);
        let raw = self.0.queries.clone().oneshot(request).await.map_err(QueryError::from_box)?;
        match raw.value.downcast::<Q::Answer>() {
            Ok(value) => Ok(Answered { value: *value, position: raw.position }),
            Err(_) => Err(Failure::plain(
                FailureKind::Internal,
                format!("a layer answered {} with a value of another type", Q::NAME),
            )
            .into()),
        }
    }
}
