//! Coming up to a place and no further: for holding two generations against each other at one position.

use diptych_core::{Failure, FailureKind, Position, RecordedEvent, store::ReadRequest};

use super::{Ended, Runner};

impl Runner {
    /// Takes everything up to a place, while no task runs it.
    ///
    /// # Errors
    /// [`Failure`] where the engine or the log broke, an event cannot be taken, or another runner has taken over. What was taken
    /// until then is.
    pub(crate) async fn fill_to(&self, to: Position) -> Result<(), Failure> {
        let epoch = self.model.take_over(&self.around.owner).await?.epoch;
        let mut from = self.progress.position();
        while from < to {
            let page = self.around.store.read(ReadRequest::after(self.filter.clone(), from)).await?;
            let end = page.considered.min(to);
            let events: Vec<RecordedEvent> =
                page.events.into_iter().take_while(|event| event.position() <= to).collect();
            let count = events.len();
            self.take(events, end, epoch).await.map_err(|ended| self.not_filled(ended))?;
            self.reached(end, count, page.head);
            from = end;
        }
        Ok(())
    }

    fn not_filled(&self, ended: Ended) -> Failure {
        let text = match ended {
            Ended::Broken(failure) | Ended::Lost(failure) => return failure,
            Ended::Failed => {
                let told = self.progress.error().map(|error| error.told()).unwrap_or_default();
                format!("{} cannot be filled: {told}", self.name)
            }
            Ended::Fenced | Ended::Stopped => format!("another runner of {} has taken over", self.name),
        };
        Failure::plain(FailureKind::Invalid, text)
    }
}
