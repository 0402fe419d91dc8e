//! Callers: tasks that each do one thing after the other, and how long all of it takes.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use diptych::Result;

/// How many callers, and how often each calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Callers {
    pub(crate) callers: usize,
    pub(crate) each: usize,
}

impl Callers {
    /// How often is called in all.
    pub(crate) const fn calls(self) -> usize {
        self.callers * self.each
    }

    /// Calls with the caller's number and the call's number; answers how long all of it took.
    ///
    /// # Errors
    /// The first call that failed.
    pub(crate) async fn run<F, R>(self, call: F) -> Result<Duration>
    where
        F: Fn(usize, usize) -> R + Clone + Send + 'static,
        R: Future<Output = Result> + Send,
    {
        let begun = Instant::now();
        let tasks: Vec<_> = (0..self.callers)
            .map(|caller| {
                let call = call.clone();
                tokio::spawn(async move {
                    for n in 0..self.each {
                        call(caller, n).await?;
                    }
                    Ok::<(), diptych::BoxError>(())
                })
            })
            .collect();
        for task in tasks {
            task.await??;
        }
        Ok(begun.elapsed())
    }
}
