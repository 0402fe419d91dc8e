//! Queries: questions that cannot write, because their handle has no way to.

use async_trait::async_trait;

use crate::{failure::BoxError, sql::Reader};

/// A question, with the type of its answer. `#[query]` on the handler's function makes it one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a query",
    label = "not a query",
    note = "put `#[query(reads = projection)]` on `async fn name(query: &{Self}, db: &Reader) -> Result<Answer>`"
)]
pub trait Query: Send + Sync + 'static {
    /// The name under which it is dispatched, traced and counted: that of the struct.
    const NAME: &'static str;

    /// What it answers.
    type Answer: Send + 'static;
}

/// Answers one type of query from the read models that it declares.
#[async_trait]
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not answer `{Q}`",
    label = "not the handler of a query",
    note = "put `#[query(reads = projection)]` on `async fn name(query: &TheQuery, db: &Reader) -> Result<Answer>`"
)]
pub trait QueryHandler<Q: Query>: Send + Sync + 'static {
    /// The projections it reads, by name. Waiting for a position waits for all of them.
    fn reads(&self) -> Vec<&'static str>;

    /// Answers. Everything read through `db` is of one moment per read model.
    ///
    /// # Errors
    /// Any error; the caller gets it as a failure that names the query.
    async fn answer(&self, query: &Q, db: &Reader) -> Result<Q::Answer, BoxError>;
}

/// `#[query]` leaves a function that makes the handler, so that its name stays free for variables and fields.
#[diagnostic::do_not_recommend]
#[async_trait]
impl<F, H, Q> QueryHandler<Q> for F
where
    F: Fn() -> H + Send + Sync + 'static,
    H: QueryHandler<Q>,
    Q: Query,
{
    fn reads(&self) -> Vec<&'static str> {
        self().reads()
    }

    async fn answer(&self, query: &Q, db: &Reader) -> Result<Q::Answer, BoxError> {
        self().answer(query, db).await
    }
}
