//! A command on its way: the command itself, its stamp, and what the caller asked of its handling.

use std::{any::Any, fmt, sync::Arc};

use diptych_core::{
    Actor, CausationId, Command, CorrelationId, Expected, Timestamp, event::SmolStr, id::IdSource,
    metadata::Provenance, store::IdempotencyKey, time::Clock,
};

/// What a caller may ask of the handling of a command.
#[derive(Clone, Debug, Default)]
pub struct CommandOptions {
    /// The conversation it belongs to; a fresh one if none is given.
    pub correlation_id: Option<CorrelationId>,
    /// The message that led to it; the command itself if none is given.
    pub causation_id: Option<CausationId>,
    /// Who asks.
    pub actor: Option<Actor>,
    /// What the caller knows of the addressed thing's stream; a command that comes too late is a conflict.
    pub expected: Option<Expected>,
    /// The caller's key: a second command with it gives the first one's receipt and no second event.
    pub key: Option<IdempotencyKey>,
}

/// What is set once per dispatch, in this one place, and stays the same however often the command is decided.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// The conversation.
    pub correlation_id: CorrelationId,
    /// What its events will name as their cause: the command by name and id, unless the caller named another message.
    pub causation_id: CausationId,
    /// Who asks.
    pub actor: Option<Actor>,
    /// When it was dispatched.
    pub now: Timestamp,
}

impl Stamp {
    fn new(name: &str, options: &CommandOptions, clock: &dyn Clock, ids: &dyn IdSource) -> Self {
        Self {
            correlation_id: options.correlation_id.clone().unwrap_or_else(|| ids.draw().into()),
            causation_id: options
                .causation_id
                .clone()
                .unwrap_or_else(|| CausationId::ending_in(SmolStr::from_iter([name, ":"]), ids.draw())),
            actor: options.actor.clone(),
            now: clock.now(),
        }
    }

    /// Where one more event of this command comes from.
    pub(crate) fn provenance(&self, ids: &dyn IdSource) -> Provenance {
        Provenance {
            event_id: ids.draw(),
            correlation_id: self.correlation_id.clone(),
            causation_id: self.causation_id.clone(),
            recorded_at: self.now,
            actor: self.actor.clone(),
        }
    }
}

/// One command of any type, as layers see it. Cheap to clone.
#[derive(Clone)]
pub struct CommandRequest {
    name: &'static str,
    command: Arc<dyn Any + Send + Sync>,
    /// What was set at its dispatch.
    pub stamp: Stamp,
    /// What the caller said of the addressed thing's stream.
    pub expected: Option<Expected>,
    /// The caller's key.
    pub key: Option<IdempotencyKey>,
    /// Whether it was overtaken before: then cached states are known to be old.
    pub(crate) overtaken: bool,
}

impl CommandRequest {
    /// Stamps a command.
    pub(crate) fn new<C: Command>(
        command: C,
        options: CommandOptions,
        clock: &dyn Clock,
        ids: &dyn IdSource,
    ) -> Self {
        Self {
            name: C::NAME,
            stamp: Stamp::new(C::NAME, &options, clock, ids),
            command: Arc::new(command),
            expected: options.expected,
            key: options.key,
            overtaken: false,
        }
    }

    /// The command's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The command, where it is of this type.
    #[must_use]
    pub fn command<C: Command>(&self) -> Option<&C> {
        self.command.downcast_ref()
    }

    /// Tells its type.
    pub(crate) fn type_id(&self) -> std::any::TypeId {
        (*self.command).type_id()
    }
}

/// Names the command but does not show it: its fields may be personal.
impl fmt::Debug for CommandRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommandRequest")
            .field("name", &self.name)
            .field("stamp", &self.stamp)
            .finish_non_exhaustive()
    }
}
