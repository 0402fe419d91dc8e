//! What may be chosen when a database is opened, and what its URL says beside the server's address.

use std::{path::PathBuf, sync::Arc, time::Duration};

use diptych_core::{Clock, SystemClock};

use crate::open_error::OpenError;

/// What may be chosen. What the URL says (`?schema=…&connections=…&patience=…&sslrootcert=…&listen=…`) goes before it.
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    /// The schema of the log's tables, and the beginning of the names of read models' schemas: a lower-case letter, then
    /// lower-case letters, digits and `_`, at most 30 in all.
    pub schema: String,
    /// The most connections for readers, read models and single statements, at least 4. One more appends and one more listens.
    pub connections: usize,
    /// A file of certificates (PEM) that the server's must descend from; the system's where there is none.
    pub root_certificates: Option<PathBuf>,
    /// Where to listen for news, if not at the URL itself: behind a transaction-mode pooler, which loses LISTEN, the server's
    /// own address.
    pub listen_url: Option<String>,
    /// After so long without an answer of the server a connection is given up, and what was asked on it has failed; of a COMMIT
    /// other connections are asked what became of it, for three times as long. So a statement ends within twice this, and
    /// an append, which may wait for the group before its own, within sixteen times, whatever the network does.
    pub patience: Duration,
    /// After so long news is found also where no notification comes.
    pub poll: Duration,
    /// Tells when generations are made.
    pub clock: Arc<dyn Clock>,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            schema: "dip".to_owned(),
            connections: 16,
            root_certificates: None,
            listen_url: None,
            patience: Duration::from_secs(15),
            poll: Duration::from_secs(5),
            clock: Arc::new(SystemClock),
        }
    }
}

impl PostgresOptions {
    /// Takes out of a URL what is said to us and not to the client; answers the rest.
    ///
    /// # Errors
    /// [`OpenError::Url`] where a value is not text.
    pub(crate) fn taken_from(&mut self, url: &str) -> Result<String, OpenError> {
        let Some((address, query)) = url.split_once('?') else { return Ok(url.to_owned()) };
        let mut rest = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = percent_encoding::percent_decode_str(value).decode_utf8();
            let value = value.map_err(|error| OpenError::url(&format!("{name} is not text"), error))?;
            match name {
                "schema" => self.schema = value.into_owned(),
                "connections" => {
                    let number = value.parse();
                    self.connections =
                        number.map_err(|error| OpenError::url("connections is no number", error))?;
                }
                "patience" => {
                    let seconds = value.parse();
                    self.patience = Duration::from_secs(
                        seconds.map_err(|error| OpenError::url("patience is no number of seconds", error))?,
                    );
                }
                "listen" => self.listen_url = Some(value.into_owned()),
                "sslrootcert" => self.root_certificates = Some(value.into_owned().into()),
                _ => rest.push(pair),
            }
        }
        Ok(if rest.is_empty() { address.to_owned() } else { format!("{address}?{}", rest.join("&")) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_to_us_is_taken_out_of_the_url() {
        let mut options = PostgresOptions::default();
        let rest = options.taken_from(
            "postgres://h/db?schema=a_b&sslmode=require&sslrootcert=%2Fca.pem&connections=3&listen=postgres%3A%2F%2Fi%2Fdb",
        );
        assert_eq!(rest.unwrap(), "postgres://h/db?sslmode=require");
        assert_eq!((options.connections, options.listen_url.as_deref()), (3, Some("postgres://i/db")));
        assert_eq!((options.schema.as_str(), options.root_certificates), ("a_b", Some("/ca.pem".into())));
    }
}
