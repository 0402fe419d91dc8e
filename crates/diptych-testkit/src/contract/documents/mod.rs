//! Engines of documents: the fixture, and the projection by which [`models`](super::models) puts their read models to the test.
//!
//! An adapter says how to open its engine ([`DocumentFixture`]) and writes two lines: [`read_models_contract!`](crate::read_models_contract!) with
//! [`AsModels`] for generations, owners and crashes, and [`documents_contract!`](crate::documents_contract!) for what is answered.

mod answers;
mod by_stream;
pub mod goods;

use std::sync::Arc;

use async_trait::async_trait;
use diptych_core::{
    SystemClock,
    documents::{DocumentEngine, DocumentModels, DocumentProjection},
    model::{ReadHandle, ReadModels},
};

use super::models::{ModelFixture, Rows, Sees};
pub use answers::{
    a_text_is_data, answers_are_those_of_the_fold_of_the_log,
    pages_neither_skip_nor_repeat_while_others_are_added,
};
pub use by_stream::{StreamDocuments, document_rows};

/// How to open the engine that is tested. Made anew for every rule; keeps what must live as long (a folder, a database).
#[async_trait]
pub trait DocumentFixture: Send + Sync + 'static {
    /// Opens it, each time as another program on the same place would, if there is a way to; the first time there is nothing in it.
    async fn engine(&self) -> Arc<dyn DocumentEngine>;

    /// Opens it again after everything was let go. None, which is the default, where nothing outlives the engine.
    async fn reopen(&self) -> Option<Arc<dyn DocumentEngine>> {
        None
    }

    /// What those who read see while others write.
    fn sees(&self) -> Sees {
        Sees::NotBefore
    }

    /// Whether it searches by words.
    fn searching(&self) -> Searching {
        Searching::Words
    }

    /// What the engine is called where it is told what was tried.
    fn name(&self) -> &'static str;
}

/// Whether an engine searches by words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Searching {
    /// It does.
    Words,
    /// It keeps documents and lists them, and refuses to search.
    Not,
}

/// The generations of a projection in this engine.
#[must_use]
pub fn models(engine: Arc<dyn DocumentEngine>, projection: impl DocumentProjection) -> Arc<dyn ReadModels> {
    Arc::new(DocumentModels::new(engine, Arc::new(projection), Arc::new(SystemClock)))
}

/// An engine of documents as an engine of read models: `read_models_contract!(read_models, AsModels(fixture))`.
#[derive(Debug, Default)]
pub struct AsModels<F>(pub F);

#[async_trait]
impl<F: DocumentFixture> ModelFixture for AsModels<F> {
    async fn open(&self) -> Arc<dyn ReadModels> {
        models(self.0.engine().await, StreamDocuments)
    }

    async fn reopen(&self) -> Option<Arc<dyn ReadModels>> {
        self.0.reopen().await.map(|engine| models(engine, StreamDocuments))
    }

    async fn rows(&self, handle: &dyn ReadHandle) -> Rows {
        document_rows(handle).await
    }

    fn sees(&self) -> Sees {
        self.0.sees()
    }

    fn name(&self) -> &'static str {
        self.0.name()
    }
}
