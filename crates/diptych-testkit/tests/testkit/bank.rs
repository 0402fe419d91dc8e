//! A tiny bank, written without derives: what the ports ask of an event, a state and a command.

use std::collections::BTreeMap;

use diptych_core::{
    At, Command, Context, Each, Event, Events, Failure, Id, Never, Personal, Rejection, RejectionKind, State,
    StreamId, Tag,
    codec::{DecodeError, EventSchema, Upcast, UpcastStep},
    command::States,
    event::PersonalVisit,
    personal::Blind,
};
use serde::{Deserialize, Serialize};

/// What happens to an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum AccountEvent {
    Opened { account: Id, owner: Personal<String>, mail: Blind },
    Deposited { cents: i64 },
    Withdrawn { cents: i64 },
    Grouped { with: Vec<Id> },
}

const SCHEMAS: &[EventSchema] = &[
    EventSchema { name: "Opened", version: 1, former_names: &[], upcasts: &[] },
    EventSchema {
        name: "Deposited",
        version: 2,
        former_names: &["PaidIn"],
        upcasts: &[Upcast {
            from: 1,
            step: UpcastStep::Change(|data| {
                let amount = data.remove("amount").unwrap_or_default();
                data.insert("cents".into(), amount);
            }),
        }],
    },
    EventSchema { name: "Withdrawn", version: 1, former_names: &[], upcasts: &[] },
    EventSchema { name: "Grouped", version: 1, former_names: &[], upcasts: &[] },
];

impl Event for AccountEvent {
    fn schemas() -> &'static [EventSchema] {
        SCHEMAS
    }

    fn event_type(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "Opened",
            Self::Deposited { .. } => "Deposited",
            Self::Withdrawn { .. } => "Withdrawn",
            Self::Grouped { .. } => "Grouped",
        }
    }

    fn schema_version(&self) -> u32 {
        if matches!(self, Self::Deposited { .. }) { 2 } else { 1 }
    }

    fn tags(&self) -> Vec<Tag> {
        match self {
            Self::Opened { mail, .. } => vec![Tag::new("mail", mail)],
            Self::Deposited { .. } | Self::Withdrawn { .. } | Self::Grouped { .. } => Vec::new(),
        }
    }

    fn personal(&mut self, visit: &mut PersonalVisit<'_>) -> Result<(), Failure> {
        match self {
            Self::Opened { account, owner, .. } => visit(account.as_str(), owner),
            Self::Deposited { .. } | Self::Withdrawn { .. } | Self::Grouped { .. } => Ok(()),
        }
    }

    fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let whole = serde_json::to_value(self)?;
        serde_json::to_vec(&whole[self.event_type()])
    }

    fn from_json(event_type: &str, payload: &[u8]) -> Result<Self, DecodeError> {
        let read = |payload| {
            serde_json::from_value(serde_json::json!({ event_type: serde_json::Value::Object(payload) }))
        };
        let fault = |source| DecodeError::Payload { name: event_type.to_owned(), source };
        serde_json::from_slice(payload).and_then(read).map_err(fault)
    }
}

/// What is known of an account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Account {
    pub(crate) owner: Option<Personal<String>>,
    pub(crate) cents: i64,
    pub(crate) group: Vec<Id>,
}

impl State for Account {
    const CATEGORY: &'static str = "account";
    type Event = AccountEvent;
    type Id = Id;

    fn evolve(&mut self, event: &AccountEvent) {
        match event {
            AccountEvent::Opened { owner, .. } => self.owner = Some(owner.clone()),
            AccountEvent::Deposited { cents } => self.cents = self.cents.saturating_add(*cents),
            AccountEvent::Withdrawn { cents } => self.cents = self.cents.saturating_sub(*cents),
            AccountEvent::Grouped { with } => self.group.clone_from(with),
        }
    }
}

/// Why the bank says no.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum BankRejection {
    #[error("there is no account {0}")]
    NoAccount(Id),
    #[error("somebody has this address")]
    MailTaken,
    #[error("only {balance} cents are left")]
    Insufficient { balance: i64 },
}

impl Rejection for BankRejection {
    fn kind(&self) -> RejectionKind {
        match self {
            Self::NoAccount(_) => RejectionKind::NotFound,
            Self::MailTaken => RejectionKind::Taken,
            Self::Insufficient { .. } => RejectionKind::Rule,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoAccount(_) => "no-account",
            Self::MailTaken => "mail-taken",
            Self::Insufficient { .. } => "insufficient",
        }
    }
}

/// Opens an account with a fresh id, if nobody has the address.
pub(crate) struct Open {
    pub(crate) owner: &'static str,
    pub(crate) mail: &'static str,
    /// Where it goes: drawn before, as the caller must know it.
    pub(crate) account: Id,
}

impl Command for Open {
    const NAME: &'static str = "Open";
    type Reads = (At<Account>, At<Account>);
    type Rejection = BankRejection;

    fn target(&self) -> StreamId {
        StreamId::of("account", &self.account)
    }

    fn reads(&self, cx: &Context) -> Self::Reads {
        (At::id(&self.account), At::tagged(Tag::new("mail", cx.blind("mail", self.mail))))
    }

    fn decide(&self, (own, holder): &States<Self>, cx: &Context) -> Result<Events, BankRejection> {
        match (&own.owner, &holder.owner) {
            (Some(_), _) => Ok(Events::none()),
            (None, Some(_)) => Err(BankRejection::MailTaken),
            (None, None) => {
                let (account, owner) = (self.account.clone(), Personal::plain(self.owner.to_owned()));
                let mail = cx.blind("mail", self.mail);
                Ok(Events::one(self.target(), AccountEvent::Opened { account, owner, mail }))
            }
        }
    }
}

/// From one account to another: two states of one type, events to two streams.
pub(crate) struct Transfer {
    pub(crate) from: Id,
    pub(crate) to: Id,
    pub(crate) cents: i64,
}

impl Command for Transfer {
    const NAME: &'static str = "Transfer";
    type Reads = (At<Account>, At<Account>);
    type Rejection = BankRejection;

    fn target(&self) -> StreamId {
        StreamId::of("account", &self.from)
    }

    fn reads(&self, _: &Context) -> Self::Reads {
        (At::id(&self.from), At::id(&self.to))
    }

    fn decide(&self, (from, to): &States<Self>, _: &Context) -> Result<Events, BankRejection> {
        for (account, id) in [(from, &self.from), (to, &self.to)] {
            if account.owner.is_none() {
                return Err(BankRejection::NoAccount(id.clone()));
            }
        }
        if from.cents < self.cents {
            return Err(BankRejection::Insufficient { balance: from.cents });
        }
        let paid = Events::one(self.target(), AccountEvent::Withdrawn { cents: self.cents });
        Ok(paid.and(StreamId::of("account", &self.to), AccountEvent::Deposited { cents: self.cents }))
    }
}

/// Takes everything that the accounts of a group have: things that are named by what was loaded first.
pub(crate) struct Collect {
    pub(crate) into: Id,
}

impl Command for Collect {
    const NAME: &'static str = "Collect";
    type Reads = (At<Account>, Each<Account>);
    type Rejection = Never;

    fn target(&self) -> StreamId {
        StreamId::of("account", &self.into)
    }

    fn reads(&self, _: &Context) -> Self::Reads {
        (At::id(&self.into), Each::none())
    }

    fn reads_more(&self, (into, _): &States<Self>) -> Option<Self::Reads> {
        Some((At::id(&self.into), Each::ids(into.group.clone())))
    }

    fn decide(&self, (_, group): &(Account, BTreeMap<Id, Account>), _: &Context) -> Result<Events, Never> {
        let full = group.iter().filter(|(_, account)| account.cents > 0);
        let taken = full.clone().fold(Events::none(), |events, (id, account)| {
            events.and(StreamId::of("account", id), AccountEvent::Withdrawn { cents: account.cents })
        });
        let sum = full.map(|(_, account)| account.cents).sum();
        Ok(if sum == 0 { taken } else { taken.and(self.target(), AccountEvent::Deposited { cents: sum }) })
    }
}

/// What the bank's events are made of in tests.
pub(crate) fn opened(account: &str, owner: &str, mail: &str) -> AccountEvent {
    AccountEvent::Opened {
        account: id(account),
        owner: Personal::plain(owner.to_owned()),
        mail: diptych_testkit::blind("mail", mail),
    }
}

pub(crate) fn deposited(cents: i64) -> AccountEvent {
    AccountEvent::Deposited { cents }
}

pub(crate) fn withdrawn(cents: i64) -> AccountEvent {
    AccountEvent::Withdrawn { cents }
}

pub(crate) fn id(text: &str) -> Id {
    text.parse().expect("an id")
}
