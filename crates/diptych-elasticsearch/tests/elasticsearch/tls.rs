//! TLS: a server whose certificate does not descend from a known one is told nothing; nor is a password told to whoever reads an error.

use std::sync::Arc;

use diptych_core::{FailureKind, documents::DocumentEngine};
use diptych_elasticsearch::{ElasticsearchEngine, ElasticsearchOptions, OpenError};
use diptych_testkit::deadline::run;
use rcgen::{CertificateParams, Issuer, KeyPair};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring::default_provider,
        pki_types::{CertificateDer, PrivateKeyDer},
    },
};

/// A root, and a certificate of `localhost` that it signed, with its key.
fn certificates() -> (String, CertificateDer<'static>, PrivateKeyDer<'static>) {
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let root = authority.self_signed(&authority_key).unwrap();
    let issuer = Issuer::from_params(&authority, &authority_key);
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, &issuer).unwrap();
    (root.pem(), certificate.der().clone(), PrivateKeyDer::try_from(key.serialize_der()).unwrap())
}

/// A server that knows no user, by TLS; says what it was asked.
async fn server(certificate: CertificateDer<'static>, key: PrivateKeyDer<'static>) -> (u16, Asked) {
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (told, asked) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (connection, _) = listener.accept().await.unwrap();
            // One that does not trust us goes again.
            let Ok(mut connection) = acceptor.accept(connection).await else { continue };
            let mut request = vec![0; 4096];
            let length = connection.read(&mut request).await.unwrap();
            told.send(String::from_utf8_lossy(&request[..length]).into_owned()).unwrap();
            let body = r#"{"error":{"type":"security_exception","reason":"who?"},"status":401}"#;
            let head = "HTTP/1.1 401 Unauthorized\r\nconnection: close\r\ncontent-type: application/json";
            let answer = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            connection.write_all(answer.as_bytes()).await.unwrap();
            connection.shutdown().await.unwrap();
        }
    });
    (port, asked)
}

type Asked = tokio::sync::mpsc::UnboundedReceiver<String>;

fn opened(url: &str) -> ElasticsearchEngine {
    ElasticsearchEngine::open(url, ElasticsearchOptions::default()).unwrap()
}

#[test]
fn only_a_server_whose_certificate_is_verified_is_told_the_password_and_no_error_tells_it() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let (root, certificate, key) = certificates();
        let (other_root, ..) = certificates();
        for (name, pem) in [("root.pem", &root), ("other.pem", &other_root)] {
            std::fs::write(folder.path().join(name), pem).unwrap();
        }
        let (port, mut asked) = server(certificate, key).await;
        let at = |host: &str, root: &str| {
            let root = folder.path().join(root).display().to_string().replace('/', "%2F");
            format!("elasticsearch+https://me:s%23cret@{host}:{port}?cacert={root}&patience=5")
        };
        for (url, why) in [
            (at("localhost", "other.pem"), "another root"),
            (at("127.0.0.1", "root.pem"), "another name"),
            (format!("opensearch+https://me:s%23cret@localhost:{port}"), "the system's roots"),
        ] {
            let failure = opened(&url).record("a").await.unwrap_err();
            assert_eq!(failure.kind(), FailureKind::Unavailable, "{why}");
            assert!(!format!("{failure:?}").contains("cret"), "{why}: {failure:?}");
            assert!(asked.try_recv().is_err(), "{why}");
        }
        let failure = opened(&at("localhost", "root.pem")).record("a").await.unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Unavailable);
        assert!(failure.chain().contains("does not know the user"), "{}", failure.chain());
        assert!(!format!("{failure:?}").contains("cret"), "{failure:?}");
        // me:s#cret
        assert!(asked.recv().await.unwrap().contains("Basic bWU6cyNjcmV0"));
    });
}

#[test]
fn certificates_that_cannot_be_read_are_told_of_when_it_is_opened() {
    let url = "elasticsearch+https://h?cacert=nowhere.pem";
    let refused = ElasticsearchEngine::open(url, ElasticsearchOptions::default());
    assert!(matches!(refused, Err(OpenError::Certificates { .. })), "{refused:?}");
}
