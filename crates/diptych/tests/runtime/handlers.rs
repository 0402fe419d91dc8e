//! Event handlers: many for one type of event, in parallel, each with its own checkpoint.

use std::{sync::OnceLock, time::Duration};

use diptych::{
    Command, Context, ErrorPolicy, Events, Metadata, Never, OnFailure, ProjectionState, Result, StreamId,
    event_handler,
};
use tokio::sync::{Semaphore, mpsc};

use crate::shop::{AccountEvent, AccountId, id, started};

struct Deposit(AccountId, i64);

impl Command for Deposit {
    const NAME: &'static str = "Deposit";
    type Reads = ();
    type Rejection = Never;

    fn target(&self) -> StreamId {
        StreamId::of("account", &self.0)
    }

    fn reads(&self, _: &Context) {}

    fn decide(&self, (): &(), _: &Context) -> Result<Events, Never> {
        Ok(Events::one(self.target(), AccountEvent::Deposited { cents: self.1 }))
    }
}

/// Held until the test lets it go.
static SLOW: Semaphore = Semaphore::const_new(0);
static QUICK: OnceLock<mpsc::UnboundedSender<u64>> = OnceLock::new();

#[event_handler]
async fn slow(_event: &AccountEvent, _at: &Metadata) -> Result {
    SLOW.acquire().await?.forget();
    Ok(())
}

#[event_handler]
async fn failing(_event: &AccountEvent, _at: &Metadata) -> Result {
    Err("it never works".into())
}

#[event_handler]
async fn panicking(_event: &AccountEvent, _at: &Metadata) -> Result {
    panic!("at the disco")
}

#[event_handler]
async fn quick(_event: &AccountEvent, at: &Metadata) -> Result {
    if let Some(told) = QUICK.get() {
        told.send(at.position.get())?;
    }
    Ok(())
}

#[tokio::test]
async fn a_slow_a_failing_and_a_panicking_handler_hold_up_no_other() {
    let (told, mut heard) = mpsc::unbounded_channel();
    QUICK.set(told).unwrap();
    let once = ErrorPolicy { attempts: 1, first_pause: Duration::ZERO, on_failure: OnFailure::Stop };
    let node = started(|app| {
        let app = app.command::<Deposit>().event_handler(slow).event_handler(failing);
        let app = app.event_handler(panicking).event_handler(quick);
        app.on_error("failing", once.clone()).on_error("panicking", once)
    })
    .await;
    for cents in 1..=3 {
        node.execute(Deposit(id("A"), cents)).await.unwrap();
    }
    for position in 1..=3 {
        let next = tokio::time::timeout(Duration::from_secs(10), heard.recv()).await.unwrap();
        assert_eq!(next, Some(position));
    }
    let failed = async {
        loop {
            let all = node.projections().await.unwrap();
            let state = |name: &str| all.iter().find(|one| one.name == name).unwrap().state;
            let both = [state("failing"), state("panicking")];
            if both == [ProjectionState::Failed; 2] {
                return all;
            }
            tokio::task::yield_now().await;
        }
    };
    let all = tokio::time::timeout(Duration::from_secs(10), failed).await.unwrap();
    let error = |name: &str| all.iter().find(|one| one.name == name).unwrap().last_error.clone().unwrap();
    assert!(error("failing").message.contains("it never works"));
    assert!(error("panicking").message.contains("at the disco"));
    assert_eq!(error("failing").position.map(diptych::Position::get), Some(1));
    let health = node.health().await;
    assert!(
        health.reasons.iter().any(|reason| reason.contains("failing has failed on event 1")),
        "{health:?}"
    );
    SLOW.add_permits(3);
    node.watermarks().wait(&["slow"], diptych::Position::new(3), Duration::from_secs(10)).await.unwrap();
    node.shut_down().await.unwrap();
}
