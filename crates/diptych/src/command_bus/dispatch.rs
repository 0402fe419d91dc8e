//! The innermost service: finds the handler by the command's type.

use std::{
    any::TypeId,
    collections::HashMap,
    sync::Arc,
    task::{Context, Poll},
};

use diptych_core::{BoxError, Command, Reads, Receipt, state::StateKind};
use futures::future::BoxFuture;
use tower::Service;

use super::{CommandError, CommandRequest, Decider};

type Handler = fn(Arc<Inner>, CommandRequest) -> BoxFuture<'static, Result<Receipt, CommandError>>;

/// What is registered: one handler per type of command.
#[derive(Clone, Default)]
pub(crate) struct Handlers(HashMap<TypeId, Registered>);

#[derive(Clone)]
struct Registered {
    name: &'static str,
    handler: Handler,
    kinds: fn() -> Vec<StateKind>,
}

impl Handlers {
    /// Registers a type; answers whether it was new.
    pub(crate) fn register<C: Command>(&mut self) -> bool {
        let handler: Handler = |bus, request| {
            Box::pin(async move {
                match request.command::<C>() {
                    Some(command) => bus.decider.attempt(command, &request).await,
                    None => Err(CommandError::Unregistered { name: C::NAME, registered: String::new() }),
                }
            })
        };
        let registered = Registered { name: C::NAME, handler, kinds: C::Reads::kinds };
        self.0.insert(TypeId::of::<C>(), registered).is_none()
    }

    /// The names that are registered, sorted.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.0.values().map(|one| one.name).collect();
        names.sort_unstable();
        names
    }

    /// Every command with the kinds of states that it decides on.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&'static str, Vec<StateKind>)> {
        self.0.values().map(|one| (one.name, (one.kinds)()))
    }
}

/// Dispatches by type. Every command clones it some times, so it is one pointer.
#[derive(Clone)]
pub(crate) struct Dispatch(Arc<Inner>);

struct Inner {
    handlers: Handlers,
    decider: Decider,
}

impl Dispatch {
    pub(crate) fn new(handlers: Handlers, decider: Decider) -> Self {
        Self(Arc::new(Inner { handlers, decider }))
    }
}

impl Service<CommandRequest> for Dispatch {
    type Response = Receipt;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Receipt, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: CommandRequest) -> Self::Future {
        let Some(Registered { handler, .. }) = self.0.handlers.0.get(&request.type_id()) else {
            let registered = self.0.handlers.names().join(", ");
            let error = CommandError::Unregistered { name: request.name(), registered };
            return Box::pin(std::future::ready(Err(error.into())));
        };
        let handled = handler(Arc::clone(&self.0), request);
        Box::pin(async move { handled.await.map_err(Into::into) })
    }
}
