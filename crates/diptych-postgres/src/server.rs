//! How the server is reached: with TLS whose certificates are verified, unless it is this machine.
//!
//! Where the URL does not say `sslmode`, a server on this machine (a loopback address or a socket) is spoken to without TLS if it
//! has none, any other one only with TLS. `sslmode=disable` is the loud way to do without.

use std::{net::IpAddr, path::Path, sync::Arc, time::Duration};

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use tokio_postgres::{
    Client, Config, Connection, Socket,
    config::{Host, SslMode},
    tls::MakeTlsConnect,
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{open_error::OpenError, options::PostgresOptions};

/// A server's address, and how it is verified.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) config: Config,
    pub(crate) tls: MakeRustlsConnect,
    pub(crate) patience: Duration,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    /// The client or the server said so.
    #[error(transparent)]
    Told(#[from] tokio_postgres::Error),
    /// Nobody said anything.
    #[error(transparent)]
    Silent(#[from] Silent),
}

/// The server has not answered, and may never.
#[derive(Debug, thiserror::Error)]
#[error("the server has not answered for {0:?}")]
pub(crate) struct Silent(pub(crate) Duration);

/// What moves the bytes of one connection, and gives what comes unasked.
pub(crate) type Line = Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

impl Server {
    /// Reads a URL that names a server.
    ///
    /// # Errors
    /// [`OpenError`] where it is not understood or the certificates cannot be read.
    pub(crate) fn parse(url: &str, options: &PostgresOptions) -> Result<Self, OpenError> {
        let parsed = url.parse::<Config>();
        let mut config = parsed.map_err(|error| OpenError::url("the client does not take it", error))?;
        if !url.contains("sslmode=") && !config.get_hosts().iter().all(is_here) {
            config.ssl_mode(SslMode::Require);
        }
        if config.get_application_name().is_none() {
            config.application_name("diptych");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(options.patience.min(Duration::from_secs(10)));
        }
        let tls = MakeRustlsConnect::new(verified(options.root_certificates.as_deref())?);
        Ok(Self { tls, config, patience: options.patience })
    }

    /// After so long the server ends a transaction of which it hears nothing, and lets its locks go: whoever else wants them
    /// is still patient then.
    pub(crate) fn idle(&self) -> Duration {
        (self.patience / 3).max(Duration::from_millis(100))
    }

    /// A connection of its own, and what moves its bytes.
    ///
    /// # Errors
    /// What the client or the server said.
    pub(crate) async fn connect(&self) -> Result<(Client, Line), ConnectError> {
        let connected = tokio::time::timeout(self.patience, self.config.connect(self.tls.clone())).await;
        Ok(connected.map_err(|_| Silent(self.patience))??)
    }

    /// A connection of its own, whose bytes are moved by a task. The task ends with the client.
    ///
    /// # Errors
    /// What the client or the server said.
    pub(crate) async fn client(&self) -> Result<Client, ConnectError> {
        let (client, line) = self.connect().await?;
        tokio::spawn(async move {
            if let Err(error) = line.await {
                tracing::debug!(%error, "a connection to PostgreSQL ended");
            }
        });
        Ok(client)
    }
}

impl Server {
    /// Its address, to be shown.
    pub(crate) fn address(&self) -> String {
        let hosts = self.config.get_hosts().iter().map(|host| match host {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(path) => path.display().to_string(),
        });
        let ports = self.config.get_ports();
        let of = |at: usize| ports.get(at).or(ports.first()).copied().unwrap_or(5432);
        hosts.enumerate().map(|(at, host)| format!("{host}:{}", of(at))).collect::<Vec<_>>().join(", ")
    }

    /// The user that connects.
    pub(crate) fn user(&self) -> String {
        self.config.get_user().unwrap_or("the user of this process").to_owned()
    }

    /// The database, which has the user's name where the URL names none.
    pub(crate) fn database(&self) -> String {
        self.config.get_dbname().map_or_else(|| self.user(), str::to_owned)
    }
}

/// Whether a host is this machine.
fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

fn verified(root_certificates: Option<&Path>) -> Result<ClientConfig, OpenError> {
    let mut roots = RootCertStore::empty();
    if let Some(file) = root_certificates {
        let wrap = |error: rustls::pki_types::pem::Error| OpenError::Certificates { source: error.into() };
        for certificate in CertificateDer::pem_file_iter(file).map_err(wrap)? {
            let added = roots.add(certificate.map_err(wrap)?);
            added.map_err(|error| OpenError::Certificates { source: error.into() })?;
        }
    } else {
        let found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            tracing::debug!(%error, "some of the system's certificates cannot be read");
        }
        roots.add_parsable_certificates(found.certs);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| OpenError::Certificates { source: error.into() })?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_server_on_this_machine_may_do_without_tls_unasked() {
        for (url, mode) in [
            ("postgres://localhost/x", SslMode::Prefer),
            ("postgres://u@127.0.0.1:1/x", SslMode::Prefer),
            ("postgres://u@[::1]/x", SslMode::Prefer),
            ("postgres://db.example.org/x", SslMode::Require),
            ("postgres://10.0.0.1/x", SslMode::Require),
            ("postgres://10.0.0.1/x?sslmode=disable", SslMode::Disable),
        ] {
            assert_eq!(
                Server::parse(url, &PostgresOptions::default()).unwrap().config.get_ssl_mode(),
                mode,
                "{url}"
            );
        }
    }
}
