//! Sending a command: `node.execute(command).await`, or with options first.

use std::{future::IntoFuture, marker::PhantomData};

use diptych_core::{
    Actor, CausationId, Command, CorrelationId, Expected, Failure, Receipt, Revision, store::IdempotencyKey,
};
use futures::future::BoxFuture;

use super::Node;
use crate::command_bus::{self, CommandError, CommandOptions, CommandRequest, ExecuteError};

/// A command that is about to be sent; await it.
#[must_use = "a command is sent when this is awaited"]
pub struct Sending<'a, C> {
    node: &'a Node,
    command: C,
    options: CommandOptions,
}

impl Node {
    /// Sends a command. Answers a receipt and can answer nothing else.
    ///
    /// ```text
    /// let receipt = node.execute(Withdraw { account, cents: 100 }).await?;
    /// let receipt = node.execute(Withdraw { account, cents: 100 }).expecting(Revision::new(3)).await?;
    /// ```
    pub fn execute<C: Command>(&self, command: C) -> Sending<'_, C> {
        Sending { node: self, command, options: CommandOptions::default() }
    }

    /// What was answered under an idempotency key, if anything was.
    ///
    /// # Errors
    /// [`Failure`] where the log cannot be read.
    pub async fn replay(
        &self,
        key: &IdempotencyKey,
    ) -> Result<Option<Result<Receipt, CommandError>>, Failure> {
        let kept = self.0.store.note_by_key(&key.key).await?;
        Ok(kept.map(|kept| command_bus::receipt_of(kept, Some(key)).map_err(|error| *error)))
    }

    /// Sends a command whose rejections' type the caller has no use for.
    ///
    /// # Errors
    /// [`CommandError`].
    pub async fn send<C: Command>(
        &self,
        command: C,
        options: CommandOptions,
    ) -> Result<Receipt, CommandError> {
        let request = CommandRequest::new(command, options, &*self.0.clock, &*self.0.ids);
        command_bus::send(&self.0.commands, request).await
    }
}

impl<C: Command> Sending<'_, C> {
    /// All options at once.
    pub fn with(mut self, options: CommandOptions) -> Self {
        self.options = options;
        self
    }

    /// The conversation it belongs to.
    pub fn correlation(mut self, id: CorrelationId) -> Self {
        self.options.correlation_id = Some(id);
        self
    }

    /// The message that led to it.
    pub fn caused_by(mut self, id: CausationId) -> Self {
        self.options.causation_id = Some(id);
        self
    }

    /// Who asks.
    pub fn by(mut self, actor: Actor) -> Self {
        self.options.actor = Some(actor);
        self
    }

    /// The addressed thing's last revision, as the caller knows it; it is a conflict if that is stale.
    pub fn expecting(mut self, revision: Revision) -> Self {
        self.options.expected = Some(Expected::Revision(revision));
        self
    }

    /// The caller's key: the same key with the same request gives the same receipt and no second event.
    pub fn key(mut self, key: IdempotencyKey) -> Self {
        self.options.key = Some(key);
        self
    }
}

impl<'a, C: Command> IntoFuture for Sending<'a, C> {
    type Output = Result<Receipt, ExecuteError<C::Rejection>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { Ok(self.node.send(self.command, self.options).await?) })
    }
}

/// Names the command but does not show it: its fields may be personal.
impl<C: Command> std::fmt::Debug for Sending<'_, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Sending").field(&C::NAME).field(&PhantomData::<C>).finish()
    }
}
