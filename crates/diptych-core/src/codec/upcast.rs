//! Upcasters: an old payload becomes a new one, one step per version, one event to one or to many.

use std::collections::VecDeque;

use super::{DecodeError, EventSchema, schema};

/// The members of a payload.
pub type JsonObject = serde_json::Map<String, serde_json::Value>;

/// An event on its way from an old schema to the current one.
#[derive(Clone, Debug, PartialEq)]
pub struct OldEvent {
    /// Its name at this step.
    pub name: String,
    /// Its version at this step.
    pub version: u32,
    /// Its members at this step.
    pub data: JsonObject,
}

/// One step from version `from` to `from + 1`.
#[derive(Clone, Copy, Debug)]
pub struct Upcast {
    /// The version it reads, 1-based.
    pub from: u32,
    /// What it does.
    pub step: UpcastStep,
}

/// What one step does. Steps are pure: the same old event always reads the same.
#[derive(Clone, Copy, Debug)]
pub enum UpcastStep {
    /// Changes the members in place; the event becomes the next version of itself.
    Change(fn(&mut JsonObject)),
    /// Makes other events of it, each with its own name and version; none drops it.
    Split(fn(JsonObject) -> Vec<OldEvent>),
}

/// Takes a stored event to what the current program would have written, in order.
pub(super) fn to_current(
    schemas: &[EventSchema],
    name: &str,
    version: u32,
    payload: &[u8],
) -> Result<Vec<OldEvent>, DecodeError> {
    let data = serde_json::from_slice(payload)
        .map_err(|source| DecodeError::Payload { name: name.to_owned(), source })?;
    let mut waiting = VecDeque::from([OldEvent { name: name.to_owned(), version, data }]);
    let mut current = Vec::new();
    while let Some(mut old) = waiting.pop_front() {
        let schema = schema::known(schemas, &old.name)?;
        if old.version == schema.version {
            old.name = schema.name.to_owned();
            current.push(old);
            continue;
        }
        // What a step makes comes before what was waiting behind it: the order of facts is kept.
        for next in take_step(schema, old)?.into_iter().rev() {
            waiting.push_front(next);
        }
    }
    Ok(current)
}

fn take_step(schema: &EventSchema, mut old: OldEvent) -> Result<Vec<OldEvent>, DecodeError> {
    if old.version > schema.version {
        return Err(DecodeError::NewerVersion { name: old.name, stored: old.version, known: schema.version });
    }
    let Some(upcast) = schema.upcasts.iter().find(|upcast| upcast.from == old.version) else {
        return Err(DecodeError::NoUpcaster { name: old.name, from: old.version });
    };
    match upcast.step {
        UpcastStep::Change(change) => {
            change(&mut old.data);
            old.version += 1;
            Ok(vec![old])
        }
        UpcastStep::Split(split) => Ok(split(old.data)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rename(data: &mut JsonObject) {
        if let Some(value) = data.remove("amount") {
            data.insert("cents".into(), value);
        }
    }

    fn split(data: JsonObject) -> Vec<OldEvent> {
        ["Opened", "Deposited"]
            .map(|name| OldEvent { name: name.into(), version: 2, data: data.clone() })
            .into()
    }

    const SCHEMAS: &[EventSchema] = &[
        EventSchema {
            name: "Deposited",
            version: 3,
            former_names: &["PaidIn"],
            upcasts: &[
                Upcast { from: 1, step: UpcastStep::Change(rename) },
                Upcast {
                    from: 2,
                    step: UpcastStep::Change(|data| {
                        data.insert("at".into(), 0.into());
                    }),
                },
            ],
        },
        EventSchema {
            name: "Opened",
            version: 2,
            former_names: &[],
            upcasts: &[Upcast { from: 1, step: UpcastStep::Split(split) }],
        },
    ];

    #[test]
    fn an_old_event_goes_step_by_step_and_takes_its_present_name() {
        let now = to_current(SCHEMAS, "PaidIn", 1, br#"{"amount":5}"#).unwrap();
        // Not as text: the order of members is another one where some crate of the build asks serde_json to keep theirs.
        assert_eq!(
            serde_json::Value::Object(now[0].data.clone()),
            serde_json::json!({ "at": 0, "cents": 5 })
        );
        assert_eq!((now[0].name.as_str(), now[0].version), ("Deposited", 3));
    }

    #[test]
    fn one_event_may_become_several_which_go_on_by_themselves() {
        let now = to_current(SCHEMAS, "Opened", 1, br#"{"cents":1}"#).unwrap();
        let names: Vec<_> = now.iter().map(|e| (e.name.as_str(), e.version)).collect();
        assert_eq!(names, [("Opened", 2), ("Deposited", 3)]);
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        for (name, version, why) in
            [("Gone", 1, "no event named"), ("Deposited", 4, "knows up to 3"), ("Opened", 0, "no upcaster")]
        {
            let error = to_current(SCHEMAS, name, version, b"{}").unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
