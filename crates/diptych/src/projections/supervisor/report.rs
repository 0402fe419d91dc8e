//! What operators and other nodes are told of a projection.

use diptych_core::{
    Failure, Filter, Position, RecordedEvent, Timestamp, model::Generation, store::ReadRequest,
};

use super::{Inner, Role, Supervisor};
use crate::projections::{
    status::{ProjectionState, ProjectionStatus},
    why::why,
};

/// How many parked events are told of each.
const SHOWN: usize = 20;

impl Supervisor {
    /// What an operator is told. `head` was taken before.
    pub(crate) async fn status(&self, head: Position, now: Timestamp) -> Result<ProjectionStatus, Failure> {
        let mut told = match &*self.role.lock().await {
            Role::Leads(inner) => self.own_status(inner, head),
            Role::Follows(Some(told)) => (**told).clone(),
            Role::Follows(None) => self.unknown_status(),
        };
        told.last_error = self.away().or(told.last_error);
        let position = told.position.max(self.how.around.watermarks.of(self.name()));
        let state = match told.state {
            ProjectionState::CatchingUp | ProjectionState::Live => ProjectionState::following(position, head),
            ProjectionState::Paused | ProjectionState::Failed | ProjectionState::Rebuilding => told.state,
        };
        let mut status = ProjectionStatus {
            state,
            position,
            head: head.max(position),
            lag_events: head.get().saturating_sub(position.get()),
            lag_seconds: self.lag_seconds(position, head, now).await?,
            ..told
        };
        status.why = why(&status, self.at_fault(&status).await.as_ref());
        Ok(status)
    }

    /// The event that it cannot take, for telling which; none where there is none, or the log cannot be read now.
    async fn at_fault(&self, status: &ProjectionStatus) -> Option<RecordedEvent> {
        let position = status.last_error.as_ref()?.position?;
        let before = Position::new(position.get().saturating_sub(1));
        let page = self.how.around.store.read(ReadRequest::after(Filter::All, before).limit(1)).await;
        match page {
            Ok(page) => page.events.into_iter().next().filter(|event| event.position() == position),
            Err(failure) => {
                tracing::debug!(error = failure.chain(), "the event at fault is not told");
                None
            }
        }
    }

    /// What others are told of a run that this node leads.
    pub(crate) async fn report(&self) -> Option<String> {
        let Role::Leads(inner) = &*self.role.lock().await else { return None };
        let status = self.own_status(inner, inner.live.position());
        match serde_json::to_string(&status) {
            Ok(report) => Some(report),
            Err(error) => {
                tracing::error!(projection = self.name(), %error, "the other nodes cannot be told of it");
                None
            }
        }
    }

    fn own_status(&self, inner: &Inner, head: Position) -> ProjectionStatus {
        let position = inner.live.position();
        let progress = &inner.live.runner.progress;
        let mut parked = progress.parked();
        let dead_letters = u64::try_from(parked.len()).unwrap_or(u64::MAX);
        parked.truncate(SHOWN);
        let candidate = inner.candidate.as_ref().map(|run| run.as_candidate(head));
        let state = if inner.paused {
            ProjectionState::Paused
        } else if inner.live.has_failed() {
            ProjectionState::Failed
        } else if candidate.is_some() {
            ProjectionState::Rebuilding
        } else {
            ProjectionState::following(position, head)
        };
        ProjectionStatus {
            generation: inner.live.generation,
            state,
            position,
            rate: progress.rate(),
            last_error: progress.error(),
            skipped: progress.skipped(),
            dead_letters,
            parked,
            owner: self.how.around.owner.to_string(),
            candidate,
            previous: inner.previous.as_ref().map(|run| run.generation),
            rehearsal: inner.rehearsal.as_ref().map(|run| run.as_candidate(position)),
            ..self.unknown_status()
        }
    }

    /// What is known without its leader: nobody runs it, as far as this node knows.
    pub(super) fn unknown_status(&self) -> ProjectionStatus {
        ProjectionStatus {
            name: self.how.spec.name.to_string(),
            kind: self.kind,
            schema_version: self.how.spec.version,
            generation: self.reads().unwrap_or(Generation(0)),
            state: ProjectionState::CatchingUp,
            position: Position::START,
            head: Position::START,
            lag_events: 0,
            lag_seconds: 0.0,
            rate: 0.0,
            last_error: None,
            skipped: 0,
            dead_letters: 0,
            parked: Vec::new(),
            owner: String::new(),
            candidate: None,
            previous: None,
            rehearsal: None,
            why: None,
        }
    }

    async fn lag_seconds(&self, position: Position, head: Position, now: Timestamp) -> Result<f64, Failure> {
        if position >= head {
            return Ok(0.0);
        }
        let next = ReadRequest::after(Filter::All, position).limit(1);
        let page = self.how.around.store.read(next).await?;
        Ok(page.events.first().map_or(0.0, |event| now.since(event.metadata.recorded_at).as_secs_f64()))
    }
}

/// What another node's leader told; none where a program of another release told it in a way unknown here.
pub(super) fn told(report: Option<&str>) -> Option<ProjectionStatus> {
    serde_json::from_str(report?)
        .inspect_err(|error| tracing::debug!(%error, "a report is not understood"))
        .ok()
}
