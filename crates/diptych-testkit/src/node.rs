//! A whole application in a test: everything in memory, settled projections, a clock that stands still.

use std::sync::Arc;

use async_trait::async_trait;
use diptych::{App, Node, Query, StoreUrl};

use crate::{FakeClock, deadline::DEADLINE};

/// Starts an application for a test.
///
/// ```
/// use diptych::prelude::*;
/// use diptych_testkit::TestApp;
///
/// struct Sum(i64, i64);
///
/// #[query(reads = [])]
/// async fn sum(query: &Sum, _db: &Reader) -> Result<i64> {
///     Ok(query.0 + query.1)
/// }
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let app = App::open("sqlite:bank").unwrap().query(sum).test().await;
/// assert_eq!(app.ask(Sum(1, 2)).await, 3);
/// # });
/// ```
#[async_trait]
pub trait TestApp {
    /// Starts it on `memory:`, whatever store it names, with a [`FakeClock`].
    ///
    /// # Panics
    /// Where it does not start.
    async fn test(self) -> TestNode;
}

#[async_trait]
impl TestApp for App {
    async fn test(self) -> TestNode {
        let clock = FakeClock::default();
        let app = self.store(StoreUrl::Memory).clock(Arc::new(clock.clone()));
        match app.start().await {
            Ok(node) => TestNode { node, clock },
            Err(error) => panic!("the application does not start: {error}"),
        }
    }
}

/// A running application in a test. Everything that a [`Node`] does, and questions that are asked of settled projections.
#[derive(Clone, Debug)]
pub struct TestNode {
    node: Node,
    clock: FakeClock,
}

impl TestNode {
    /// The clock that stamps commands; it stands still until it is moved.
    #[must_use]
    pub const fn clock(&self) -> &FakeClock {
        &self.clock
    }

    /// Asks a query once every projection has taken everything that was recorded so far.
    ///
    /// # Panics
    /// Where a projection does not come so far (it says which), or the query fails.
    pub async fn ask<Q: Query>(&self, query: Q) -> Q::Answer {
        if let Err(behind) = self.node.settled(DEADLINE).await {
            panic!("the projections do not settle: {behind}");
        }
        match self.node.ask(query).await {
            Ok(answer) => answer,
            Err(error) => panic!("no answer to {}: {error}", Q::NAME),
        }
    }
}

impl std::ops::Deref for TestNode {
    type Target = Node;

    fn deref(&self) -> &Node {
        &self.node
    }
}
