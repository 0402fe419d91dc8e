//! A projection that has everything that engines of documents are asked to do, and random histories for it.
//!
//! Goods are made, priced, described anew and removed by events of their own stream, and reviewed by events of other streams; one
//! event touches two documents.

use diptych_core::{
    BoxError, NewEvent, ProjectionSpec, RecordedEvent,
    documents::{DocumentProjection, Folding, Order, Shape},
};
use rand::{RngExt, rngs::StdRng, seq::IndexedRandom};
use serde_json::{Value, json};

use crate::draft::event;

/// What names and descriptions are made of: look-alikes, accents, scripts, signs, and what engines have as syntax.
const WORDS: &[&str] = &[
    "keyboard",
    "keyboards",
    "Keybaord",
    "board",
    "piano",
    "Piano",
    "pianos",
    "mouse",
    "moose",
    "Straße",
    "café",
    "CAFÉ",
    "cafe",
    "a",
    "an",
    "tv",
    "tea",
    "teas",
    "ten",
    "mechanical",
    "mechanic",
    "клавиатура",
    "клавиатуры",
    "机械键盘",
    "键盘",
    "キーボード",
    "لوحة",
    "한국어",
    "🎹",
    "3.5mm",
    "AND",
    "OR",
    "NOT",
    "name:piano",
    "pian*",
    "\"quoted",
    "$where",
    "{}",
    "the",
    "of",
];

const CATEGORIES: &[&str] = &["music", "Music", "office", "ключ", "a b"];
const TAGS: &[&str] = &["new", "used", "gift", "$gt", "a,b"];

/// The goods of a shop.
#[derive(Clone, Copy, Debug, Default)]
pub struct Goods;

/// The cheapest first.
#[must_use]
pub fn by_price() -> Order {
    Order::ascending(&["cents", "place"])
}

/// The newest first.
#[must_use]
pub fn newest_first() -> Order {
    Order::descending(&["created"])
}

/// What a text may be searched by, to see that it is data: operators, wildcards, quotes, scripts, nothing.
#[must_use]
pub fn odd_texts() -> Vec<String> {
    let mut odd: Vec<String> = [
        "",
        "   ",
        "*",
        "?",
        "pian*",
        "p?ano",
        "name:piano",
        "piano AND NOT mouse",
        "piano OR",
        "(piano",
        "piano)",
        "\"piano",
        "'; DROP TABLE goods; --",
        "{\"$where\": \"1\"}",
        "$gt",
        "piano~2",
        "piano^9",
        "[a TO z]",
        "+piano -mouse",
        "\\",
        "/.*/",
        "🎹",
        "👩‍👩‍👧‍👦",
        "لوحة مفاتيح",
        "\u{202e}piano\u{202c}",
        "键盘",
        "机",
        "キーボード",
        "e\u{301}",
        "\u{0}piano",
        "piano\nmouse",
        "%70iano",
        "<b>piano</b>",
    ]
    .map(str::to_owned)
    .into();
    odd.push("piano ".repeat(1700));
    odd.push("x".repeat(10_000));
    odd.push((0..2000).map(|n| format!("w{n} ")).collect());
    odd
}

/// A text to search by.
pub fn text(random: &mut StdRng) -> String {
    let mut text = some_words(random, 1, 3);
    if random.random_bool(0.5) {
        // A letter wrong, missing or changed with its neighbour.
        let mut letters: Vec<_> = text.chars().collect();
        let at = random.random_range(0..letters.len());
        match random.random_range(0..3) {
            0 => letters[at] = 'x',
            1 => drop(letters.remove(at)),
            _ => letters.swap(at, (at + 1) % text.chars().count()),
        }
        text = letters.into_iter().collect();
    }
    text
}

fn some_words(random: &mut StdRng, least: usize, most: usize) -> String {
    let count = random.random_range(least..=most);
    let words: Vec<_> = (0..count).map(|_| *WORDS.choose(random).expect("some")).collect();
    words.join(" ")
}

/// A category, a tag and a price that may be asked for.
pub fn wanted(random: &mut StdRng) -> (&'static str, &'static str, i64) {
    (CATEGORIES.choose(random).expect("some"), TAGS.choose(random).expect("some"), random.random_range(0..30))
}

/// The next events of a random history of so many goods.
pub fn happen(random: &mut StdRng, goods: u32, events: usize) -> Vec<NewEvent> {
    (0..events).map(|_| happens(random, goods)).collect()
}

fn happens(random: &mut StdRng, goods: u32) -> NewEvent {
    let id = format!("g{}", random.random_range(0..goods));
    let (kind, data) = match random.random_range(0..10) {
        0..4 => ("Made", made(random)),
        4..6 => ("Priced", json!({ "cents": random.random_range(0..30) })),
        6 => ("Described", json!({ "description": some_words(random, 0, 6) })),
        7 => ("Removed", json!({})),
        8 => ("Swapped", json!({ "with": format!("g{}", random.random_range(0..goods)) })),
        _ => ("Reviewed", json!({ "stars": random.random_range(1..6) })),
    };
    // Reviews are streams of their own.
    let stream = if kind == "Reviewed" { format!("review/{id}") } else { format!("good/{id}") };
    let payload = serde_json::to_vec(&data).expect("JSON");
    NewEvent { payload: payload.into(), ..event(&stream, kind) }
}

fn made(random: &mut StdRng) -> Value {
    let tags: Vec<_> = TAGS.iter().filter(|_| random.random_bool(0.3)).collect();
    json!({
        "name": some_words(random, 1, 3),
        "description": some_words(random, 0, 8),
        "cents": random.random_range(0..30),
        "category": CATEGORIES.choose(random).expect("some"),
        "tags": tags,
    })
}

/// The making of one more.
pub(super) fn new_one(random: &mut StdRng, id: &str) -> NewEvent {
    let payload = serde_json::to_vec(&made(random)).expect("JSON");
    NewEvent { payload: payload.into(), ..event(&format!("good/{id}"), "Made") }
}

struct Happened<'a> {
    event: &'a RecordedEvent,
    data: Value,
}

impl Happened<'_> {
    fn make(&self, id: &str) -> Value {
        let mut document = self.data.clone();
        document["place"] = id.into();
        document["created"] = self.event.position().to_i64().into();
        document["stars"] = 0.into();
        // What is kept and not declared, as deep as it likes.
        document["more"] = json!({ "a.b": [1, null, { "$c": 1.5, "": "\u{10ffff}" }], "big": i64::MAX });
        document
    }
}

impl Folding for Happened<'_> {
    fn touches(&self) -> Vec<String> {
        let own = self.event.stream().id().to_string();
        match self.data["with"].as_str() {
            Some(other) => vec![own, other.to_owned()],
            None => vec![own],
        }
    }

    fn fold(&self, id: &str, document: &mut Option<Value>) -> Result<(), BoxError> {
        match (&*self.event.event_type, document.as_mut()) {
            ("Made", Some(there)) => there["name"] = self.data["name"].clone(),
            ("Made", None) => *document = Some(self.make(id)),
            ("Priced", Some(there)) => there["cents"] = self.data["cents"].clone(),
            ("Described", Some(there)) => there["description"] = self.data["description"].clone(),
            ("Swapped", Some(there)) => there["tags"] = json!(["swapped", id]),
            ("Reviewed", Some(there)) => {
                let stars = there["stars"].as_i64().unwrap_or(0) + self.data["stars"].as_i64().unwrap_or(0);
                there["stars"] = stars.into();
            }
            ("Removed", _) => *document = None,
            _ => {}
        }
        Ok(())
    }
}

impl DocumentProjection for Goods {
    fn spec(&self) -> ProjectionSpec {
        ProjectionSpec::new("goods")
    }

    fn shape(&self) -> Shape {
        Shape::new()
            .text("name", 2)
            .text("description", 1)
            .keyword("category")
            .keyword("tags")
            .keyword("place")
            .integer("cents")
            .integer("created")
            .list(&[], by_price())
            .list(&["category"], by_price())
            .list(&["tags"], newest_first())
            .newest("created")
    }

    fn folding<'a>(&'a self, event: &'a RecordedEvent) -> Result<Vec<Box<dyn Folding + 'a>>, BoxError> {
        let data = serde_json::from_slice(&event.payload)?;
        Ok(vec![Box::new(Happened { event, data })])
    }
}
