//! Waiting on the thing itself, with a deadline: what tests do instead of sleeping.

use std::time::Duration;

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
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime can be started").block_on(within("this test", test));
}
