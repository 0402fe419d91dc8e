//! The command bus: a typed `execute` on top of one erased, clonable `tower` service.
//!
//! Outermost first: trace, metrics, the application's own layers, idempotency, conflict retry, dispatch. So a layer of
//! the application (a timeout, a concurrency limit, authentication) sees every command once, whatever its type.
//! Read [`request`] first, then [`attempt`], where a command is loaded, decided and appended.

mod attempt;
mod dispatch;
mod error;
mod idempotency;
mod load;
mod observe;
mod request;
mod retry;
mod state_cache;

use std::sync::Arc;

use diptych_core::{BoxError, Receipt};
use tower::{Layer, Service, ServiceExt, util::BoxCloneSyncService};

pub(crate) use attempt::Decider;
pub(crate) use dispatch::{Dispatch, Handlers};
pub use error::{CommandError, ExecuteError, Rejected};
pub(crate) use idempotency::{Idempotency, receipt_of};
pub(crate) use load::Loader;
pub(crate) use observe::ObserveCommands;
pub use request::{CommandOptions, CommandRequest, Stamp};
pub(crate) use retry::RetryConflicts;
pub(crate) use state_cache::StateCache;

/// The bus, and what every layer wraps: one command in, one receipt out.
///
/// Its error is a [`BoxError`], so that layers of the `tower` ecosystem fit; what it holds is mostly a [`CommandError`].
pub type CommandService = BoxCloneSyncService<CommandRequest, Receipt, BoxError>;

/// A layer that an application puts around the command bus.
pub(crate) type CommandLayer = Arc<dyn Fn(CommandService) -> CommandService + Send + Sync>;

/// Makes a layer of any type one that can be kept beside others.
pub(crate) fn erase<L, S>(layer: L) -> CommandLayer
where
    L: Layer<CommandService, Service = S> + Send + Sync + 'static,
    S: Service<CommandRequest, Response = Receipt> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
{
    Arc::new(move |inner| BoxCloneSyncService::new(layer.layer(inner).map_err(Into::into)))
}

/// Sends one request through the bus.
pub(crate) async fn send(bus: &CommandService, request: CommandRequest) -> Result<Receipt, CommandError> {
    bus.clone().oneshot(request).await.map_err(CommandError::from_box)
}
