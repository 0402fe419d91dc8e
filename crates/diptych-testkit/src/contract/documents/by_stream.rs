//! The projection of [`models`](crate::contract::models) for engines of documents: a document per stream, with the number of its events.

use diptych_core::{
    BoxError, Part, ProjectionSpec, RecordedEvent, Start,
    documents::{DocumentProjection, Find, Folding, Order, Shape},
    model::ReadHandle,
};
use serde_json::{Value, json};

use crate::contract::models::Rows;

/// How many documents are read at a time.
const PAGE: u32 = 50;

/// Counts events by stream. Refuses an event `Refuse`, panics at `Panic`.
#[derive(Clone, Copy, Debug, Default)]
pub struct StreamDocuments;

fn by_stream() -> Order {
    Order::ascending(&["stream"])
}

struct Counted<'a>(&'a RecordedEvent);

impl Folding for Counted<'_> {
    fn touches(&self) -> Vec<String> {
        vec![self.0.stream().to_string()]
    }

    fn fold(&self, id: &str, document: &mut Option<Value>) -> Result<(), BoxError> {
        let before = document.as_ref().and_then(|document| document["events"].as_i64()).unwrap_or(0);
        // First the document: what is refused must take it back.
        *document = Some(json!({ "stream": id, "events": before + 1 }));
        match &*self.0.event_type {
            "Refuse" => Err("refused, as it was told to".into()),
            "Panic" => panic!("as it was told to"),
            _ => Ok(()),
        }
    }
}

impl DocumentProjection for StreamDocuments {
    fn spec(&self) -> ProjectionSpec {
        ProjectionSpec::new("by_stream")
    }

    fn shape(&self) -> Shape {
        Shape::new().keyword("stream").integer("events").list(&[], by_stream())
    }

    fn folding<'a>(&'a self, event: &'a RecordedEvent) -> Result<Vec<Box<dyn Folding + 'a>>, BoxError> {
        Ok(vec![Box::new(Counted(event))])
    }
}

/// The documents of [`StreamDocuments`].
///
/// # Panics
/// Where they cannot be read.
pub async fn document_rows(handle: &dyn ReadHandle) -> Rows {
    let reader = handle.documents().expect("an engine of documents");
    let (mut rows, mut start) = (Rows::new(), Start::Offset(0));
    loop {
        let part = Part { start, limit: PAGE };
        let found = reader.find(&Find::all(by_stream(), part)).await.expect("documents can be read");
        let Some((last, _)) = found.items.last() else { return rows };
        start = Start::After(last.clone());
        for (_, document) in found.items {
            rows.insert(document.id, document.body["events"].as_i64().expect("a number"));
        }
        if !found.more_after {
            return rows;
        }
    }
}
