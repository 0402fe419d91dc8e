//! The contracts of engines of documents, on the one in memory.

use std::sync::Arc;

use async_trait::async_trait;
use diptych::memory::MemoryDocuments;
use diptych_core::documents::DocumentEngine;
use diptych_testkit::{
    contract::{
        documents::{AsModels, DocumentFixture},
        models::Sees,
    },
    documents_contract, read_models_contract,
};

#[derive(Default)]
struct InMemory(MemoryDocuments);

#[async_trait]
impl DocumentFixture for InMemory {
    async fn engine(&self) -> Arc<dyn DocumentEngine> {
        Arc::new(self.0.clone())
    }

    fn sees(&self) -> Sees {
        Sees::OneMoment
    }

    fn name(&self) -> &'static str {
        "documents in memory"
    }
}

read_models_contract!(read_models, AsModels(InMemory::default()));
documents_contract!(answers, InMemory::default());
