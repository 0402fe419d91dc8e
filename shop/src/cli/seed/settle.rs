//! Waiting until the read models hold what was made, so that the first query after it answers at once and in full.

use std::time::Duration;

use diptych::{Node, ProjectionState, Watermarks};
use diptych_client::{Client, RetryPolicy, Status};
use serde_json::Value;

use super::{made::Made, target::Target};
use crate::cli::progress::Progress;

/// How long is waited at a time before it is told how far it is.
const AT_A_TIME: Duration = Duration::from_millis(200);

/// Why the read models do not come so far.
#[derive(Debug, thiserror::Error)]
pub(super) enum SettleError {
    /// One has stopped.
    #[error("everything is recorded, but the read model {name} stands still: {why}")]
    StandsStill {
        /// Which.
        name: String,
        /// Paused, or its last error.
        why: String,
    },
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] diptych::Failure),
    /// The server says no, or cannot be reached.
    #[error(transparent)]
    Server(#[from] diptych_client::Error),
}

/// Waits for every read model.
pub(super) async fn settle(target: &Target, made: &Made) -> Result<(), SettleError> {
    let mut progress = Progress::of("read models", made.position);
    let settled = match target {
        Target::Node(node) => settle_node(node, made.position, &mut progress).await,
        Target::Server(client) => settle_server(client, made, &mut progress).await,
    };
    progress.end();
    settled
}

async fn settle_node(node: &Node, position: u64, progress: &mut Progress) -> Result<(), SettleError> {
    while node.settled(AT_A_TIME).await.is_err() {
        let all = node.projections().await?;
        for one in &all {
            let why = match one.state {
                ProjectionState::Failed => {
                    one.last_error.as_ref().map(|error| error.message.clone()).unwrap_or_default()
                }
                ProjectionState::Paused => "an operator has paused it".to_owned(),
                ProjectionState::CatchingUp | ProjectionState::Live | ProjectionState::Rebuilding => continue,
            };
            return Err(SettleError::StandsStill { name: one.name.clone(), why });
        }
        progress.reach(least(node.watermarks(), all.iter().map(|one| one.name.as_str())).min(position));
    }
    progress.reach(position);
    Ok(())
}

fn least<'a>(watermarks: &Watermarks, names: impl Iterator<Item = &'a str>) -> u64 {
    names.map(|name| watermarks.of(name).get()).min().unwrap_or_default()
}

/// Asks for what each read model serves, at the last position, until each has answered.
async fn settle_server(client: &Client, made: &Made, progress: &mut Progress) -> Result<(), SettleError> {
    let patient = client.clone();
    let impatient = client.clone().retry(RetryPolicy::never());
    let user = made.user.iter().flat_map(|id| [format!("/api/users/{id}"), format!("/api/users/{id}/posts")]);
    let order = made.order.iter().map(|id| format!("/api/orders/{id}"));
    let statistics = ["/api/orders", "/api/stats/dashboard", "/api/stats/daily"].map(ToOwned::to_owned);
    for path in order.chain(user).chain(statistics) {
        let asked = format!(
            "{path}?position={}&wait=true&timeoutMs={}",
            made.position,
            AT_A_TIME.saturating_mul(5).as_millis()
        );
        while let Err(error) = impatient.get::<Value>(&asked).await {
            if !error.is_transient() {
                return Err(error.into());
            }
            progress.reach(standing(&patient, made).await?);
        }
    }
    progress.reach(made.position);
    Ok(())
}

/// Up to where the views of orders stand, or those of users where there are no orders.
async fn standing(client: &Client, made: &Made) -> Result<u64, SettleError> {
    let order = made.order.iter().map(|id| format!("/api/orders/{id}"));
    let user = made.user.iter().map(|id| format!("/api/users/{id}"));
    let Some(thing) = order.chain(user).next() else { return Ok(made.position) };
    let status: Status = client.get(&format!("{thing}/status?position={}", made.position)).await?.value;
    let stands = status.projections.values().map(|one| one.position).min();
    Ok(stands.unwrap_or_default().min(made.position))
}
