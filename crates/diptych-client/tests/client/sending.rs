//! A command that is sent happens once, whatever the network does.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use diptych_client::{Client, Command, Error, RetryPolicy};
use serde_json::json;
use tokio::net::TcpListener;

use crate::cases::{CORRELATION, server};
use crate::script::Asked;

fn a_command() -> Command {
    Command::post("/api/orders", json!({ "customerId": "ada" })).unwrap()
}

/// What must not differ between attempts.
fn same(asked: &[Asked]) -> bool {
    let wish = |asked: &Asked| {
        let [key, correlation] =
            ["idempotency-key", "x-correlation-id"].map(|name| asked.header(name).to_owned());
        assert!(!key.is_empty() && !correlation.is_empty());
        (asked.method.clone(), asked.path.clone(), key, correlation, asked.body.clone())
    };
    asked.iter().map(wish).collect::<HashSet<_>>().len() == 1
}

#[tokio::test]
async fn every_attempt_has_the_same_key_and_the_same_bytes() {
    let server = server().await;
    for (case, attempts) in
        [("unavailable-twice", 3), ("throttled", 2), ("answer-lost", 2), ("gateway-timeouts", 3)]
    {
        let receipt = server.client(case).send(&a_command()).await.unwrap();
        assert_eq!((receipt.id.as_str(), receipt.revision, receipt.position), ("ORD-1", 3, 42), "{case}");
        assert_eq!(receipt.correlation_id, CORRELATION);
        let asked = server.asked(case);
        assert_eq!(asked.len(), attempts, "{case}");
        assert!(same(&asked), "{case}: {asked:?}");
        assert_eq!(asked[0].body, r#"{"customerId":"ada"}"#);
    }
}

#[tokio::test]
async fn two_commands_have_two_keys_and_one_sent_again_has_its_own() {
    let (one, other) = (a_command(), a_command());
    assert_ne!(one.idempotency_key(), other.idempotency_key());
    let resumed = a_command().with_idempotency_key(one.idempotency_key());
    assert_eq!(resumed.idempotency_key(), one.idempotency_key());

    let server = server().await;
    let client = server.client("always-504").retry(RetryPolicy::never());
    for _ in 0..3 {
        assert!(matches!(client.send(&one).await, Err(Error::Unknown { attempts: 1, .. })));
    }
    assert!(same(&server.asked("always-504")));
}

#[tokio::test]
async fn a_server_that_asks_for_a_second_gets_it() {
    let server = server().await;
    let begun = Instant::now();
    server.client("asked-to-wait-a-second").send(&a_command()).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_command_that_may_have_been_recorded_ends_as_unknown() {
    let server = server().await;
    for (case, status) in [("always-504", 504), ("lost-then-503", 503)] {
        let (client, command) = (server.client(case).retry(quick().attempts(3)), a_command());
        let error = client.send(&command).await.unwrap_err();
        assert_eq!(error.problem().map(|problem| problem.status), Some(status), "{case}");
        assert_eq!(error.correlation_id(), Some(command.correlation_id()), "{case}");
        let Error::Unknown { idempotency_key, attempts, .. } = error else { panic!("{case}: {error:?}") };
        assert_eq!((idempotency_key.as_str(), attempts), (command.idempotency_key(), 3), "{case}");
    }
}

#[tokio::test]
async fn a_command_that_no_attempt_can_have_recorded_does_not() {
    let server = server().await;
    let client = server.client("always-503").retry(quick().attempts(3));
    let error = client.send(&a_command()).await.unwrap_err();
    assert!(matches!(&error, Error::Unavailable(problem) if problem.status == 503), "{error:?}");
    assert_eq!(error.correlation_id(), Some(CORRELATION));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_from_a_lost_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = Client::new(&address).unwrap().retry(quick().attempts(2));
    let command = a_command();
    let error = client.send(&command).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    assert_eq!(error.correlation_id(), Some(command.correlation_id()));
}

#[tokio::test]
async fn an_answer_that_never_comes_leaves_the_outcome_unknown() {
    let server = server().await;
    let client =
        server.client("silent").retry(quick().attempts(1).attempt_timeout(Duration::from_millis(20)));
    assert!(matches!(client.send(&a_command()).await, Err(Error::Unknown { attempts: 1, .. })));
}

#[tokio::test]
async fn an_answer_that_is_no_receipt_is_said_to_be_none() {
    let server = server().await;
    let error = server.client("no-receipt").send(&a_command()).await.unwrap_err();
    assert!(matches!(error, Error::Unreadable { expected: "a receipt", .. }), "{error:?}");
}

#[tokio::test]
async fn a_command_can_be_sent_from_another_task_and_says_on_whose_behalf_and_on_what_version() {
    let server = server().await;
    let client = server.client("once").token("secret");
    let command = Command::post("/api/orders/ORD-1/submit", ()).unwrap().if_match("\"3-42\"");
    tokio::spawn(async move { client.send(&command).await }).await.unwrap().unwrap();
    let asked = &server.asked("once")[0];
    assert_eq!((asked.header("authorization"), asked.header("if-match")), ("Bearer secret", "\"3-42\""));
    assert_eq!(
        (asked.body.as_str(), asked.header("content-type")),
        ("", ""),
        "a command without fields has no body"
    );
}

fn quick() -> RetryPolicy {
    RetryPolicy::default().min_delay(Duration::from_millis(1)).max_delay(Duration::from_millis(5))
}
