//! What is told of a run while it lasts: one line on standard error that says which row, which pair, and what so far.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// The lines of a run. Where standard error is no terminal, only ended rows are told.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    bars: MultiProgress,
    rows: ProgressBar,
}

/// Tells what is being done.
#[derive(Clone, Debug)]
pub(crate) struct Tell(ProgressBar);

impl Progress {
    /// Of so many rows.
    pub(crate) fn of(rows: usize) -> Self {
        let bars = MultiProgress::new();
        let bar = bars.add(ProgressBar::new(u64::try_from(rows).unwrap_or(u64::MAX)));
        bar.set_style(style("{elapsed} {bar:30} {pos}/{len} rows"));
        bar.enable_steady_tick(Duration::from_millis(500));
        Self { bars, rows: bar }
    }

    /// A row begins.
    pub(crate) fn row(&self, name: &'static str) -> Tell {
        let bar = self.bars.add(ProgressBar::new_spinner());
        bar.set_style(style("{prefix}: {msg}"));
        bar.set_prefix(name);
        bar.enable_steady_tick(Duration::from_millis(500));
        Tell(bar)
    }

    /// A row has ended, with these words about it.
    pub(crate) fn ended(&self, tell: &Tell, words: &str) {
        tell.0.finish_and_clear();
        self.rows.inc(1);
        let line = format!("{}: {words}", tell.0.prefix());
        self.bars.suspend(|| eprintln!("{line}"));
    }

    /// All rows have ended.
    pub(crate) fn finish(&self) {
        self.rows.finish_and_clear();
    }
}

impl Tell {
    /// What is being done now.
    pub(crate) fn now(&self, words: impl Into<String>) {
        self.0.set_message(words.into());
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
