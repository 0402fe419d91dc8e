//! Events: how they are stored, tagged, sealed and read back.

use diptych::{
    Event, Events, Personal, StreamId, Tag,
    codec::{JsonObject, OldEvent, find},
};
use diptych_macros::Event;
use serde_json::json;

use crate::{
    bank::AccountId,
    given::{OpenSealer, decode, provenance},
};

#[derive(Event, Debug, PartialEq)]
enum CardEvent {
    Issued {
        #[tag("account")]
        account_id: AccountId,
        #[tag("keyword")]
        #[tag("word")]
        key_words: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
        #[serde(with = "as_text")]
        limit: i64,
    },
    #[event(name = "CardBlocked")]
    Blocked,
    #[event(version = 3, formerly("PaidWith", "CardUsed"), upcast(1 = |data| { data.remove("pin"); }, 2 = in_cents))]
    Used { cents: i64 },
    #[event(version = 2, split(1 = as_two))]
    Reissued { reason: String },
}

mod as_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(number: &i64, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(number)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

fn in_cents(data: &mut JsonObject) {
    if let Some(amount) = data.remove("amount") {
        data.insert("cents".into(), amount);
    }
}

fn as_two(data: JsonObject) -> Vec<OldEvent> {
    vec![
        OldEvent { name: "CardBlocked".into(), version: 1, data: JsonObject::new() },
        OldEvent { name: "Reissued".into(), version: 2, data },
    ]
}

#[derive(Event, Debug, PartialEq)]
enum HolderEvent {
    Named {
        holder_id: AccountId,
        #[personal(subject = holder_id)]
        name: Personal<String>,
        #[personal(subject = partner_id)]
        partner: Option<Personal<String>>,
        #[personal(subject = holder_id)]
        age: Personal<u8>,
        partner_id: String,
    },
    Left,
}

#[derive(Event, Debug, PartialEq)]
enum BranchEvent {
    #[event(nested)]
    Card(CardEvent),
    #[event(nested)]
    Holder(HolderEvent),
    Moved {
        #[tag("town")]
        town: String,
    },
}

/// Cloned in a way of its own.
#[derive(Event)]
#[event(no_clone)]
enum CountedEvent {
    Counted { copies: u32 },
}

impl Clone for CountedEvent {
    fn clone(&self) -> Self {
        let Self::Counted { copies } = self;
        Self::Counted { copies: copies + 1 }
    }
}

fn issued() -> CardEvent {
    CardEvent::Issued {
        account_id: AccountId::new("A-1").unwrap(),
        key_words: vec!["gold".into(), "new".into()],
        note: None,
        limit: 12,
    }
}

fn named() -> HolderEvent {
    HolderEvent::Named {
        holder_id: AccountId::new("H-1").unwrap(),
        name: Personal::plain("Ann".into()),
        partner: Some(Personal::plain("Bob".into())),
        age: Personal::plain(42),
        partner_id: "H-2".into(),
    }
}

#[test]
fn payloads_are_json_objects_in_camel_case() {
    for (event, name, version, json) in [
        (issued(), "Issued", 1, r#"{"accountId":"A-1","keyWords":["gold","new"],"limit":"12"}"#),
        (CardEvent::Blocked, "CardBlocked", 1, "{}"),
        (CardEvent::Used { cents: -3 }, "Used", 3, r#"{"cents":-3}"#),
    ] {
        assert_eq!((event.event_type(), event.schema_version()), (name, version));
        assert_eq!(String::from_utf8(event.to_json().unwrap()).unwrap(), json);
        assert_eq!(decode::<CardEvent>(name, version, json).unwrap(), std::slice::from_ref(&event));
        let nested = BranchEvent::Card(event);
        assert_eq!(nested.to_json().unwrap(), json.as_bytes());
        assert_eq!(decode::<BranchEvent>(name, version, json).unwrap(), [nested]);
    }
}

#[test]
fn old_events_are_read_by_their_steps_and_former_names() {
    let used = CardEvent::Used { cents: 4 };
    for (name, version, old) in [
        ("PaidWith", 1, json!({ "amount": 4, "pin": 1 })),
        ("CardUsed", 2, json!({ "amount": 4 })),
        ("Used", 3, json!({ "cents": 4, "unknown": 0 })),
    ] {
        assert_eq!(
            decode::<CardEvent>(name, version, &old.to_string()).unwrap(),
            std::slice::from_ref(&used)
        );
    }
    let two = decode::<BranchEvent>("Reissued", 1, r#"{"reason":"lost"}"#).unwrap();
    assert_eq!(
        two,
        [CardEvent::Blocked, CardEvent::Reissued { reason: "lost".into() }].map(BranchEvent::Card)
    );
}

#[test]
fn what_cannot_be_read_says_why() {
    for (name, json, why) in [
        ("Gone", "{}", "no event named \"Gone\" is known here; known are Moved, Issued, CardBlocked"),
        ("Used", r#"{"cents":"4"}"#, "the payload of \"Used\" does not fit its type"),
        ("CardBlocked", "null", "the payload of \"CardBlocked\" does not fit its type"),
    ] {
        let version = if name == "Used" { 3 } else { 1 };
        let error = decode::<BranchEvent>(name, version, json).unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.starts_with(why), "{cause}");
    }
    let direct = CardEvent::from_json("Gone", b"{}").unwrap_err().to_string();
    assert_eq!(
        direct,
        "no event named \"Gone\" is known here; known are Issued, CardBlocked, Used, Reissued"
    );
}

#[test]
fn schemas_are_those_of_the_enum_and_of_those_nested_in_it() {
    let used = find(BranchEvent::schemas(), "PaidWith").unwrap();
    assert_eq!(
        (used.name, used.version, used.former_names),
        ("Used", 3, ["PaidWith", "CardUsed"].as_slice())
    );
    let names: Vec<_> = BranchEvent::schemas().iter().map(|schema| schema.name).collect();
    assert_eq!(names, ["Moved", "Issued", "CardBlocked", "Used", "Reissued", "Named", "Left"]);
}

#[test]
#[should_panic(expected = "two of the events of TwiceEvent are stored as \"Left\"")]
fn nested_enums_that_share_a_name_are_refused() {
    #[derive(Event)]
    enum OtherEvent {
        Left,
    }
    #[derive(Event)]
    enum TwiceEvent {
        #[event(nested)]
        Holder(HolderEvent),
        #[event(nested)]
        Other(OtherEvent),
    }
    let _ = [TwiceEvent::Holder(HolderEvent::Left), TwiceEvent::Other(OtherEvent::Left)];
    TwiceEvent::schemas();
}

#[test]
fn tags_are_made_of_marked_fields() {
    let tags =
        [("account", "A-1"), ("keyword", "gold"), ("keyword", "new"), ("word", "gold"), ("word", "new")];
    let tags = tags.map(|(key, value)| Tag::new(key, value));
    assert_eq!(issued().tags(), tags);
    assert_eq!(BranchEvent::Card(issued()).tags(), tags);
    assert_eq!(BranchEvent::Moved { town: "Ulm".into() }.tags(), [Tag::new("town", "Ulm")]);
    assert_eq!(CardEvent::Blocked.tags(), []);
}

#[test]
fn personal_fields_are_visited_with_whom_they_are_about() {
    let mut seen = Vec::new();
    let mut event = BranchEvent::Holder(named());
    let visited = event.personal(&mut |subject, field| {
        seen.push((subject.to_owned(), field.is_plain()));
        Ok(())
    });
    assert!(visited.is_ok());
    assert_eq!(seen, [("H-1".into(), true), ("H-1".into(), true), ("H-2".into(), true)]);
    assert!(event.to_json().is_err(), "a plain personal field must not be stored");
}

#[test]
fn events_are_stored_sealed_and_read_back_sealed() {
    let stream = StreamId::parse("holder", "H-1").unwrap();
    let mut events = Events::one(stream, named());
    assert_eq!(events.subjects().unwrap(), ["H-1", "H-2"]);
    let stored = events.encode(&OpenSealer, provenance).unwrap().remove(0);
    let json = String::from_utf8(stored.payload.to_vec()).unwrap();
    assert!(
        json.starts_with(r#"{"holderId":"H-1","name":{"sealed":"v1:H-1:5"},"partner":{"sealed":"v1:H-2:5"}"#),
        "{json}"
    );
    let HolderEvent::Named { name, .. } = decode(&stored.event_type, 1, &json).unwrap().remove(0) else {
        panic!("another fact");
    };
    assert_eq!(name.token().map(diptych::Sealed::subject), Some("H-1"));
}

#[test]
fn an_event_may_be_cloned_in_a_way_of_its_own() {
    let CountedEvent::Counted { copies } = CountedEvent::Counted { copies: 1 }.clone();
    assert_eq!(copies, 2);
}
