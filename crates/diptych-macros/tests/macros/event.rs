//! Events: how they are stored, tagged and read back.

use diptych::{
    Event, Personal, Sealed,
    codec::{JsonObject, OldEvent},
};
use diptych_macros::Event;

#[derive(Event, Debug, PartialEq)]
enum AccountEvent {
    Opened {
        #[tag("owner")]
        owner_id: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    #[event(name = "AccountClosed")]
    Closed,
    #[event(version = 3, formerly("PaidIn"), upcast(1 = |data| { data.remove("x"); }, 2 = in_cents))]
    Deposited { cents: i64 },
    #[event(version = 2, split(1 = halves))]
    Withdrawn { cents: i64 },
}

fn in_cents(data: &mut JsonObject) {
    if let Some(amount) = data.remove("amount") {
        data.insert("cents".into(), amount);
    }
}

fn halves(_: JsonObject) -> Vec<OldEvent> {
    Vec::new()
}

#[derive(Event, Debug, PartialEq)]
enum UserEvent {
    Registered {
        user_id: String,
        #[personal(subject = user_id)]
        name: Personal<String>,
        #[personal(subject = user_id)]
        email: Option<Personal<String>>,
    },
}

#[derive(Event, Debug, PartialEq)]
enum AllEvent {
    #[event(nested)]
    Account(AccountEvent),
    #[event(nested)]
    User(UserEvent),
    Heartbeat,
}

#[test]
fn payloads_are_json_objects_in_camel_case() {
    let opened = AccountEvent::Opened { owner_id: "U-1".into(), note: None };
    assert_eq!(opened.to_json().unwrap(), br#"{"ownerId":"U-1"}"#);
    assert_eq!(AccountEvent::Closed.to_json().unwrap(), b"{}");
    for event in [opened, AccountEvent::Closed, AccountEvent::Deposited { cents: -3 }] {
        let back = AccountEvent::from_json(event.event_type(), &event.to_json().unwrap()).unwrap();
        assert_eq!(back, event);
        assert_eq!(back.clone(), event);
    }
}

#[test]
fn x() {
    let _ = Sealed::new("a", "b");
    let _ = AllEvent::schemas();
}
