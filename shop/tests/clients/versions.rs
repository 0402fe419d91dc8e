//! Who comes too late is told so, and every other refusal comes back as its kind.

use diptych_client::{Client, Command, Error, Receipt, Strategy, View};
use serde_json::{Value, json};

use crate::program::{Program, SOON, customer, order};

async fn profile(client: &Client, receipt: &Receipt) -> View<Value> {
    client.wait_for(receipt, Strategy::LongRequest, SOON).await.unwrap()
}

#[tokio::test]
async fn a_stale_version_says_which_one_there_is() {
    let shop = Program::serving("memory:").await;
    let client = shop.client();
    let ada = client.post("/api/users", json!({ "email": "ada@example.org" })).await.unwrap();
    let path = ada.links.view.clone();
    let seen = profile(&client, &ada).await;

    let rename = |name: &str| json!({ "version": seen.version, "displayName": name });
    let first = client.patch(&path, rename("Ada King")).await.unwrap();
    assert_eq!(first.revision, 1);
    let late = client.patch(&path, rename("Countess")).await.unwrap_err();
    assert!(matches!(late, Error::StaleVersion { current_version: Some(1), .. }), "{late:?}");
    assert!(!late.is_transient());
    assert_eq!(profile(&client, &first).await.value["displayName"], "Ada King");
}

#[tokio::test]
async fn the_name_of_a_state_guards_a_command() {
    let shop = Program::serving("memory:").await;
    let client = shop.client();
    let ada = client.post("/api/users", json!({ "email": "ada@example.org" })).await.unwrap();
    let etag = profile(&client, &ada).await.etag.unwrap();
    let rename = |name: &str| {
        let command = Command::patch(ada.links.view.as_str(), json!({ "displayName": name })).unwrap();
        command.if_match(etag)
    };
    client.send(&rename("Ada King")).await.unwrap();
    let late = client.send(&rename("Countess")).await.unwrap_err();
    assert!(matches!(late, Error::StaleVersion { current_version: Some(1), .. }), "{late:?}");

    let unguarded = client.patch(&ada.links.view, json!({ "displayName": "Ada" })).await.unwrap_err();
    assert!(matches!(unguarded, Error::VersionRequired(_)), "{unguarded:?}");
}

#[tokio::test]
async fn the_domain_says_no_with_its_rule() {
    let shop = Program::serving("memory:").await;
    let client = shop.client();
    let draft = order(&client, &customer(&client).await).await;
    let refused = client.post(&format!("{}/pay", draft.links.view), ()).await.unwrap_err();
    let Error::Rejected(problem) = &refused else { panic!("{refused:?}") };
    assert!(problem.detail.contains("draft"), "{problem}");
    assert!(problem.kind.ends_with("not-submitted"), "{problem:?}");
    assert!(refused.correlation_id().is_some());
}

#[tokio::test]
async fn what_is_wrong_with_a_body_is_pointed_at() {
    let shop = Program::serving("memory:").await;
    let client = shop.client();
    let customer = customer(&client).await;
    let item = json!({ "name": "Keyboard", "price": 1, "quantity": 0 });
    let wrong = client.post("/api/orders", json!({ "customerId": customer, "items": [item] })).await;
    let Err(Error::Invalid(problem)) = wrong else { panic!("{wrong:?}") };
    assert_eq!(problem.errors[0].pointer.as_deref(), Some("/items/0/quantity"), "{problem:?}");
    let nowhere = client.get::<Value>("/api/orders/none").await;
    assert!(matches!(nowhere, Err(Error::NotFound(_))), "{nowhere:?}");
}
