//! Reading the documents of one generation, as they are now.

use async_trait::async_trait;
use diptych_core::{
    Failure, FailureKind,
    documents::{Condition, Document as Shown, DocumentReader, Hit, Hits, Shape, Window},
};
use futures::TryStreamExt;
use mongodb::{
    Collection as Documents,
    bson::{Document, doc},
};

use crate::{
    body::read,
    failure::answered,
    query::{beyond, filter, sort},
};

/// See the page.
pub(crate) struct MongoReader {
    pub(crate) documents: Documents<Document>,
    pub(crate) shape: Shape,
}

fn shown(document: Document) -> Result<Option<Shown>, Failure> {
    let entry = read(document)?;
    let (id, position) = (entry.id, entry.stamp.position());
    Ok(entry.body.map(|body| Shown { id, position, body }))
}

fn no_search() -> Failure {
    Failure::plain(
        FailureKind::Invalid,
        "MongoDB does not search by words here; choose an engine by --search",
    )
}

#[async_trait]
impl DocumentReader for MongoReader {
    async fn get(&self, id: &str) -> Result<Option<Shown>, Failure> {
        let found =
            answered("reading a document", self.documents.find_one(doc! { "_id": id }).into_future()).await?;
        Ok(found.map(shown).transpose()?.flatten())
    }

    async fn window(&self, window: &Window) -> Result<Vec<Shown>, Failure> {
        let mut wanted = filter(&self.shape, &window.conditions)?;
        if let Some(place) = &window.beyond {
            wanted = doc! { "$and": [wanted, beyond(&window.order, place)] };
        }
        let reading = async {
            let found = self.documents.find(wanted).sort(sort(&window.order));
            let found = found.skip(window.skip.into()).limit(window.limit.into()).await?;
            found.try_collect::<Vec<_>>().await
        };
        let found = answered("reading a list", reading).await?;
        Ok(found.into_iter().map(shown).collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }

    async fn count(&self, conditions: &[Condition]) -> Result<u64, Failure> {
        let wanted = filter(&self.shape, conditions)?;
        answered("counting documents", self.documents.count_documents(wanted).into_future()).await
    }

    async fn hits(&self, _: &Hits) -> Result<Vec<Hit>, Failure> {
        Err(no_search())
    }

    async fn count_hits(&self, _: &Hits) -> Result<u64, Failure> {
        Err(no_search())
    }
}
