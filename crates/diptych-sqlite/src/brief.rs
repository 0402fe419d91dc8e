//! Work that is begun where it is asked for, and goes to a thread for blocking work only if it turns out to be long.
//!
//! Most reads find a few rows in pages that are at hand and are done in less time than it takes to wake another thread. So a
//! read runs on the runtime's own thread first, and may take so many steps of SQLite's machine; one that needs more is
//! stopped by the progress handler and begun again on a thread for blocking work. Reads change nothing, so nothing is lost
//! but those steps; a small batch of a projection is rolled back before it is begun again. Where reads have had to wait for the disk, the next ones go to the other thread at once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode};

/// After how many steps the handler is asked.
const EVERY: u16 = 256;
/// How often it may be asked: some 4,000 steps, which read about two hundred events.
const ASKED: u64 = 16;
/// A read that took longer than this has waited for the disk, or for the processor.
const LONG: Duration = Duration::from_millis(2);
/// How many reads then go to the other thread at once.
const APART: u32 = 64;

/// What is thought of a piece of work before it is begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    /// It mostly takes few steps.
    Brief,
    /// It is known to take many: trying would be for nothing.
    Long,
}

/// Stands on one connection, and stops what takes too many steps while it is told to.
#[derive(Clone, Debug)]
pub(crate) struct Steps(Arc<AtomicU64>);

impl Steps {
    /// Puts a handler on a connection. It lets everything pass until [`Steps::few`].
    pub(crate) fn on(connection: &mut Connection) -> rusqlite::Result<Self> {
        let left = Arc::new(AtomicU64::new(u64::MAX));
        let asked = Arc::clone(&left);
        let handler = move || asked.fetch_sub(1, Ordering::Relaxed) <= 1;
        connection.progress_handler(EVERY.into(), Some(handler))?;
        Ok(Self(left))
    }

    /// Statements that run while the answer lives may take a few steps only.
    pub(crate) fn few(&self) -> Few {
        self.0.store(ASKED, Ordering::Relaxed);
        Few(Arc::clone(&self.0))
    }
}

/// See [`Steps::few`].
pub(crate) struct Few(Arc<AtomicU64>);

impl Drop for Few {
    fn drop(&mut self) {
        self.0.store(u64::MAX, Ordering::Relaxed);
    }
}

/// Whether a statement was stopped because it took too many steps.
pub(crate) fn was_stopped(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted)
}

/// The same of what a statement's error led to.
pub(crate) fn was_stopped_below(error: &(dyn std::error::Error + 'static)) -> bool {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.filter_map(|cause| cause.downcast_ref()).any(was_stopped)
}

/// Of the reads of one file: whether they may begin where they are asked for.
#[derive(Debug, Default)]
pub(crate) struct Pace(AtomicU32);

impl Pace {
    /// Whether the next one may.
    pub(crate) fn allows(&self) -> bool {
        let left = self.0.load(Ordering::Relaxed);
        if left > 0 {
            self.0.store(left - 1, Ordering::Relaxed);
        }
        left == 0
    }

    /// Runs one, and sees how long it took.
    pub(crate) fn watch<T>(&self, work: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let done = work();
        if begun.elapsed() > LONG {
            self.0.store(APART, Ordering::Relaxed);
        }
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG_COUNT: &str =
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 100000) SELECT count(*) FROM n";

    #[test]
    fn what_takes_too_many_steps_is_stopped_and_can_be_begun_again() {
        let mut connection = Connection::open_in_memory().unwrap();
        let steps = Steps::on(&mut connection).unwrap();
        let count = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        {
            let _few = steps.few();
            assert_eq!(count("SELECT 7").unwrap(), 7);
            assert!(was_stopped(&count(LONG_COUNT).unwrap_err()));
        }
        assert_eq!(count(LONG_COUNT).unwrap(), 100_000);
    }

    #[test]
    fn after_a_long_wait_reads_stay_apart_for_a_while() {
        let pace = Pace::default();
        assert!(pace.allows());
        pace.watch(|| {
            let begun = Instant::now();
            while begun.elapsed() <= LONG * 2 {}
        });
        let apart = (0..=APART).take_while(|_| !pace.allows()).count();
        assert_eq!(apart, usize::try_from(APART).unwrap());
    }
}
