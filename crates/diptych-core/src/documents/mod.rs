//! The port to engines that keep documents: MongoDB, Elasticsearch, Redis, Tantivy, memory.
//!
//! Who writes a projection reads `projection.rs`: which documents an event touches, and a pure fold of each; and `shape.rs`, what can
//! be asked of them. Who asks reads `reader.rs`. Who writes an adapter reads `engine.rs`, and `memory/documents/` of the runtime, which is the
//! reference; everything else is done here, once for all engines: `models.rs` makes, promotes and removes generations, `model.rs`
//! takes batches, `fold.rs` makes documents of events, `words.rs` makes words of texts and scores of words.
//!
//! What holds: a document carries the [`Stamp`] of what it reflects, a write that is not newer changes nothing, and a document that is
//! deleted leaves its stamp behind. The checkpoint follows the documents, by a compare-and-set. So an event counts once, though no
//! transaction spans the two: what was written before a crash is found to be newer, and left. Texts that people ask with are
//! data; no engine is ever given them as a query of its own language.

mod criteria;
mod engine;
mod entry;
mod fold;
mod model;
mod models;
mod projection;
mod reader;
mod shape;
mod words;

pub use criteria::{Condition, Find, Order, Scalar, Search, Way};
pub use engine::{Collection, CollectionName, DocumentEngine, Record, Written};
pub use entry::{Entry, Stamp};
pub use models::DocumentModels;
pub use projection::{DocumentProjection, Documents, Folding};
pub use reader::{Document, DocumentReader, Hit, Hits, NoPlace, Window};
pub use shape::{Field, Kind, Shape, Unfit};
pub use words::{Asked, MAX_WORDS, distance_allowed, score, words};
