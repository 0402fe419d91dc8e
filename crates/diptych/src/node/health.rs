//! Whether a node can serve, and what is not as it should be.

use super::Node;
use crate::projections::{ProjectionState, ProjectionStatus};

/// How many seconds behind counts as far behind.
const FAR_BEHIND: f64 = 30.0;

/// In a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HealthState {
    /// All is well.
    Ready,
    /// Commands are taken, but a projection has failed, is far behind, or its engine is away.
    Degraded,
    /// The store takes no commands.
    Down,
}

/// In a word and in sentences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// In a word.
    pub state: HealthState,
    /// What is not as it should be, a sentence each.
    pub reasons: Vec<String>,
}

impl Node {
    /// Asks the store and every projection.
    pub async fn health(&self) -> Health {
        match self.projections().await {
            Err(failure) => Health { state: HealthState::Down, reasons: vec![failure.chain()] },
            Ok(all) => {
                if let Some(refusal) = self.0.pulse.refusal().await {
                    return Health { state: HealthState::Down, reasons: vec![refusal] };
                }
                let reasons: Vec<_> = all.iter().filter_map(complaint).collect();
                let state = if reasons.is_empty() { HealthState::Ready } else { HealthState::Degraded };
                Health { state, reasons }
            }
        }
    }
}

fn complaint(status: &ProjectionStatus) -> Option<String> {
    let name = &status.name;
    let why = status.last_error.as_ref().map(|error| error.message.as_str()).unwrap_or_default();
    match (status.state, &status.last_error) {
        (ProjectionState::Failed, Some(error)) => Some(match error.position {
            Some(position) => format!("{name} has failed on event {position}: {why}"),
            None => format!("{name} has failed: {why}"),
        }),
        (ProjectionState::Failed, None) => Some(format!("{name} has stopped without saying why")),
        (_, Some(_)) => Some(format!("{name} cannot go on at present: {why}")),
        (_, None) if status.lag_seconds > FAR_BEHIND => Some(format!(
            "{name} is {} events and {:.0} seconds behind",
            status.lag_events, status.lag_seconds
        )),
        (_, None) => None,
    }
}
