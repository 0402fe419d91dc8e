//! TLS: a server whose certificate does not descend from a known one is not spoken to.

use diptych_postgres::{OpenError, PostgresDatabase, PostgresOptions};
use diptych_testkit::postgres::OwnServer;
use rcgen::{CertificateParams, Issuer, KeyPair};

use crate::server::run;

/// A certificate that signs, and one that it signed for these names, with its key.
fn certificates(names: &[&str]) -> (String, String, String) {
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let root = authority.self_signed(&authority_key).unwrap();
    let issuer = Issuer::from_params(&authority, &authority_key);
    let key = KeyPair::generate().unwrap();
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
    (root.pem(), certificate.pem(), key.serialize_pem())
}

async fn opening(url: &str) -> Result<PostgresDatabase, OpenError> {
    PostgresDatabase::open(url, PostgresOptions::default()).await
}

#[test]
fn only_a_server_whose_certificate_is_verified_is_spoken_to_by_tls() {
    run(async {
        let Some(server) = OwnServer::start(30) else { return };
        let folder = tempfile::tempdir().unwrap();
        let (root, certificate, key) = certificates(&["localhost"]);
        let (other_root, ..) = certificates(&["localhost"]);
        server.take_certificate(&certificate, &key);
        for (name, pem) in [("root.pem", &root), ("other.pem", &other_root)] {
            std::fs::write(folder.path().join(name), pem).unwrap();
        }
        let file = |name: &str| folder.path().join(name).display().to_string().replace('/', "%2F");
        let at = |host: &str, root: &str| {
            let url = server.url().replace("127.0.0.1", host);
            format!("{url}?sslmode=require&sslrootcert={}", file(root))
        };
        let database = opening(&at("localhost", "root.pem")).await.unwrap();
        drop(database);
        for (url, why) in [
            (at("localhost", "other.pem"), "another root"),
            (at("127.0.0.1", "root.pem"), "another name"),
            (
                format!("{}?sslmode=require", server.url().replace("127.0.0.1", "localhost")),
                "the system's roots",
            ),
        ] {
            let refused = opening(&url).await;
            assert!(matches!(refused, Err(OpenError::Tls { .. })), "{why}: {refused:?}");
        }
    });
}
