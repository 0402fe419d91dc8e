//! What filling a read model takes, beside a loop of bulk requests that somebody wrote for the same documents, and that memory stays flat.
//!
//! The loop reads the same log, makes the same documents and sends them a thousand at a time, with their positions as external
//! versions; the server analyses the texts. It reads nothing before, keeps no checkpoint, and makes searchable once, at the end.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use diptych::{App, Stores, memory::MemoryStore};
use diptych_core::{
    BoxError, EventStore, Filter, NewEvent, Position, ProjectionSpec, RecordedEvent,
    documents::{DocumentProjection, Folding, Shape},
    store::{MAX_PAGE, ReadRequest},
};
use diptych_testkit::{
    Effort, Evidence,
    contract::documents::models,
    deadline::prove,
    draft::{append, event},
    engine::Engine,
};
use serde_json::{Value, json};

use crate::server::{BOTH, Place, is_there};

const WORDS: [&str; 12] = [
    "keyboard",
    "mechanical",
    "piano",
    "quiet",
    "cable",
    "wireless",
    "mouse",
    "travel",
    "studio",
    "classic",
    "compact",
    "backlit",
];

/// A product per event, with a name and a description.
struct Products;

struct Product<'a>(&'a RecordedEvent);

fn some_words(number: u64, count: u64) -> String {
    let word = |n| WORDS[usize::try_from((number * 7 + n * n * 5 + n) % 12).unwrap()];
    (0..count).map(word).collect::<Vec<_>>().join(" ")
}

fn product(event: &RecordedEvent) -> Value {
    let number = event.position().get();
    json!({
        "name": format!("{} {number}", some_words(number, 3)),
        "description": some_words(number, 25),
        "category": format!("c{}", number % 40),
        "cents": number % 100_000,
        "created": number,
    })
}

impl Folding for Product<'_> {
    fn touches(&self) -> Vec<String> {
        vec![self.0.stream().id().to_string()]
    }

    fn fold(&self, _: &str, document: &mut Option<Value>) -> Result<(), BoxError> {
        *document = Some(product(self.0));
        Ok(())
    }
}

impl DocumentProjection for Products {
    fn spec(&self) -> ProjectionSpec {
        ProjectionSpec::new("products")
    }

    fn shape(&self) -> Shape {
        let shape = Shape::new().text("name", 2).text("description", 1).keyword("category");
        shape.integer("cents").integer("created").newest("created")
    }

    fn folding<'a>(&'a self, event: &'a RecordedEvent) -> Result<Vec<Box<dyn Folding + 'a>>, BoxError> {
        Ok(vec![Box::new(Product(event))])
    }
}

async fn log_of(products: usize) -> MemoryStore {
    let store = MemoryStore::new();
    let ids: Vec<_> = (0..products).map(|n| format!("product/p{n}")).collect();
    for ids in ids.chunks(1_000) {
        append(&store, ids.iter().map(|id| event(id, "Made")).collect::<Vec<NewEvent>>()).await;
    }
    store
}

async fn ours(at: &Place, store: &MemoryStore) -> Duration {
    let models = models(Arc::new(at.open()), Products);
    models.create().await.unwrap();
    let stores = Stores { events: Arc::new(store.clone()), ..Stores::memory(None).unwrap() };
    let begun = Instant::now();
    let node = App::with(stores).read_model(models).start().await.unwrap();
    node.settled(Duration::from_secs(3_600)).await.unwrap();
    begun.elapsed()
}

async fn by_hand(at: &Place, store: &MemoryStore) -> Duration {
    let (text, keyword, long) =
        (json!({ "type": "text" }), json!({ "type": "keyword" }), json!({ "type": "long" }));
    let properties = json!({
        "name": text, "description": text, "category": keyword, "cents": long, "created": long,
    });
    let index = format!("/{}.hand", at.prefix);
    let settings = json!({ "number_of_shards": 1, "number_of_replicas": 0, "refresh_interval": "-1" });
    let body = json!({ "settings": settings, "mappings": { "properties": properties } });
    at.ask("PUT", &index, Some(body)).await;
    let (client, base) = (reqwest::Client::new(), at.url.split_once('+').unwrap().1);
    let (begun, mut from) = (Instant::now(), Position::START);
    loop {
        let page = store.read(ReadRequest::after(Filter::All, from).limit(MAX_PAGE)).await.unwrap();
        if page.events.is_empty() {
            break;
        }
        let mut bulk = String::new();
        for event in &page.events {
            let version = event.position().get();
            let id = event.stream().id().to_string();
            let action = json!({ "index": { "_id": id, "version": version, "version_type": "external" } });
            bulk.push_str(&format!("{action}\n{}\n", product(event)));
        }
        let request = client.post(format!("{base}{index}/_bulk")).header("content-type", "application/json");
        let answer: Value = request.body(bulk).send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["errors"], false);
        from = page.considered;
    }
    at.ask("POST", &format!("{index}/_refresh"), None).await;
    begun.elapsed()
}

/// Kilobytes that this process has; none where the system does not tell.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}

#[test]
fn filling_takes_little_more_than_a_loop_of_bulk_requests() {
    let effort = Effort::of_environment();
    let products = effort.of(3_000, 200_000);
    for engine in BOTH.into_iter().filter(|engine| is_there(*engine)) {
        prove(filled(engine, products, effort));
    }
}

async fn filled(engine: Engine, products: usize, effort: Effort) {
    let mut evidence = Evidence::of("filling beside a loop of bulk requests", format!("{engine:?}"));
    let store = log_of(products).await;
    let at = Place::new(engine);
    // The server's own warming up is in neither.
    by_hand(&Place::new(engine), &log_of(2_000).await).await;
    let before = memory();
    let (ours, by_hand) = (ours(&at, &store).await, by_hand(&at, &store).await);
    let after = memory();
    let per_second = |took: Duration| f64::from(u32::try_from(products).unwrap()) / took.as_secs_f64();
    let share = by_hand.as_secs_f64() / ours.as_secs_f64();
    evidence.add("documents", products);
    evidence.add("a second, ours", format!("{:.0}", per_second(ours)));
    evidence.add("a second, by hand", format!("{:.0}", per_second(by_hand)));
    evidence.add("of it is ours", format!("{share:.2}"));
    let grown = before.zip(after).map(|(before, after)| after.saturating_sub(before) / 1024);
    evidence.add("MB more than before", grown.unwrap_or_default());
    if effort == Effort::Long {
        assert!(share >= 0.7, "{evidence}");
        assert!(grown.is_none_or(|grown| grown < 64), "{evidence}");
    }
    evidence.hand_in();
}
