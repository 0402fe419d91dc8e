//! How far a long task is: a bar for people at a terminal, a line every second for everything else.
//!
//! Both go to standard error, so that what is printed on standard output can be piped.

use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressStyle};

/// How often a line is printed where there is no terminal.
const EVERY: Duration = Duration::from_secs(1);

/// How far one task is.
pub(crate) struct Progress {
    bar: ProgressBar,
    what: &'static str,
    begun: Instant,
    told: Instant,
}

impl Progress {
    /// A task of so many steps; `what` is counted.
    pub(crate) fn of(what: &'static str, steps: u64) -> Self {
        let bar = ProgressBar::new(steps).with_prefix(what);
        // A template that is none would be a mistake in this line; the bar that indicatif draws by itself will do then.
        if let Ok(style) = ProgressStyle::with_template("{prefix:>12} {bar:30.cyan/dim} {msg}") {
            bar.set_style(style);
        }
        Self { bar, what, begun: Instant::now(), told: Instant::now() }
    }

    /// One step more is done.
    pub(crate) fn step(&mut self) {
        self.reach(self.bar.position().saturating_add(1));
    }

    /// So many steps are done.
    pub(crate) fn reach(&mut self, step: u64) {
        self.bar.set_position(step);
        self.bar.set_message(self.state());
        if self.bar.is_hidden() && self.told.elapsed() >= EVERY {
            self.told = Instant::now();
            eprintln!("{}: {}", self.what, self.state());
        }
    }

    /// The task has ended, done or not; the bar makes room for a line.
    pub(crate) fn end(self) {
        self.bar.finish_and_clear();
        let (done, steps) = (HumanCount(self.bar.position()), HumanCount(self.steps()));
        eprintln!("{}: {done} of {steps} in {:.1} s", self.what, self.begun.elapsed().as_secs_f64());
    }

    fn steps(&self) -> u64 {
        self.bar.length().unwrap_or_default()
    }

    fn state(&self) -> String {
        let (done, steps) = (self.bar.position(), self.steps());
        let rate = number(done) / self.begun.elapsed().as_secs_f64().max(f64::EPSILON);
        let left = number(steps.saturating_sub(done)) / rate.max(f64::EPSILON);
        let (done, steps) = (HumanCount(done), HumanCount(steps));
        if left > 0.0 && rate > 0.0 {
            format!("{done} of {steps}, {rate:.0} a second, {left:.0} s left")
        } else {
            format!("{done} of {steps}")
        }
    }
}

fn number(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(step: u64, of: u64) -> Progress {
        let mut progress = Progress::of("orders", of);
        progress.begun = Instant::now().checked_sub(Duration::from_secs(5)).unwrap();
        progress.reach(step);
        progress
    }

    #[test]
    fn the_rate_and_the_time_left_are_told() {
        let state = at(2_500, 10_000).state();
        assert!(state.starts_with("2,500 of 10,000, ") && state.ends_with(" s left"), "{state}");
    }

    #[test]
    fn what_is_done_has_no_time_left() {
        assert_eq!(at(7, 7).state(), "7 of 7");
        assert_eq!(at(0, 0).state(), "0 of 0");
        assert_eq!(at(0, 7).state(), "0 of 7");
    }
}
