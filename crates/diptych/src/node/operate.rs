//! What an operator asks of projections. It is done to its end even where the caller goes away in the middle, so that no runner is
//! left stopped.

use std::sync::Arc;

use diptych_core::{Failure, FailureKind, model::ParkedEvent};
use tokio_util::sync::CancellationToken;

use super::Node;
use crate::projections::{Comparison, OperateError, Operation, ProjectionStatus, Supervisor};

impl Node {
    /// What an operator is told of one projection or event handler.
    ///
    /// # Errors
    /// [`OperateError`] where there is none of this name, or the log cannot be read.
    pub async fn projection(&self, name: &str) -> Result<ProjectionStatus, OperateError> {
        let supervisor = self.supervisor(name)?;
        self.0.leadership.look().await?;
        let head = self.0.store.head().await?;
        Ok(supervisor.status(head, self.0.clock.now()).await?)
    }

    /// What a projection could not take and put aside, in the order of positions.
    ///
    /// # Errors
    /// [`OperateError`] where there is no such projection, or its engine cannot be read.
    pub async fn parked(&self, projection: &str) -> Result<Vec<ParkedEvent>, OperateError> {
        Ok(self.supervisor(projection)?.parked().await?)
    }

    /// Does what an operator asks of a projection; answers once it has taken effect. Where another node runs it, it is taken
    /// over first.
    ///
    /// # Errors
    /// [`OperateError`] where there is no such projection, or its state does not allow it.
    pub async fn operate(&self, projection: &str, operation: Operation) -> Result<(), OperateError> {
        let supervisor = self.supervisor(projection)?;
        tracing::info!(projection, %operation, "an operator acts");
        let node = self.clone();
        self.to_its_end(async move {
            node.0.leadership.take(&supervisor).await?;
            let done = supervisor.operate(operation).await;
            node.0.leadership.tell_now().await;
            done
        })
        .await
    }

    /// Compares what queries read of a projection with the generation beside it, the new one or else the previous one, at one
    /// position. Tells at most so many rows that differ.
    ///
    /// # Errors
    /// [`OperateError`] where there is no such projection, no other generation, or one of them cannot come to where the other stands.
    pub async fn verify(&self, projection: &str, most: usize) -> Result<Comparison, OperateError> {
        let (node, supervisor) = (self.clone(), self.supervisor(projection)?);
        self.to_its_end(async move {
            node.0.leadership.take(&supervisor).await?;
            supervisor.verify(most).await
        })
        .await
    }

    /// Says what a rebuild of a projection would change, and changes nothing: a generation is filled beside the live one up to
    /// where that stands, compared, and removed. Tells at most so many rows that differ. It is called off when the answer is not
    /// waited for any more.
    ///
    /// # Errors
    /// [`OperateError`] where there is no such projection, or it cannot be filled.
    pub async fn rehearse(&self, projection: &str, most: usize) -> Result<Comparison, OperateError> {
        let (node, supervisor) = (self.clone(), self.supervisor(projection)?);
        let cancelled = CancellationToken::new();
        let _guard = cancelled.clone().drop_guard();
        self.to_its_end(async move {
            node.0.leadership.take(&supervisor).await?;
            let rehearsal = supervisor.begin_rehearsal().await?;
            // So that whoever leads after a crash removes it.
            node.0.leadership.tell_now().await;
            let done = supervisor.rehearse(rehearsal, most, cancelled).await;
            node.0.leadership.tell_now().await;
            done
        })
        .await
    }

    fn supervisor(&self, name: &str) -> Result<Arc<Supervisor>, OperateError> {
        self.0.projections.get(name).cloned().ok_or_else(|| {
            let mut known: Vec<_> = self.0.projections.keys().map(String::as_str).collect();
            known.sort_unstable();
            OperateError::Unknown { name: name.to_owned(), known: known.join(", ") }
        })
    }

    /// Runs it on a task of its own, which goes on where nobody waits for it, but not beyond the end of the node.
    async fn to_its_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, OperateError>> + Send + 'static,
    ) -> Result<T, OperateError> {
        match self.0.tasks.spawn(work).await {
            Ok(done) => done,
            Err(error) => {
                Err(Failure::new(FailureKind::Internal, "doing what an operator asked", error).into())
            }
        }
    }
}
