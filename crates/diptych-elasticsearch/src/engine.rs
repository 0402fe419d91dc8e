//! What stands in a cluster: an index for each generation, with its documents and its place; an alias for each live one; and an index
//! of the projections' records.
//!
//! Promoting is the record's compare-and-set. The alias of the live generation follows it, for programs of others.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use diptych_core::{
    Failure, FailureKind,
    documents::{Collection, CollectionName, DocumentEngine, Record, Shape, Written},
};
use http::Method;
use serde_json::{Value, json};

use crate::{
    collection::ElasticsearchCollection,
    failure::Meaning,
    mapping::{Fields, records_index},
    names::{self, PLACE},
    open_error::OpenError,
    options::{Address, ElasticsearchOptions},
    record::{RecordAt, Set},
    server::Server,
};

/// Documents in Elasticsearch or OpenSearch. Clones share its connections.
///
/// ```
/// use diptych_elasticsearch::{ElasticsearchEngine, ElasticsearchOptions};
///
/// let url = "opensearch+http://127.0.0.1:9200?prefix=shop";
/// let engine = ElasticsearchEngine::open(url, ElasticsearchOptions::default())?;
/// # Ok::<_, diptych_elasticsearch::OpenError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ElasticsearchEngine(Arc<Server>);

impl ElasticsearchEngine {
    /// Opens it by its URL, `elasticsearch+http(s)://user:password@host:port?prefix=…` or `opensearch+…`. Nothing is sent yet: a
    /// server that is away may come later.
    ///
    /// # Errors
    /// [`OpenError`] where the URL, an option or a certificate cannot be used.
    pub fn open(url: &str, mut options: ElasticsearchOptions) -> Result<Self, OpenError> {
        let address = Address::of(url, &mut options)?;
        Ok(Self(Arc::new(Server::new(address, options)?)))
    }

    fn doing(&self, what: &str, name: &str) -> String {
        format!("{what} {name} in {}", self.0.kind().name())
    }

    /// Makes an index, unless it is there.
    async fn make_index(&self, index: &str, body: &Value) -> Result<Made, Failure> {
        let doing = self.doing("making the index", index);
        let answer = self.0.again(Method::PUT, &format!("/{index}"), body.to_string(), &doing).await?;
        match answer.told() {
            None => Ok(Made::New),
            Some(told) if told.kind == "resource_already_exists_exception" => Ok(Made::There),
            Some(told) => Err(told.failure(&doing)),
        }
    }

    async fn remove_index(&self, index: &str) -> Result<(), Failure> {
        let doing = self.doing("removing the index", index);
        let answer = self.0.again(Method::DELETE, &format!("/{index}"), "", &doing).await?;
        match answer.told() {
            Some(told) if told.meaning() != Meaning::NoIndex => Err(told.failure(&doing)),
            Some(_) | None => Ok(()),
        }
    }

    /// The indexes that an alias stands for.
    async fn indexes_of(&self, alias: &str) -> Result<Vec<String>, Failure> {
        let doing = self.doing("reading the alias", alias);
        let answer = self.0.again(Method::GET, &format!("/_alias/{alias}"), "", &doing).await?;
        if answer.status == 404 {
            return Ok(Vec::new());
        }
        let found: BTreeMap<String, Value> = answer.read(&doing)?;
        Ok(found.into_keys().collect())
    }
}

/// Whether an index was made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Made {
    New,
    There,
}

#[async_trait]
impl DocumentEngine for ElasticsearchEngine {
    fn name(&self) -> &'static str {
        self.0.kind().name()
    }

    async fn record(&self, projection: &str) -> Result<Option<Record>, Failure> {
        let alias = names::records_alias(&self.0.prefix);
        let at = RecordAt { server: &self.0, alias: &alias, id: projection };
        Ok(at.read().await?.map(|(record, _)| record))
    }

    async fn set_record(&self, projection: &str, record: &Record) -> Result<Written, Failure> {
        let alias = names::records_alias(&self.0.prefix);
        let at = RecordAt { server: &self.0, alias: &alias, id: projection };
        let found = at.read().await?;
        let there = found.as_ref().map_or(0, |(there, _)| there.revision);
        if there.checked_add(1) != Some(record.revision) {
            return Ok(Written::Changed);
        }
        let seen = found.map(|(_, seen)| seen);
        let mut set = at.write(record, seen).await?;
        if matches!((set, seen), (Set::NoIndex, None)) {
            // The first record of all.
            self.make_index(&names::index(&alias), &records_index(&alias)).await?;
            set = at.write(record, None).await?;
        }
        match set {
            Set::Done(_) => Ok(Written::Done),
            Set::Changed | Set::NoIndex => Ok(Written::Changed),
        }
    }

    async fn make(&self, name: &CollectionName, shape: &Shape, place: &Record) -> Result<(), Failure> {
        let alias = names::alias(&self.0.prefix, name);
        let (index, body) = (names::index(&alias), Fields::of(shape).index(&alias));
        if self.make_index(&index, &body).await? == Made::There {
            self.remove_index(&index).await?;
            self.make_index(&index, &body).await?;
        }
        let at = RecordAt { server: &self.0, alias: &alias, id: PLACE };
        match at.write(place, None).await? {
            Set::Done(_) => Ok(()),
            Set::Changed | Set::NoIndex => {
                let text = format!("{name} was made by two at once");
                Err(Failure::plain(FailureKind::Unavailable, text))
            }
        }
    }

    async fn open(&self, name: &CollectionName, shape: &Shape) -> Result<Arc<dyn Collection>, Failure> {
        let alias = names::alias(&self.0.prefix, name);
        Ok(Arc::new(ElasticsearchCollection::new(Arc::clone(&self.0), alias, Fields::of(shape))))
    }

    async fn point_at(&self, name: &CollectionName) -> Result<(), Failure> {
        let alias = names::live_alias(&self.0.prefix, &name.projection);
        let index = names::index(&names::alias(&self.0.prefix, name));
        let mut actions = vec![json!({ "add": { "index": index, "alias": alias } })];
        for other in self.indexes_of(&alias).await?.into_iter().filter(|other| *other != index) {
            actions.push(json!({ "remove": { "index": other, "alias": alias } }));
        }
        let doing = self.doing("pointing the alias", &alias);
        let body = json!({ "actions": actions }).to_string();
        let answer = self.0.again(Method::POST, "/_aliases", body, &doing).await?;
        answer.read::<Value>(&doing).map(drop)
    }

    async fn remove(&self, name: &CollectionName) -> Result<(), Failure> {
        // The place is in it, and goes with it.
        self.remove_index(&names::index(&names::alias(&self.0.prefix, name))).await
    }
}
