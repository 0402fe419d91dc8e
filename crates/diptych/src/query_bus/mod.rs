//! The query bus: a typed `ask` on top of one erased, clonable `tower` service.
//!
//! Outermost first: trace and metrics, the application's own layers, wait-for-position, dispatch. A handler is given a
//! read-only handle to the read models that it declares, each of one moment. Before those that answer from single entries a cache may stand.

mod cache;
mod dispatch;
mod observe;
mod request;
mod wait;

use std::sync::Arc;

use diptych_core::BoxError;
use tower::{Layer, Service, ServiceExt, util::BoxCloneSyncService};

pub(crate) use cache::{Cache, ChangedBy, Forgets, teller_of};
pub(crate) use dispatch::{Dispatch, Handlers, Parts};
pub(crate) use observe::ObserveQueries;
pub use request::{Answered, AskOptions, QueryError, QueryRequest, RawAnswer};
pub(crate) use wait::WaitForPosition;

/// The bus, and what every layer wraps.
pub type QueryService = BoxCloneSyncService<QueryRequest, RawAnswer, BoxError>;

/// A layer that an application puts around the query bus.
pub(crate) type QueryLayer = Arc<dyn Fn(QueryService) -> QueryService + Send + Sync>;

/// Makes a layer of any type one that can be kept beside others.
pub(crate) fn erase<L, S>(layer: L) -> QueryLayer
where
    L: Layer<QueryService, Service = S> + Send + Sync + 'static,
    S: Service<QueryRequest, Response = RawAnswer> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
{
    Arc::new(move |inner| BoxCloneSyncService::new(layer.layer(inner).map_err(Into::into)))
}
