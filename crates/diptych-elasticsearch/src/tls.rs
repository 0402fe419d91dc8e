//! TLS: the server's certificate is verified, against the system's roots or those of a file.

use std::{path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

use crate::open_error::OpenError;

pub(crate) fn verified(root_certificates: Option<&Path>) -> Result<ClientConfig, OpenError> {
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
