//! What a row of the table is: what it says of itself, and how one pair of it is measured.
//!
//! A row prepares its stores once and is then asked for pairs. In a pair, ours and the same by hand do equal work, one after
//! the other; which of them is first changes from pair to pair, so that what the machine does meanwhile meets both. A row may
//! give several measures of the same runs. Add one as a file in `rows/` and a line in [`crate::rows::all`].

use std::{future::Future, path::PathBuf};

use async_trait::async_trait;
use diptych::Result;

/// What is wanted of a measure: of the ratio of ours to the same by hand, or of our figure where nothing is beside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Target {
    /// The ratio is at least this.
    AtLeast(f64),
    /// The ratio is at most this.
    AtMost(f64),
    /// Our own figure is below this, in the measure's unit.
    Below(f64),
    /// Nothing is wanted; it is told.
    Told,
}

impl Target {
    /// Whether a value is as wanted.
    pub(crate) fn is_met_by(self, value: f64) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
            Self::Below(bound) => value < bound,
            Self::Told => true,
        }
    }
}

/// One line of the table.
#[derive(Clone, Debug)]
pub(crate) struct Measure {
    /// Its name among the numbers: letters, digits, `-`.
    pub(crate) name: &'static str,
    /// What is measured, in words.
    pub(crate) title: &'static str,
    /// What both figures count.
    pub(crate) unit: &'static str,
    pub(crate) target: Target,
    /// Whether stored events were read as their types, and on which side.
    pub(crate) decoded: &'static str,
    /// What stands beside ours.
    pub(crate) baseline: &'static str,
}

/// What one run of both gave, in the measure's unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pair {
    pub(crate) ours: f64,
    /// None where our figure stands by itself.
    pub(crate) by_hand: Option<f64>,
}

impl Pair {
    pub(crate) const fn of(ours: f64, by_hand: f64) -> Self {
        Self { ours, by_hand: Some(by_hand) }
    }

    pub(crate) const fn alone(ours: f64) -> Self {
        Self { ours, by_hand: None }
    }

    /// What is held against the target.
    pub(crate) fn value(self) -> f64 {
        self.by_hand.map_or(self.ours, |by_hand| self.ours / by_hand)
    }
}

/// Who goes first in a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum First {
    Ours,
    ByHand,
}

impl First {
    /// The first of the n-th pair, from 0.
    pub(crate) const fn of(pair: usize) -> Self {
        if pair.is_multiple_of(2) { Self::Ours } else { Self::ByHand }
    }

    /// Runs both, one after the other.
    ///
    /// # Errors
    /// That of the first that fails.
    pub(crate) async fn in_turn<A, B>(
        self,
        ours: impl Future<Output = Result<A>>,
        by_hand: impl Future<Output = Result<B>>,
    ) -> Result<(A, B)> {
        match self {
            Self::Ours => {
                let ours = ours.await?;
                Ok((ours, by_hand.await?))
            }
            Self::ByHand => {
                let by_hand = by_hand.await?;
                Ok((ours.await?, by_hand))
            }
        }
    }
}

/// How much is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scale {
    /// As much as it takes to see that it works.
    Quick,
    /// As much as the figures need.
    Full,
}

impl Scale {
    pub(crate) const fn of<T: Copy>(self, quick: T, full: T) -> T {
        match self {
            Self::Quick => quick,
            Self::Full => full,
        }
    }
}

/// What a row is given to prepare itself.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    /// A folder for this row's files; it is there, and is removed at the end of the run.
    pub(crate) folder: PathBuf,
    /// A folder that rows share: who needs something expensive makes it there, once.
    pub(crate) shared: PathBuf,
    pub(crate) scale: Scale,
    /// A server for the rows that need one.
    pub(crate) postgres: Option<String>,
    pub(crate) tell: crate::progress::Tell,
}

/// Something beside the figures that a row has to show.
#[derive(Clone, Debug)]
pub(crate) enum Detail {
    /// What a figure consists of: names and amounts.
    Parts { title: String, unit: &'static str, parts: Vec<(String, f64)> },
    /// Lines over a scale that is shown by powers.
    Curve { file: &'static str, title: String, across: &'static str, up: &'static str, lines: Vec<Line> },
}

/// One line of a curve.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) points: Vec<(f64, f64)>,
}

/// One row: what it is called, what it measures, and how it is prepared.
#[async_trait]
pub(crate) trait Row: Send + Sync {
    /// What `--only` takes.
    fn name(&self) -> &'static str;

    /// Its lines of the table, in the order of what [`Running::pair`] gives.
    fn measures(&self) -> Vec<Measure>;

    /// The most pairs worth the time; rows that take long have fewer.
    fn most_pairs(&self) -> usize {
        usize::MAX
    }

    /// Whether it is measured on PostgreSQL. Without a server it is left out, which is said.
    fn needs_postgres(&self) -> bool {
        false
    }

    /// Whether the first pair is thrown away. Not where each pair starts a process anew.
    fn warms_up(&self) -> bool {
        true
    }

    /// Makes what is needed; none of it is measured.
    ///
    /// # Errors
    /// What could not be made.
    async fn prepare(&self, setting: &Setting) -> Result<Box<dyn Running>>;
}

/// A row that is ready to be measured.
#[async_trait]
pub(crate) trait Running: Send {
    /// Measures ours and the same by hand: one pair per measure.
    ///
    /// # Errors
    /// What went wrong; the row has no figures then.
    async fn pair(&mut self, first: First) -> Result<Vec<Pair>>;

    /// What there is to show beside the figures, once all pairs are measured.
    ///
    /// # Errors
    /// What went wrong.
    async fn details(&mut self) -> Result<Vec<Detail>> {
        Ok(Vec::new())
    }

    /// Puts everything away.
    ///
    /// # Errors
    /// What could not be put away in order.
    async fn end(self: Box<Self>) -> Result {
        Ok(())
    }
}
