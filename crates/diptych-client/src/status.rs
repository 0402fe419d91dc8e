//! Asking how far the views are, without waiting and without reading them.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{Client, Error, Receipt, ReceiptStatus};

/// How far the views of a thing are, for one receipt.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Status {
    /// [`ReceiptStatus::Completed`] when every projection that serves the thing's own view is there.
    pub status: ReceiptStatus,
    /// The position that they have to reach.
    pub position: u64,
    /// The projections by name.
    pub projections: BTreeMap<String, ProjectionStatus>,
}

/// How far one projection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct ProjectionStatus {
    /// The position up to which it has considered everything.
    pub position: u64,
    /// How far it is behind the log, in events.
    pub lag: u64,
}

impl Client {
    /// Asks how far the views are.
    ///
    /// ```no_run
    /// # async fn example(shop: diptych_client::Client, receipt: diptych_client::Receipt)
    /// # -> Result<(), diptych_client::Error> {
    /// for (name, projection) in shop.status(&receipt).await?.projections {
    ///     println!("{name} is {} events behind", projection.lag);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] when the server does not know the correlation id; others as their kinds say.
    pub async fn status(&self, receipt: &Receipt) -> Result<Status, Error> {
        Ok(self.get(&receipt.links.status).await?.value)
    }
}
