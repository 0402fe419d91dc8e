//! Event handlers: what reacts to events and keeps no rows.

use std::borrow::Cow;

use async_trait::async_trait;

use crate::{event::RecordedEvent, failure::BoxError, scope::Filter};

/// Reacts to events: sends a mail, warms a cache, calls another system. Written by `#[event_handler]` on a function.
///
/// Each handler follows the log on its own, with a checkpoint of its own, so that a slow or failing one holds up no
/// other. It is called *at least once* per event: after a crash, events since the last saved checkpoint come again, so
/// what it does should be harmless when done twice.
#[async_trait]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event handler",
    label = "not an event handler",
    note = "put `#[event_handler]` on `async fn name(event: &Event, at: &Metadata) -> Result`"
)]
pub trait EventHandler: Send + Sync + 'static {
    /// Its name, under which its checkpoint is kept and operators see it. Renaming it starts it at position 0 again.
    fn name(&self) -> Cow<'static, str>;

    /// The events it wants.
    fn filter(&self) -> Filter;

    /// Reacts to one event.
    ///
    /// # Errors
    /// Any error; the event is then tried again, as the handler's error policy says.
    async fn handle(&self, event: &RecordedEvent) -> Result<(), BoxError>;
}

/// `#[event_handler]` leaves a function that makes the handler, so that its name stays free for variables and fields.
#[diagnostic::do_not_recommend]
#[async_trait]
impl<F, H> EventHandler for F
where
    F: Fn() -> H + Send + Sync + 'static,
    H: EventHandler,
{
    fn name(&self) -> Cow<'static, str> {
        self().name()
    }

    fn filter(&self) -> Filter {
        self().filter()
    }

    async fn handle(&self, event: &RecordedEvent) -> Result<(), BoxError> {
        self().handle(event).await
    }
}
