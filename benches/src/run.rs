//! Running rows: prepare, warm up, measure pairs, put away.

use std::path::Path;

use diptych::Result;

use crate::{
    progress::Progress,
    ratio::{Median, median},
    row::{Detail, First, Measure, Pair, Row, Scale, Setting, Target},
};

/// What a row gave.
pub(crate) struct Ran {
    pub(crate) row: &'static str,
    pub(crate) lines: Vec<RanMeasure>,
    pub(crate) details: Vec<Detail>,
}

/// What a measure gave.
pub(crate) struct RanMeasure {
    pub(crate) measure: Measure,
    pub(crate) pairs: Vec<Pair>,
}

impl RanMeasure {
    /// What is held against the target, with its interval.
    pub(crate) fn value(&self) -> Option<Median> {
        median(&self.pairs.iter().map(|pair| pair.value()).collect::<Vec<_>>())
    }

    /// Ours, and the same by hand, each by itself.
    pub(crate) fn figures(&self) -> (Option<Median>, Option<Median>) {
        let ours: Vec<_> = self.pairs.iter().map(|pair| pair.ours).collect();
        let by_hand: Vec<_> = self.pairs.iter().filter_map(|pair| pair.by_hand).collect();
        (median(&ours), median(&by_hand))
    }

    /// How it stands, in a word.
    pub(crate) fn verdict(&self) -> Verdict {
        let Some(Median { median, low, high, .. }) = self.value() else { return Verdict::Missed };
        let target = self.measure.target;
        match (target, target.is_met_by(median)) {
            (Target::Told, _) => Verdict::Told,
            (_, true) if target.is_met_by(low) && target.is_met_by(high) => Verdict::Met,
            (_, true) => Verdict::MetByTheMedian,
            (_, false) => Verdict::Missed,
        }
    }
}

/// How a measure stands to its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The whole interval is as wanted.
    Met,
    /// The median is, the interval reaches over the target.
    MetByTheMedian,
    Missed,
    /// There is no target.
    Told,
}

/// What a run is to do.
pub(crate) struct Plan<'a> {
    pub(crate) rows: Vec<Box<dyn Row>>,
    pub(crate) pairs: usize,
    pub(crate) scale: Scale,
    /// A server for the rows that need one.
    pub(crate) postgres: Option<String>,
    pub(crate) folder: &'a Path,
}

/// Runs every row of a plan, and has `keep` keep what there is after each, so that a run that is cut short leaves what it had.
/// A row that fails is told and left out.
///
/// # Errors
/// Where there is no place for the stores, or what was measured cannot be kept.
pub(crate) async fn run(plan: Plan<'_>, keep: impl Fn(&[Ran]) -> Result) -> Result<Vec<Ran>> {
    let progress = Progress::of(plan.rows.len());
    let mut all = Vec::with_capacity(plan.rows.len());
    let shared = plan.folder.join("shared");
    std::fs::create_dir_all(&shared)?;
    for row in &plan.rows {
        let folder = plan.folder.join(row.name());
        std::fs::create_dir_all(&folder)?;
        let tell = progress.row(row.name());
        let setting = Setting {
            folder,
            shared: shared.clone(),
            scale: plan.scale,
            postgres: plan.postgres.clone(),
            tell: tell.clone(),
        };
        match one(row.as_ref(), &setting, plan.pairs).await {
            Ok(ran) => {
                progress.ended(&tell, &in_words(&ran));
                all.push(ran);
                keep(&all)?;
            }
            Err(error) => progress.ended(&tell, &format!("failed: {error}")),
        }
        std::fs::remove_dir_all(&setting.folder)?;
    }
    progress.finish();
    Ok(all)
}

async fn one(row: &dyn Row, setting: &Setting, pairs: usize) -> Result<Ran> {
    setting.tell.now("preparing");
    let mut running = row.prepare(setting).await?;
    let measures = row.measures();
    let mut lines: Vec<_> =
        measures.into_iter().map(|measure| RanMeasure { measure, pairs: Vec::new() }).collect();
    let pairs = pairs.min(row.most_pairs());
    if row.warms_up() {
        setting.tell.now("warming up");
        running.pair(First::ByHand).await?;
    }
    for pair in 0..pairs {
        let so_far = lines.first().and_then(RanMeasure::value);
        let so_far = so_far.map(|value| format!(", so far {:.3}", value.median)).unwrap_or_default();
        setting.tell.now(format!("pair {} of {pairs}{so_far}", pair + 1));
        let given = running.pair(First::of(pair)).await?;
        if given.len() != lines.len() {
            return Err(format!("{} measures, but {} pairs", lines.len(), given.len()).into());
        }
        lines.iter_mut().zip(given).for_each(|(line, pair)| line.pairs.push(pair));
    }
    setting.tell.now("putting away");
    let details = running.details().await?;
    running.end().await?;
    Ok(Ran { row: row.name(), lines, details })
}

fn in_words(ran: &Ran) -> String {
    let words = ran.lines.iter().map(|line| {
        let value = line.value().map(|it| format!("{:.3} [{:.3}, {:.3}]", it.median, it.low, it.high));
        format!("{} {}", line.measure.name, value.unwrap_or_default())
    });
    words.collect::<Vec<_>>().join("; ")
}
