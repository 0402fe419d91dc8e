//! Why a projection does not go on, in a sentence: which event, which error, since when, and who runs it.

use diptych_core::RecordedEvent;

use super::status::{LastError, ProjectionState, ProjectionStatus};

impl LastError {
    /// The event and the error, without a full stop.
    pub(crate) fn told(&self) -> String {
        match self.position {
            Some(position) => format!("event {position}: {}", self.message),
            None => self.message.clone(),
        }
    }
}

/// The sentence; none where nothing is amiss. `event` is the one at fault, where there is one and it can be read.
pub(super) fn why(status: &ProjectionStatus, event: Option<&RecordedEvent>) -> Option<String> {
    let name = &status.name;
    let runs = if status.owner.is_empty() {
        "nobody runs it".to_owned()
    } else {
        format!("it is run by {}", status.owner)
    };
    if let Some(error) = &status.last_error {
        let place = place(error, event);
        let doing = if status.state == ProjectionState::Failed { "has stopped" } else { "tries again" };
        let LastError { message, attempts, since, .. } = error;
        return Some(format!(
            "{name} {doing} {place}: {message} (tried {attempts} times since {since}; {runs})"
        ));
    }
    match status.state {
        ProjectionState::Failed => Some(format!("{name} has stopped without saying why ({runs})")),
        ProjectionState::Paused => {
            let (at, lag) = (status.position, status.lag_events);
            Some(format!("{name} was paused by an operator at {at}, and {lag} events wait ({runs})"))
        }
        ProjectionState::CatchingUp | ProjectionState::Live | ProjectionState::Rebuilding => {
            beside(status, &runs)
        }
    }
}

/// What is amiss beside a live one that goes on.
fn beside(status: &ProjectionStatus, runs: &str) -> Option<String> {
    let name = &status.name;
    if let Some(candidate) = &status.candidate
        && let Some(error) = &candidate.last_error
    {
        let (generation, told, since) = (candidate.generation, error.told(), error.since);
        return Some(format!(
            "the new generation {generation} of {name} is stuck at {told} (since {since}; {runs})"
        ));
    }
    if let Some(first) = status.parked.first() {
        let (count, position, stream, error, at) =
            (status.dead_letters, first.position, &first.stream, &first.error, first.at);
        return Some(format!(
            "{name} goes on without {count} parked events, the first of which is event {position} of {stream}: {error} (since {at})"
        ));
    }
    let stands = status.owner.is_empty() && status.lag_events > 0;
    stands.then(|| format!("{name} stands at {}, and {runs}", status.position))
}

fn place(error: &LastError, event: Option<&RecordedEvent>) -> String {
    match (error.position, event) {
        (Some(position), Some(event)) => {
            format!("at event {position}, {} of {}", event.event_type, event.stream())
        }
        (Some(position), None) => format!("at event {position}"),
        (None, _) => "without an event at fault".to_owned(),
    }
}
