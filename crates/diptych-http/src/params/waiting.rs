//! What an answer must hold, and how long to wait for it.

use std::time::Duration;

use super::{ParameterError, Params};
use crate::headers::{CorrelationId, PreferWait};

const DEFAULT_TIMEOUT: Duration = Duration::from_millis(5000);
/// The longest `timeoutMs`.
pub const MAX_TIMEOUT: Duration = Duration::from_millis(30_000);

/// `correlation`, `position`, `wait` and `timeoutMs`, which every query takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The answer must hold what the last command with this correlation id did.
    pub correlation: Option<Correlation>,
    /// The answer must hold everything up to this position.
    pub position: Option<u64>,
    /// Whether to wait (`wait=true`).
    pub wait: bool,
    /// How long at most.
    pub timeout: Duration,
}

/// A correlation id as it was asked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Correlation {
    /// One that may exist.
    Id(CorrelationId),
    /// One that cannot: 404, as for one that does not.
    Malformed,
}

/// What to do where the answer is not there yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// 202 at once.
    None,
    /// Wait so long, then 408.
    ThenTimeout(Duration),
    /// Wait so long, then 202.
    ThenAccepted(Duration),
}

impl Waiting {
    /// How long to wait, and what then. `wait=true` comes before `Prefer: wait=`.
    #[must_use]
    pub fn patience(&self, prefer: Option<PreferWait>) -> Patience {
        match (self.wait, prefer) {
            (true, _) => Patience::ThenTimeout(self.timeout),
            (false, Some(PreferWait(time))) => Patience::ThenAccepted(time),
            (false, None) => Patience::None,
        }
    }
}

impl Params<'_> {
    /// `correlation`, `position`, `wait` and `timeoutMs`. An empty `correlation` is malformed, since it is no filter.
    ///
    /// # Errors
    /// [`ParameterError`] where one but `correlation` is of the wrong kind or out of range.
    pub fn waiting(self) -> Result<Waiting, ParameterError> {
        let most = u64::try_from(MAX_TIMEOUT.as_millis()).unwrap_or(u64::MAX);
        let timeout = self.whole("timeoutMs", 0..=most)?.map_or(DEFAULT_TIMEOUT, Duration::from_millis);
        let correlation = self.raw("correlation")?.map(|_| match self.given("correlation") {
            Ok(text) => text.unwrap_or_default().parse().map_or(Correlation::Malformed, Correlation::Id),
            Err(_) => Correlation::Malformed,
        });
        let position = self.whole("position", 0..=u64::MAX)?;
        if position.is_none() && self.raw("position")?.is_some() {
            return Err(ParameterError::invalid("position", "must be a position"));
        }
        Ok(Waiting { correlation, position, wait: self.flag("wait")?, timeout })
    }
}
