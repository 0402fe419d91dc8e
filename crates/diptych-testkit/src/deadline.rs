//! Waiting on the thing itself, with a deadline: what tests do instead of sleeping.

use std::time::Duration;

use crate::proof::Effort;

/// How long anything in a test may take before it counts as never happening.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// Waits for something.
///
/// # Panics
/// Where it has not happened after [`DEADLINE`]; says what.
pub async fn within<T>(what: &str, happens: impl Future<Output = T>) -> T {
    match tokio::time::timeout(DEADLINE, happens).await {
        Ok(value) => value,
        Err(_) => panic!("{what}: has not happened after {DEADLINE:?}"),
    }
}

/// Runs a test to its end, on a runtime of its own with two threads.
///
/// # Panics
/// Where the test does, or where it has not ended after [`DEADLINE`].
pub fn run(test: impl Future<Output = ()>) {
    block_on(within("this test", test));
}

/// Runs a proof to its end, with the time that its [`Effort`] gives it.
///
/// # Panics
/// Where the proof does, or where it has not ended in that time.
pub fn prove(proof: impl Future<Output = ()>) {
    let deadline = Effort::of_environment().deadline();
    let ended = block_on(async move { tokio::time::timeout(deadline, proof).await });
    assert!(ended.is_ok(), "this proof has not ended after {deadline:?}");
}

fn block_on<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime can be started").block_on(test)
}
