//! A database as the store, as the one who starts the program sees it: what is said when something is wrong, and what is
//! never said.

use std::{
    io::{Read, Seek, SeekFrom},
    process::Stdio,
};

use diptych_testkit::{
    deadline::within,
    postgres::{self, Schemas},
};
use serde_json::Value;

use crate::program::{MASTER_KEY, Program, customer, order, output, shop, text};

const PASSWORD: &str = "s3cret";

/// The URL of a store with a password in it, which the server of the tests takes, whatever it is.
fn with_password(schemas: &Schemas) -> String {
    let (user, place) =
        schemas.url().split_once('@').map(|(user, place)| (user.to_owned(), place.to_owned())).unwrap();
    let user = user.split("://").nth(1).unwrap().split(':').next().unwrap().to_owned();
    format!("postgres://{user}:{PASSWORD}@{place}")
}

/// What a program that does not start says.
async fn refusal(store: &str) -> String {
    let told = output(&["--store", store, "--listen", "127.0.0.1:0"]).await;
    let said = text(&told.stderr);
    assert_eq!(told.status.code(), Some(1), "{said}");
    assert!(!said.contains(PASSWORD), "{said}");
    said
}

#[tokio::test]
async fn what_was_told_to_one_server_another_one_answers() {
    if !postgres::is_there() {
        return;
    }
    let schemas = Schemas::fresh();
    let first = Program::serving(&schemas.url()).await;
    let receipt = order(&first.client(), &customer(&first.client()).await).await;
    first.kill().await;
    let second = Program::serving(&schemas.url()).await;
    let view = second.client().get_at::<Value>(&receipt.links.view, &receipt).await.unwrap();
    assert_eq!(view.value["status"], "draft");
}

#[tokio::test]
async fn a_database_that_cannot_be_opened_is_named_with_what_to_do() {
    let away = refusal("postgres://shop:s3cret@127.0.0.1:1/shop").await;
    assert!(away.contains("no PostgreSQL answers at 127.0.0.1:1"), "{away}");
    let unknown = refusal("postgres://shop:s3cret@127.0.0.1:1/shop?colour=red").await;
    assert!(unknown.contains("unknown option `colour`"), "{unknown}");
    if !postgres::is_there() {
        return;
    }
    let url = with_password(&Schemas::fresh());
    let (address, query) = url.split_once('?').unwrap();
    let (server, _) = address.rsplit_once('/').unwrap();
    let missing = refusal(&format!("{server}/nowhere?{query}")).await;
    assert!(
        missing.contains("there is no database \"nowhere\"") && missing.contains("createdb nowhere"),
        "{missing}"
    );
    let host = server.split_once('@').unwrap().1;
    let nobody = refusal(&format!("postgres://nobody:s3cret@{host}/postgres")).await;
    assert!(nobody.contains("does not let \"nobody\" in"), "{nobody}");
    let schema = refusal(&format!("{address}?schema=Up")).await;
    assert!(schema.contains("a schema's name is"), "{schema}");
}

#[tokio::test]
async fn a_database_wants_its_master_key_and_takes_no_other() {
    if !postgres::is_there() {
        return;
    }
    let schemas = Schemas::fresh();
    let url = schemas.url();
    let arguments = ["--store", &*url, "--listen", "127.0.0.1:0"];
    let without =
        within("it ends", shop(&arguments).env_remove("DIPTYCH_MASTER_KEY").output()).await.unwrap();
    let said = text(&without.stderr);
    assert_eq!(without.status.code(), Some(1), "{said}");
    assert!(said.contains("DIPTYCH_MASTER_KEY") && said.contains("--master-key-file"), "{said}");

    Program::serving(&url).await.kill().await;
    let other = MASTER_KEY.replace("bm90", "bm91");
    let other = within("it ends", shop(&arguments).env("DIPTYCH_MASTER_KEY", other).output()).await.unwrap();
    let said = text(&other.stderr);
    assert_eq!(other.status.code(), Some(1), "{said}");
    assert!(said.contains("not the one that sealed this store"), "{said}");
}

#[tokio::test]
async fn the_password_is_shown_nowhere() {
    if !postgres::is_there() {
        return;
    }
    let schemas = Schemas::fresh();
    let url = with_password(&schemas);
    let arguments = ["--store", &*url, "--listen", "127.0.0.1:0", "--log", "trace"];
    // A pipe would fill up with what a program says that says everything.
    let mut log = tempfile::tempfile().unwrap();
    let mut child = shop(&arguments).stdout(Stdio::piped()).stderr(log.try_clone().unwrap()).spawn().unwrap();
    let served = Program::said_by(&mut child).await;
    let client = diptych_client::Client::new(&served).unwrap();
    let pages = ["/admin", "/api/admin/projections", "/readyz", "/metrics", "/openapi.json"];
    for page in pages {
        let body = reqwest::get(format!("{served}{page}")).await.unwrap().text().await.unwrap();
        assert!(!body.contains(PASSWORD), "{page} shows it: {body}");
    }
    order(&client, &customer(&client).await).await;
    child.kill().await.unwrap();
    let mut said = String::new();
    log.seek(SeekFrom::Start(0)).unwrap();
    log.read_to_string(&mut said).unwrap();
    assert!(said.contains("postgres://") && !said.contains(PASSWORD), "of {} bytes", said.len());

    let help = shop(&["--help"]).env("DIPTYCH_STORE", &url).output().await.unwrap();
    let help = text(&help.stdout);
    assert!(help.contains("DIPTYCH_STORE") && !help.contains(PASSWORD), "{help}");
}
