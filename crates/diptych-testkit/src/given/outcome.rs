//! What can be said of a decision's answer.

use diptych_core::{Command, NewEvent, Rejection, StreamId};

use super::{Happened, IntoHappened, encode};

/// How a command was decided.
#[must_use = "say what must follow: `.then(…)`, `.then_nothing()` or `.then_rejected(…)`"]
pub struct Outcome<C: Command> {
    pub(super) decided: Result<Vec<NewEvent>, C::Rejection>,
    pub(super) target: StreamId,
}

impl<C: Command> std::fmt::Debug for Outcome<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct(C::NAME).field("decided", &self.decided.as_ref().map(|events| shown(events))).finish()
    }
}

impl<C: Command> Outcome<C> {
    /// Exactly these events follow, in this order. One that names no stream happens to the thing that the command is addressed to.
    ///
    /// # Panics
    /// Where something else follows.
    #[track_caller]
    pub fn then<H: IntoHappened>(self, expected: impl IntoIterator<Item = H>) {
        let expected: Vec<Happened> = expected.into_iter().map(IntoHappened::into_happened).collect();
        let expected = shown(&encode(expected, &self.target));
        let found = shown(&self.granted());
        assert!(
            found == expected,
            "{} was expected to lead to\n{}\nbut led to\n{}",
            C::NAME,
            listed(&expected),
            listed(&found)
        );
    }

    /// Everything is already so: nothing follows, and nobody is refused.
    ///
    /// # Panics
    /// Where something follows, or the command is refused.
    #[track_caller]
    pub fn then_nothing(self) {
        let found = shown(&self.granted());
        assert!(
            found.is_empty(),
            "{} was expected to lead to nothing, but led to\n{}",
            C::NAME,
            listed(&found)
        );
    }

    /// The command is refused with exactly this reason.
    ///
    /// # Panics
    /// Where it is granted, or refused with another reason.
    #[track_caller]
    pub fn then_rejected(self, expected: C::Rejection) {
        match self.decided {
            Err(found) => assert!(
                format!("{found:?}") == format!("{expected:?}"),
                "{} was expected to be refused with {expected:?}, but was with {found:?} ({}: {found})",
                C::NAME,
                found.code(),
            ),
            Ok(events) => panic!(
                "{} was expected to be refused with {expected:?}, but led to\n{}",
                C::NAME,
                listed(&shown(&events))
            ),
        }
    }

    /// The events, for what else a test wants to say of them.
    ///
    /// # Panics
    /// Where the command is refused.
    #[track_caller]
    #[must_use]
    pub fn granted(self) -> Vec<NewEvent> {
        match self.decided {
            Ok(events) => events,
            Err(found) => panic!("{} was refused with {found:?} ({}: {found})", C::NAME, found.code()),
        }
    }

    /// The rejection, for what else a test wants to say of it.
    ///
    /// # Panics
    /// Where the command is granted.
    #[track_caller]
    #[must_use]
    pub fn refused(self) -> C::Rejection {
        match self.decided {
            Err(rejection) => rejection,
            Ok(events) => panic!("{} was granted:\n{}", C::NAME, listed(&shown(&events))),
        }
    }
}

/// Each event as it would be stored, but for where it comes from. Members of a payload have no order.
fn shown(events: &[NewEvent]) -> Vec<String> {
    let show = |event: &NewEvent| {
        let payload: Result<serde_json::Value, _> = serde_json::from_slice(&event.payload);
        let payload = payload.map_or_else(|error| format!("(no JSON: {error})"), |value| value.to_string());
        let tags: Vec<_> = event.tags.iter().map(diptych_core::Tag::as_str).collect();
        format!("{} v{} of {} {payload} {tags:?}", event.event_type, event.schema_version, event.stream)
    };
    events.iter().map(show).collect()
}

fn listed(events: &[String]) -> String {
    let lines: Vec<_> = events.iter().map(|event| format!("  - {event}")).collect();
    if lines.is_empty() { "  (nothing)".to_owned() } else { lines.join("\n") }
}
