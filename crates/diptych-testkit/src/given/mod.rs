//! Given what happened, when a command comes, then this happens: tests of decisions, on one page with them.
//!
//! Nothing is mocked. The events are encoded and decoded by the codec, each scope is matched by
//! [`Scope::holds`](diptych_core::Scope::holds), rounds of reads follow each other as they do in the runtime, and personal
//! values are sealed. What is compared is what would be stored: stream, name, version, payload and tags of each event.
//! So events need no `PartialEq`, and rejections are compared by their `Debug`.
//!
//! Time stands still at 2026-01-01T00:00:00Z, and the fresh ids of a decision are [`CountingIds::nth`]`(1)`, `(2)`, …
//!
//! `happened.rs` is what a test says of events, `view.rs` how a command is given its states, `outcome.rs` what can be
//! said of an answer.

mod happened;
mod outcome;
mod view;

use std::sync::Arc;

use diptych_core::{
    Actor, Clock, Command, Context, Event, NewEvent, StreamId, Timestamp, metadata::Provenance,
};

pub use happened::{Happened, IntoHappened, Place, on, stored};
pub use outcome::Outcome;

use crate::{CountingIds, FakeClock, draft::event, seal::TestSealer, why::why};

/// Begins a test with what has happened, in order.
///
/// An event that names no stream ([`on`]) happened to the thing that the command is addressed to.
///
/// ```
/// # use diptych::{Command, Event, Id, Rejection, State};
/// # #[derive(Id)] struct AccountId(String);
/// # #[derive(Event)]
/// # enum AccountEvent { Opened { owner: String }, Deposited { cents: i64 }, Withdrawn { cents: i64 } }
/// # #[derive(State)]
/// # #[state(category = "account", events = AccountEvent)]
/// # struct Account { cents: i64 }
/// # impl Account {
/// #     fn evolve(&mut self, event: &AccountEvent) {
/// #         if let AccountEvent::Deposited { cents } = event { self.cents += cents }
/// #     }
/// # }
/// # #[derive(Rejection)]
/// # enum WithdrawRejection { #[reject(rule)] Insufficient { balance: i64 } }
/// # #[derive(Command)]
/// # #[command(on = Account, id = account)]
/// # struct Withdraw { account: AccountId, cents: i64 }
/// # impl Withdraw {
/// #     fn decide(&self, account: &Account) -> Result<AccountEvent, WithdrawRejection> {
/// #         if account.cents < self.cents {
/// #             return Err(WithdrawRejection::Insufficient { balance: account.cents });
/// #         }
/// #         Ok(AccountEvent::Withdrawn { cents: self.cents })
/// #     }
/// # }
/// use diptych_testkit::given;
///
/// # fn withdraw(cents: i64) -> Withdraw { Withdraw { account: "ACC-1".parse().unwrap(), cents } }
/// given([AccountEvent::Opened { owner: "Ann".into() }, AccountEvent::Deposited { cents: 100 }])
///     .when(withdraw(30))
///     .then([AccountEvent::Withdrawn { cents: 30 }]);
///
/// given([AccountEvent::Opened { owner: "Ann".into() }])
///     .when(withdraw(30))
///     .then_rejected(WithdrawRejection::Insufficient { balance: 0 });
/// ```
pub fn given<H: IntoHappened>(happened: impl IntoIterator<Item = H>) -> Given {
    given_nothing().and(happened)
}

/// Begins a test with an empty log.
pub fn given_nothing() -> Given {
    Given { happened: Vec::new(), now: FakeClock::default().now(), actor: None }
}

/// What has happened before a command comes.
#[derive(Debug)]
#[must_use = "say which command comes: `.when(…)`"]
pub struct Given {
    happened: Vec<Happened>,
    now: Timestamp,
    actor: Option<Actor>,
}

impl Given {
    /// More that happened, after that; of another type perhaps.
    pub fn and<H: IntoHappened>(mut self, happened: impl IntoIterator<Item = H>) -> Self {
        self.happened.extend(happened.into_iter().map(IntoHappened::into_happened));
        self
    }

    /// The command comes at this moment, in RFC 3339.
    ///
    /// # Panics
    /// Where the text is no moment.
    pub fn at(mut self, moment: &str) -> Self {
        self.now = FakeClock::at(moment).now();
        self
    }

    /// The command comes from this actor.
    pub fn by(mut self, actor: &str) -> Self {
        self.actor = Some(Actor(actor.into()));
        self
    }

    /// The command comes, and is decided.
    ///
    /// # Panics
    /// Where an event cannot be written or read back: that is wrong before any decision.
    #[track_caller]
    pub fn when<C: Command>(self, command: C) -> Outcome<C> {
        let target = command.target();
        let log = recorded(self.happened, &target);
        let cx = Context::new(self.now, self.actor, Arc::new(CountingIds::default()), Arc::new(TestSealer));
        let states = view::load(&command, &cx, &log);
        let decided = command.decide(&states, &cx).map(|events| {
            let encoded = events.encode(&TestSealer, stamp);
            encoded.unwrap_or_else(|failure| {
                panic!("what {} decided cannot be stored: {}", C::NAME, failure.chain())
            })
        });
        Outcome { decided, target }
    }
}

/// Where an event of a test comes from. No test looks at it.
fn stamp() -> Provenance {
    event("test/1", "Test").provenance
}

/// Encodes what happened; what names no stream happened to `target`.
#[track_caller]
fn encode(happened: impl IntoIterator<Item = Happened>, target: &StreamId) -> Vec<NewEvent> {
    happened.into_iter().map(|happened| happened.encode(target)).collect()
}

#[track_caller]
fn recorded(happened: Vec<Happened>, target: &StreamId) -> Vec<diptych_core::RecordedEvent> {
    view::record(encode(happened, target))
}

/// Folds a state from facts, through the codec, without any command.
///
/// # Panics
/// Where an event cannot be written or read back.
#[track_caller]
pub fn fold<S: diptych_core::State>(facts: impl IntoIterator<Item = S::Event>) -> S
where
    S::Event: Event,
{
    let target = crate::draft::stream("test/1");
    let log = recorded(facts.into_iter().map(IntoHappened::into_happened).collect(), &target);
    let mut state = S::default();
    for stored in &log {
        let decoded = diptych_core::codec::decode::<S::Event>(stored);
        let decoded = decoded.unwrap_or_else(|error| panic!("an event cannot be read back: {}", why(&error)));
        decoded.as_slice().iter().for_each(|event| state.evolve(event));
    }
    state
}
