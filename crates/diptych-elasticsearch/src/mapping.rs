//! What a shape becomes in a cluster: settings and mapping of an index, and what a document is sent as.
//!
//! A document is sent in parts: `body`, as the projection made it, kept and not looked into; `at`, its declared fields; `words`, those of its
//! declared texts, cut by [`words`]. The last two are only indexed, not kept. `live` is false of a document that was deleted.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use diptych_core::{
    Position,
    documents::{Entry, Kind, Shape, Stamp, words},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::names::{field, kept_id};

/// A shape, with what its members are called in the mapping.
#[derive(Debug)]
pub(crate) struct Fields {
    /// Those that are compared.
    pub(crate) at: Vec<At>,
    /// Those that are searched.
    pub(crate) texts: Vec<Text>,
    /// The member by which the newest comes first.
    pub(crate) newest: Option<Cow<'static, str>>,
}

/// A member that is compared.
#[derive(Debug)]
pub(crate) struct At {
    pub(crate) member: Cow<'static, str>,
    name: String,
    pub(crate) kind: Kind,
}

/// A member that is searched.
#[derive(Debug)]
pub(crate) struct Text {
    member: Cow<'static, str>,
    name: String,
    pub(crate) weight: u8,
}

impl At {
    fn new(member: Cow<'static, str>, kind: Kind) -> Self {
        Self { name: field(&member), member, kind }
    }

    /// As queries and orders name it.
    pub(crate) fn path(&self) -> String {
        format!("at.{}", self.name)
    }
}

impl Text {
    /// As queries name it.
    pub(crate) fn path(&self) -> String {
        format!("words.{}", self.name)
    }
}

impl Fields {
    pub(crate) fn of(shape: &Shape) -> Self {
        let (mut at, mut texts) = (Vec::new(), Vec::new());
        for declared in &shape.fields {
            match declared.kind {
                Kind::Text { weight } => {
                    let (member, name) = (declared.name.clone(), field(&declared.name));
                    texts.push(Text { member, name, weight });
                }
                kind @ (Kind::Keyword | Kind::Integer | Kind::Time) => {
                    at.push(At::new(declared.name.clone(), kind));
                }
            }
        }
        let newest = shape.newest.clone();
        if let Some(newest) = newest.iter().find(|newest| shape.kind(newest).is_none()) {
            at.push(At::new(newest.clone(), Kind::Integer));
        }
        Self { at, texts, newest }
    }

    /// The declared field of a member.
    pub(crate) fn at(&self, member: &str) -> Option<&At> {
        self.at.iter().find(|at| at.member == member)
    }

    fn mapping(&self) -> Value {
        let compared = self.at.iter().map(|at| {
            let kind = match at.kind {
                Kind::Integer => "long",
                Kind::Keyword | Kind::Time | Kind::Text { .. } => "keyword",
            };
            (at.name.clone(), json!({ "type": kind }))
        });
        // Words are asked for one by one: neither sorted by, nor counted.
        let searched = self
            .texts
            .iter()
            .map(|text| (text.name.clone(), json!({ "type": "keyword", "doc_values": false })));
        let kept = json!({ "type": "long", "index": false, "doc_values": false });
        json!({
            "dynamic": "strict",
            "_source": { "excludes": ["at", "words"] },
            "properties": {
                "live": { "type": "boolean" },
                "stamp": kept,
                "late": kept,
                "body": { "type": "object", "enabled": false },
                "place": { "type": "object", "enabled": false },
                "at": { "properties": compared.collect::<Map<_, _>>() },
                "words": { "properties": searched.collect::<Map<_, _>>() },
            },
        })
    }

    /// What an index of such documents is made with, and the alias by which it is written.
    pub(crate) fn index(&self, alias: &str) -> Value {
        let aliases: Map<_, _> = [(alias.to_owned(), json!({}))].into_iter().collect();
        json!({ "settings": settings(), "mappings": self.mapping(), "aliases": aliases })
    }

    /// The two lines by which a bulk request writes a document, if it is newer than the one there.
    pub(crate) fn lines(&self, entry: &Entry) -> serde_json::Result<Vec<u8>> {
        let version = entry.stamp.number();
        let action =
            json!({ "index": { "_id": kept_id(&entry.id), "version": version, "version_type": "external" } });
        let mut lines = serde_json::to_vec(&action)?;
        lines.push(b'\n');
        serde_json::to_writer(&mut lines, &self.sent(entry))?;
        lines.push(b'\n');
        Ok(lines)
    }

    fn sent<'a>(&'a self, entry: &'a Entry) -> Sent<'a> {
        let body = entry.body.as_ref();
        let at = self.at.iter().filter_map(|at| Some((&*at.name, body?.get(&*at.member)?)));
        let words =
            self.texts.iter().filter_map(|text| Some((&*text.name, words_of(body?.get(&*text.member)?))));
        Sent {
            live: body.is_some(),
            stamp: entry.stamp,
            late: &entry.late,
            at: at.collect(),
            words: words.collect(),
            body,
        }
    }
}

/// Durable when answered, and searchable when we say so: not every second by itself.
fn settings() -> Value {
    json!({ "index": {
        "number_of_shards": 1,
        "auto_expand_replicas": "0-1",
        "refresh_interval": "-1",
        "translog.durability": "request",
    } })
}

/// What the index of records is made with.
pub(crate) fn records_index(alias: &str) -> Value {
    Fields::of(&Shape::new()).index(alias)
}

fn words_of(value: &Value) -> BTreeSet<String> {
    let texts = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    texts.iter().filter_map(Value::as_str).flat_map(words).collect()
}

#[derive(Serialize)]
struct Sent<'a> {
    live: bool,
    stamp: Stamp,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    late: &'a [Position],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    at: BTreeMap<&'a str, &'a Value>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    words: BTreeMap<&'a str, BTreeSet<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a Value>,
}

/// What is kept of a document.
#[derive(Debug, Deserialize)]
pub(crate) struct Kept {
    stamp: Stamp,
    #[serde(default)]
    late: Vec<Position>,
    #[serde(default)]
    pub(crate) body: Option<Value>,
}

impl Kept {
    pub(crate) fn entry(self, id: &str) -> Entry {
        Entry { id: id.to_owned(), stamp: self.stamp, late: self.late, body: self.body }
    }

    pub(crate) fn position(&self) -> Position {
        self.stamp.position()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_sent_with_its_fields_and_words_and_a_deleted_one_without() {
        let shape = Shape::new().keyword("tags").integer("cents").text("name", 2).newest("made");
        let fields = Fields::of(&shape);
        let body =
            json!({ "tags": ["a"], "cents": null, "name": "Café, café", "made": 3, "more": { "a.b": 1 } });
        let stamp = Stamp::from_number(7);
        let mut entry = Entry { id: "place".to_owned(), stamp, late: Vec::new(), body: Some(body.clone()) };
        let lines = String::from_utf8(fields.lines(&entry).unwrap()).unwrap();
        let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(
            lines[0],
            json!({ "index": { "_id": "place'", "version": 7, "version_type": "external" } })
        );
        let at = json!({ "tags": ["a"], "cents": null, "made": 3 });
        let words = json!({ "name": ["cafe"] });
        assert_eq!(lines[1], json!({ "live": true, "stamp": 7, "at": at, "words": words, "body": body }));
        entry.body = None;
        let lines = String::from_utf8(fields.lines(&entry).unwrap()).unwrap();
        assert_eq!(lines.lines().last(), Some(r#"{"live":false,"stamp":7}"#));
    }
}
