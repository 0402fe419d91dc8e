//! The log as `GET /api/admin/events` tells it, held against what was answered.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    command::{Said, Sent},
    disk::Left,
};
use crate::shop::Shop;

/// One event.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Logged {
    pub(super) position: u64,
    pub(super) category: String,
    pub(super) id: String,
    pub(super) revision: u64,
    pub(super) kind: String,
    pub(super) correlation: String,
    pub(super) event_id: String,
    pub(super) data: Value,
}

impl Logged {
    fn of(event: &Value) -> Self {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        Self {
            position: event["position"].as_u64().unwrap(),
            category: text(&event["stream"]["category"]),
            id: text(&event["stream"]["id"]),
            revision: event["revision"].as_u64().unwrap(),
            kind: text(&event["type"]),
            correlation: text(&event["correlationId"]),
            event_id: text(&event["eventId"]),
            data: event["data"].clone(),
        }
    }
}

/// A page of the log after a position; none where the shop is no more.
pub(super) async fn page(shop: &Shop, after: u64, limit: usize) -> Option<Vec<Logged>> {
    let path = format!("/api/admin/events?from={}&limit={limit}", after + 1);
    let answer = shop.call("GET", &path).try_answer().await?;
    let page = answer.is(200).json();
    Some(page["items"].as_array().unwrap().iter().map(Logged::of).collect())
}

/// What was read of the log so far.
#[derive(Debug, Default)]
pub(super) struct Log {
    events: Vec<Logged>,
    /// How many there were before the first writer began.
    set_up: Option<usize>,
}

impl Log {
    /// Reads on to the head.
    pub(super) async fn read_on(&mut self, shop: &Shop) {
        loop {
            let page = page(shop, self.head(), 1_000).await.expect("it is up");
            if page.is_empty() {
                break;
            }
            self.events.extend(page);
        }
        self.set_up.get_or_insert(self.events.len());
    }

    pub(super) fn head(&self) -> u64 {
        self.events.last().map_or(0, |event| event.position)
    }

    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    pub(super) fn all(&self) -> &[Logged] {
        &self.events
    }

    /// Those from this one on.
    pub(super) fn since(&self, number: usize) -> &[Logged] {
        &self.events[number..]
    }

    /// Those of writers.
    pub(super) fn since_start(&self) -> &[Logged] {
        self.since(self.set_up.unwrap_or_default())
    }

    /// The head when the first writer began.
    pub(super) fn head_before_all(&self) -> u64 {
        self.set_up.and_then(|many| many.checked_sub(1)).map_or(0, |last| self.events[last].position)
    }
}

/// What a killed server has left is what the next one tells, before anything else.
pub(super) fn begins_as(log: &[Logged], left: &[Left]) {
    assert!(left.len() <= log.len(), "events have vanished: {} of {}", log.len(), left.len());
    for (event, left) in log.iter().zip(left) {
        let same = (event.position, event.revision, event.kind.as_str(), event.correlation.as_str());
        assert_eq!(same, (left.position, left.revision, left.kind.as_str(), left.correlation.as_str()));
        assert_eq!((&event.category, &event.id), (&left.category, &left.id));
    }
}

/// Whether the events are those of the commands that were taken, each once, where its receipt says, in the order of
/// positions, without a gap in any stream; and none of any other command.
pub(super) fn is_of_these_commands(events: &[Logged], commands: &[(Sent, Said)]) -> Result<(), String> {
    if let Some(pair) = events.windows(2).find(|pair| pair[0].position >= pair[1].position) {
        return Err(format!("positions do not grow: {pair:?}"));
    }
    let mut next: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for event in events {
        let next = next.entry((&event.category, &event.id)).or_insert(0);
        if event.revision != *next {
            return Err(format!("revision {next} is missing before {event:?}"));
        }
        *next += 1;
    }
    if events.iter().map(|event| &event.event_id).collect::<BTreeSet<_>>().len() != events.len() {
        return Err("two events have one id".to_owned());
    }
    let mut by_command: BTreeMap<&str, Vec<&Logged>> = BTreeMap::new();
    for event in events {
        by_command.entry(&event.correlation).or_default().push(event);
    }
    for (sent, said) in commands {
        let found = by_command.remove(sent.key.as_str()).unwrap_or_default();
        match (said, found.as_slice()) {
            (Said::Taken(receipt), [event])
                if sent.records
                    && (receipt.position, receipt.revision) == (event.position, event.revision)
                    && receipt.id == event.id => {}
            (Said::Taken(_), []) if !sent.records => {}
            (Said::Refused(_), []) => {}
            _ => return Err(format!("{sent:?} was answered {said:?}, and led to {found:?}")),
        }
    }
    match by_command.pop_first() {
        Some((_, events)) => Err(format!("nobody sent what led to {events:?}")),
        None => Ok(()),
    }
}

/// Tests of the test: each way to break the log is seen.
mod tests {
    use serde_json::json;

    use super::{super::command::Awaited, *};
    use crate::receipt::Receipt;

    fn taken() -> (Vec<Logged>, Vec<(Sent, Said)>) {
        let (mut events, mut commands) = (Vec::new(), Vec::new());
        for revision in 0..3 {
            let sent = Sent::add("ORD", Awaited::Taken);
            let position = revision + 10;
            events.push(Logged {
                position,
                category: "order".to_owned(),
                id: "ORD".to_owned(),
                revision,
                kind: "ItemAdded".to_owned(),
                correlation: sent.key.clone(),
                event_id: revision.to_string(),
                data: json!({}),
            });
            let (id, text) = ("ORD".to_owned(), String::new);
            let receipt = Receipt {
                id,
                correlation: sent.key.clone(),
                revision,
                position,
                own: text(),
                status: text(),
                stream: text(),
            };
            commands.push((sent, Said::Taken(receipt)));
        }
        (events, commands)
    }

    #[test]
    fn a_log_of_what_was_taken_is_good() {
        let (events, commands) = taken();
        is_of_these_commands(&events, &commands).unwrap();
    }

    /// One way to break a log.
    type Break = fn(&mut Vec<Logged>);

    #[test]
    fn lost_doubled_reordered_and_foreign_events_are_seen() {
        let breaks: [(Break, &str); 6] = [
            (|events| drop(events.pop()), "and led to []"),
            (|events| drop(events.remove(0)), "revision 0 is missing"),
            (|events| events.push(events[2].clone()), "positions do not grow"),
            (
                |events| {
                    events.push(Logged {
                        position: 20,
                        revision: 3,
                        event_id: "3".into(),
                        ..events[2].clone()
                    });
                },
                "and led to [",
            ),
            (
                |events| {
                    events.swap(1, 2);
                },
                "positions do not grow",
            ),
            (
                |events| {
                    events.push(Logged {
                        position: 20,
                        revision: 3,
                        event_id: "3".into(),
                        correlation: "mine".into(),
                        ..events[2].clone()
                    });
                },
                "nobody sent",
            ),
        ];
        for (break_it, seen) in breaks {
            let (mut events, commands) = taken();
            break_it(&mut events);
            let why = is_of_these_commands(&events, &commands).unwrap_err();
            assert!(why.contains(seen), "{why}");
        }
    }

    #[test]
    fn an_event_of_a_refused_command_is_seen() {
        let (events, mut commands) = taken();
        commands[2].1 = Said::Refused(409);
        assert!(is_of_these_commands(&events, &commands).unwrap_err().contains("Refused(409)"));
    }
}
