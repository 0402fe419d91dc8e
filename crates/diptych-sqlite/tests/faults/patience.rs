//! How the session goes on when something fails: what it does again, when it mends the disk, and when it gives up.

use std::fmt::Debug;

use diptych_core::{AppendError, Failure, FailureKind, model::ApplyError};
use diptych_faults::{Disk, Trouble};
use diptych_sqlite::OpenError;

/// The power is off; the session is over.
#[derive(Debug)]
pub(crate) struct Dead;

/// How an answer says that the disk is at fault.
pub(crate) trait Told: Debug {
    /// What kind of failure it is; none where the error is not of the machinery.
    fn kind(&self) -> Option<FailureKind>;
    /// All of it in one line.
    fn text(&self) -> String;
}

impl Told for Failure {
    fn kind(&self) -> Option<FailureKind> {
        Some(Self::kind(self))
    }
    fn text(&self) -> String {
        self.chain()
    }
}

impl Told for AppendError {
    fn kind(&self) -> Option<FailureKind> {
        match self {
            Self::Failure(failure) => Some(failure.kind()),
            Self::Conflict(_) | Self::KeyUsed(_) => None,
        }
    }
    fn text(&self) -> String {
        format!("{self:?}")
    }
}

impl Told for ApplyError {
    fn kind(&self) -> Option<FailureKind> {
        match self {
            Self::Failure(failure) => Some(failure.kind()),
            Self::Event(_) | Self::Fenced { .. } => None,
        }
    }
    fn text(&self) -> String {
        format!("{self:?}")
    }
}

impl Told for OpenError {
    fn kind(&self) -> Option<FailureKind> {
        let of_the_disk = matches!(self, Self::Broken { .. } | Self::Full { .. } | Self::ReadOnly { .. });
        of_the_disk.then_some(FailureKind::Unavailable)
    }
    fn text(&self) -> String {
        format!("{self:?}")
    }
}

/// What is to be done after a failure.
pub(crate) struct Patience<'a> {
    disk: &'a Disk,
    trouble: Trouble,
    failures: u32,
}

impl<'a> Patience<'a> {
    pub(crate) fn new(disk: &'a Disk, trouble: Trouble) -> Self {
        Self { disk, trouble, failures: 0 }
    }

    /// After a failure: try again, or give up since the power is off. Panics where the failure is not clear, or where
    /// there is no trouble any more.
    pub(crate) fn after(&mut self, doing: &str, error: &dyn Told) -> Result<(), Dead> {
        if self.disk.is_off() {
            return Err(Dead);
        }
        self.failures += 1;
        let (kind, text) = (error.kind(), error.text());
        assert!(self.disk.struck().is_some(), "{doing} failed before there was trouble: {text}");
        assert!(
            matches!(kind, Some(FailureKind::Unavailable | FailureKind::OutcomeUnknown)),
            "{doing}: the fault of the disk is not told as such: {text}"
        );
        let most = match self.trouble {
            Trouble::Lasting(_) | Trouble::Full(_) => 3,
            Trouble::Never | Trouble::Once(_) | Trouble::PowerCut(_) => 1,
        };
        assert!(self.failures <= most, "{doing} failed again, after the trouble was over: {text}");
        if self.failures + 1 >= most {
            self.disk.mend();
        }
        Ok(())
    }
}
