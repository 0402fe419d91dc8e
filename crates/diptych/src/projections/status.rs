//! What an operator is told of a projection or an event handler.

use diptych_core::{
    Position, Timestamp,
    model::{Generation, ParkedEvent},
};
use serde::{Deserialize, Serialize};

/// What it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProjectionKind {
    /// Turns events into rows.
    Projection,
    /// Reacts to events, keeps no rows.
    EventHandler,
}

/// What it is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProjectionState {
    /// It is behind the head and reading.
    CatchingUp,
    /// It is at the head.
    Live,
    /// An operator stopped it.
    Paused,
    /// It stopped before an event that it cannot take.
    Failed,
    /// It is live, and a new generation is being filled beside it.
    Rebuilding,
}

impl ProjectionState {
    /// At the head or behind it.
    pub(crate) fn following(position: Position, head: Position) -> Self {
        if position < head { Self::CatchingUp } else { Self::Live }
    }
}

/// The last error, until a batch succeeds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LastError {
    /// The whole chain of causes.
    pub message: String,
    /// The event at fault, where it was an event's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was last tried.
    pub at: Timestamp,
    /// When it first failed.
    #[serde(default)]
    pub since: Timestamp,
}

/// A generation that is being filled beside the live one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CandidateStatus {
    /// Which.
    pub generation: Generation,
    /// Up to where it is filled.
    pub position: Position,
    /// How many positions it is behind the head.
    pub lag: u64,
    /// Events per second.
    pub rate: f64,
    /// Seconds until it is at the head at this rate; none while nothing moves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds_left: Option<f64>,
    /// Its last error, until a batch succeeds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<LastError>,
    /// Whether it has stopped for good; a new rebuild takes its place.
    #[serde(default)]
    pub failed: bool,
}

/// What an operator is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProjectionStatus {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: ProjectionKind,
    /// The version of its rows.
    pub schema_version: u32,
    /// The generation that queries read.
    pub generation: Generation,
    /// What it is doing.
    pub state: ProjectionState,
    /// Up to where it has considered everything.
    pub position: Position,
    /// The head.
    pub head: Position,
    /// How many positions it is behind; gaps count.
    pub lag_events: u64,
    /// How long ago the oldest event was recorded that it has not considered; 0 at the head.
    pub lag_seconds: f64,
    /// Events per second over the last ten seconds.
    pub rate: f64,
    /// The last error, until a batch succeeds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<LastError>,
    /// How many events were left out since the start.
    pub skipped: u64,
    /// How many events are parked.
    pub dead_letters: u64,
    /// The first of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parked: Vec<ParkedEvent>,
    /// Who runs it.
    pub owner: String,
    /// The generation being filled beside the live one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<CandidateStatus>,
    /// The generation that was live before and can be gone back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Generation>,
    /// A generation that is filled only to be compared, and then removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rehearsal: Option<CandidateStatus>,
    /// Why it does not go on as it should, in a sentence; none where nothing is amiss.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}
