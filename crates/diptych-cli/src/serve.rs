//! Serving: start the application, listen, answer until told to stop, put everything away.

use std::net::SocketAddr;

use diptych::{App, Failure, Node, StartError};
use diptych_http::{Routes, ServeError, Server};
use tokio_util::sync::CancellationToken;

use crate::{CliError, Settings};

/// An application that is being served.
pub struct Served {
    /// What runs.
    pub node: Node,
    /// Where it listens.
    pub addresses: Vec<SocketAddr>,
    stop: CancellationToken,
    server: tokio::task::JoinHandle<()>,
}

impl std::fmt::Debug for Served {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Served").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

impl Served {
    /// Stops accepting, ends the streams, finishes what is in flight, and puts the store away.
    ///
    /// # Errors
    /// [`Failure`] where the store could not be put away in order; no acknowledged append is lost by it.
    pub async fn stop(self) -> Result<(), Failure> {
        self.stop.cancel();
        if let Err(error) = self.server.await {
            tracing::error!(%error, "the server ended badly");
        }
        self.node.shut_down().await
    }

    /// The first address as a URL.
    #[must_use]
    pub fn url(&self) -> String {
        self.addresses.first().map_or_else(String::new, |address| format!("http://{address}"))
    }
}

/// Why an application is not served.
#[derive(Debug, thiserror::Error)]
pub enum ServingError {
    /// It did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// It cannot listen.
    #[error(transparent)]
    Serve(#[from] ServeError),
}

/// Starts an application and answers in the background, until [`Served::stop`].
///
/// # Errors
/// [`CliError`] where it does not start, or an address is taken.
pub async fn serve(app: App, routes: Routes, settings: &Settings) -> Result<Served, CliError> {
    let node = app.start().await.map_err(ServingError::Start)?;
    let server = match Server::bind(node.clone(), routes, settings.server()).await {
        Ok(server) => server,
        Err(error) => {
            node.shut_down().await?;
            return Err(ServingError::Serve(error).into());
        }
    };
    let addresses = server.addresses().to_vec();
    let stop = CancellationToken::new();
    let stopped = stop.clone().cancelled_owned();
    let server = tokio::spawn(server.run(stopped));
    Ok(Served { node, addresses, stop, server })
}

/// Serves until the process is told to stop (SIGINT, SIGTERM).
pub(crate) async fn serve_until_told(app: App, routes: Routes, settings: &Settings) -> Result<(), CliError> {
    let begun = std::time::Instant::now();
    let store = app.store_url().map(ToString::to_string).unwrap_or_default();
    let served = serve(app, routes, settings).await?;
    for address in &served.addresses {
        println!("listening on http://{address}");
    }
    tracing::info!(store, ready_ms = begun.elapsed().as_millis(), "ready");
    told_to_stop().await?;
    tracing::info!("stopping");
    served.stop().await?;
    tracing::info!("stopped");
    Ok(())
}

#[cfg(unix)]
async fn told_to_stop() -> Result<(), CliError> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).map_err(CliError::Signals)?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(CliError::Signals),
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn told_to_stop() -> Result<(), CliError> {
    tokio::signal::ctrl_c().await.map_err(CliError::Signals)
}
