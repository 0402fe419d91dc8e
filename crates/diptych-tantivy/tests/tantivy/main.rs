//! The contracts of engines of documents on Tantivy, and what is particular to it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use diptych_core::documents::DocumentEngine;
use diptych_tantivy::TantivyFolder;
use diptych_testkit::{
    contract::{
        documents::{AsModels, DocumentFixture},
        models::Sees,
    },
    documents_contract, read_models_contract,
};

/// A folder of its own, opened once by all who ask, since one process writes it.
struct Kept {
    place: tempfile::TempDir,
    opened: Mutex<Option<TantivyFolder>>,
}

impl Default for Kept {
    fn default() -> Self {
        let place = tempfile::Builder::new().prefix("diptych-test-search-").tempdir().unwrap();
        Self { place, opened: Mutex::default() }
    }
}

impl Kept {
    fn opened(&self) -> TantivyFolder {
        let mut opened = self.opened.lock().unwrap();
        opened.get_or_insert_with(|| TantivyFolder::at(self.place.path())).clone()
    }
}

#[async_trait]
impl DocumentFixture for Kept {
    async fn engine(&self) -> Arc<dyn DocumentEngine> {
        Arc::new(self.opened())
    }

    async fn reopen(&self) -> Option<Arc<dyn DocumentEngine>> {
        drop(self.opened.lock().unwrap().take());
        Some(Arc::new(self.opened()))
    }

    fn sees(&self) -> Sees {
        Sees::OneMoment
    }

    fn name(&self) -> &'static str {
        "Tantivy"
    }
}

read_models_contract!(read_models, AsModels(Kept::default()));
documents_contract!(answers, Kept::default());
