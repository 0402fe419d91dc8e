//! Idempotency: the same key with the same request gives the same receipt and no second event.
//!
//! The note is kept in the transaction of the append, so the answer holds across restarts and also when the first one
//! was lost. While the first is in flight, a second one waits for it. Refusals are not kept.
//!
//! Nearly every key is new, so none is looked up before its command is decided: the append finds one that was used, in the very
//! transaction, and a command that is refused, which the first time may be the reason of, is looked up then.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use diptych_core::{
    BoxError, EventStore, Receipt,
    store::{IdempotencyKey, KeptNote},
};
use futures::future::BoxFuture;
use tower::{Layer, Service, ServiceExt};

use super::{CommandError, CommandRequest};

/// Puts idempotency keys into effect.
#[derive(Clone)]
pub(crate) struct Idempotency {
    store: Arc<dyn EventStore>,
    in_flight: Arc<InFlight>,
}

impl Idempotency {
    pub(crate) fn new(store: Arc<dyn EventStore>) -> Self {
        Self { store, in_flight: Arc::default() }
    }
}

impl<S> Layer<S> for Idempotency {
    type Service = Idempotent<S>;

    fn layer(&self, inner: S) -> Idempotent<S> {
        Idempotent { inner, keys: self.clone() }
    }
}

/// What [`Idempotency`] makes of a service.
#[derive(Clone)]
pub(crate) struct Idempotent<S> {
    inner: S,
    keys: Idempotency,
}

impl<S> Service<CommandRequest> for Idempotent<S>
where
    S: Service<CommandRequest, Response = Receipt, Error = BoxError> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Receipt;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Receipt, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: CommandRequest) -> Self::Future {
        let fresh = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, fresh);
        let Some(key) = request.key.clone() else {
            return Box::pin(inner.oneshot(request));
        };
        let keys = self.keys.clone();
        Box::pin(async move {
            let turn = keys.in_flight.turn(&key.key);
            let guard = turn.0.lock().await;
            let answer = match inner.oneshot(request).await {
                Ok(receipt) => Ok(receipt),
                Err(error) => keys.instead(&key, error).await,
            };
            drop(guard);
            answer
        })
    }
}

impl Idempotency {
    /// What is answered where there is no new receipt: that of the first time, if there was one.
    async fn instead(&self, key: &IdempotencyKey, error: BoxError) -> Result<Receipt, BoxError> {
        let error = match error.downcast::<CommandError>() {
            Ok(error) => *error,
            Err(other) => return Err(other),
        };
        match error {
            CommandError::Replayed(answer) => answer.map_err(unsized_error),
            // It was decided on what stands now, which the first time may have changed.
            CommandError::Rejected(_) | CommandError::Conflict(_) | CommandError::Contended { .. } => {
                let kept = self.store.note_by_key(&key.key).await.map_err(CommandError::from)?;
                kept.map_or_else(
                    || Err(error.into()),
                    |kept| receipt_of(kept, Some(key)).map_err(unsized_error),
                )
            }
            CommandError::KeyReused | CommandError::Unregistered { .. } | CommandError::Failure(_) => {
                Err(error.into())
            }
        }
    }
}

/// Not `into()`, which would box the box and hide the error's type.
fn unsized_error(error: Box<CommandError>) -> BoxError {
    error
}

/// The receipt that was given under a key; an error where the key came with another request.
pub(crate) fn receipt_of(kept: KeptNote, key: Option<&IdempotencyKey>) -> Result<Receipt, Box<CommandError>> {
    if kept.fingerprint != key.map(|key| key.fingerprint) {
        return Err(Box::new(CommandError::KeyReused));
    }
    Ok(Receipt {
        stream: kept.target,
        revision: kept.revision,
        position: kept.position,
        correlation_id: kept.correlation_id,
    })
}

/// Whose turn it is, per key. Keys that nobody waits for are forgotten.
#[derive(Default)]
struct InFlight(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>);

impl InFlight {
    fn turn(self: &Arc<Self>, key: &str) -> Turn {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lock = Arc::clone(turns.entry(key.to_owned()).or_default());
        drop(turns);
        Turn(lock, Arc::clone(self), key.to_owned())
    }
}

struct Turn(Arc<tokio::sync::Mutex<()>>, Arc<InFlight>, String);

impl Drop for Turn {
    fn drop(&mut self) {
        let mut turns = self.1.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Two: the map's and this one. More means that someone else waits.
        if Arc::strong_count(&self.0) <= 2 {
            turns.remove(&self.2);
        }
    }
}
