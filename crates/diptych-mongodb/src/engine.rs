//! A database: a collection for each generation, and one of records, which hold what is changed by compare-and-set.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use diptych_core::{
    Failure, FailureKind,
    documents::{Collection, CollectionName, DocumentEngine, Record, Shape, Written},
};
use futures::TryStreamExt;
use mongodb::{
    Client, Collection as Documents, Database,
    bson::{Document, doc},
    options::ClientOptions,
};

use crate::{
    collection::MongoCollection,
    failure::{answered, is_duplicate},
    query::{check_names, indexes},
};

/// The database where the URL names none.
const DATABASE: &str = "diptych";
/// The collection of records.
const RECORDS: &str = "diptych_records";
/// Old revisions are removed every so many.
const KEPT: i64 = 32;
/// How long the driver looks for a server.
const LOOKING: Duration = Duration::from_secs(3);

/// Read models in a MongoDB. Clones share its connections.
#[derive(Clone)]
pub struct MongoEngine {
    database: Database,
    records: Records,
}

/// Small pieces of JSON: every revision is a document of its own, and old ones are removed now and then. A new one is *inserted*, since
/// that is what every server that speaks the protocol does for one of many only; FerretDB lets two replace one document at once.
#[derive(Clone)]
pub(crate) struct Records(Documents<Document>);

impl MongoEngine {
    /// Of the database that `mongodb://USER:PASSWORD@HOST:PORT/DATABASE` names, `diptych` where it names none. The server is spoken to
    /// when it is first needed.
    ///
    /// # Errors
    /// [`Failure`] where the URL cannot be used; it does not show the URL.
    pub async fn open(url: &str) -> Result<Self, Failure> {
        // What the driver says of a URL may show its password.
        let unusable = || Failure::plain(FailureKind::Invalid, "the driver cannot use this URL of a MongoDB");
        let mut options = ClientOptions::parse(url).await.map_err(|_| unusable())?;
        options.server_selection_timeout = options.server_selection_timeout.or(Some(LOOKING));
        options.connect_timeout = options.connect_timeout.or(Some(LOOKING));
        options.app_name = options.app_name.or_else(|| Some("diptych".to_owned()));
        let database = options.default_database.clone().unwrap_or_else(|| DATABASE.to_owned());
        let client = Client::with_options(options).map_err(|_| unusable())?;
        let database = client.database(&database);
        let records = Records(database.collection(RECORDS));
        Ok(Self { database, records })
    }

    async fn drop_documents(&self, name: &CollectionName) -> Result<(), Failure> {
        let documents: Documents<Document> = self.database.collection(&name.to_string());
        answered("removing documents", documents.drop().into_future()).await
    }

    /// Makes those indexes that are not there.
    async fn index(&self, name: &CollectionName, shape: &Shape) -> Result<(), Failure> {
        let documents: Documents<Document> = self.database.collection(&name.to_string());
        let there = answered("looking at indexes", documents.list_index_names().into_future()).await?;
        let missing: Vec<_> =
            indexes(shape).into_iter().filter(|(index, _)| !there.contains(index)).collect();
        for (_, index) in missing {
            answered("making an index", documents.create_index(index).into_future()).await?;
        }
        Ok(())
    }
}

impl Records {
    /// The record of this key.
    pub(crate) async fn read(&self, key: &str) -> Result<Option<Record>, Failure> {
        self.last(key).await?.first().map(of_record).transpose()
    }

    /// The last revision and the one before.
    async fn last(&self, key: &str) -> Result<Vec<Document>, Failure> {
        let reading = async {
            let found = self.0.find(doc! { "key": key }).sort(doc! { "revision": -1 }).limit(2).await?;
            found.try_collect::<Vec<_>>().await
        };
        answered("reading a record", reading).await
    }

    /// Sets it, where the one there has the revision before. Of those who insert one revision at once, the index of ids lets one; who
    /// was late by more than one finds that his is not the last.
    pub(crate) async fn set(&self, key: &str, record: &Record) -> Result<Written, Failure> {
        let (revision, before) = (signed(record.revision), signed(record.revision.saturating_sub(1)));
        let new = to_record(key, record)?;
        let inserting = async {
            match self.0.insert_one(new).await {
                Err(error) if is_duplicate(&error) => Ok(Written::Changed),
                inserted => inserted.map(|_| Written::Done),
            }
        };
        if answered("writing a record", inserting).await? == Written::Changed {
            return Ok(Written::Changed);
        }
        let last = self.last(key).await?;
        let stands = |nth: usize| last.get(nth).and_then(|record| record.get_i64("revision").ok());
        if stands(0) != Some(revision) {
            return Ok(Written::Changed);
        }
        if before > 0 && stands(1) != Some(before) {
            // There was none to follow: it was removed.
            let own = self.0.delete_one(doc! { "_id": id(key, record.revision) });
            answered("removing a record", own.into_future()).await?;
            return Ok(Written::Changed);
        }
        if revision % KEPT == 0 {
            let old = self.0.delete_many(doc! { "key": key, "revision": { "$lt": before } });
            answered("removing old records", old.into_future()).await?;
        }
        Ok(Written::Done)
    }

    async fn begin(&self, key: &str, record: &Record) -> Result<(), Failure> {
        self.remove(key).await?;
        let new = to_record(key, record)?;
        answered("writing a record", self.0.insert_one(new).into_future()).await.map(drop)
    }

    async fn remove(&self, key: &str) -> Result<(), Failure> {
        let removing = self.0.delete_many(doc! { "key": key });
        answered("removing a record", removing.into_future()).await.map(drop)
    }
}

fn id(key: &str, revision: u64) -> String {
    format!("{key}/{revision}")
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The value is kept as a text, which comes back byte by byte.
fn to_record(key: &str, record: &Record) -> Result<Document, Failure> {
    let value = serde_json::to_string(&record.value)
        .map_err(|error| Failure::new(FailureKind::Internal, "writing a record", error))?;
    let (id, revision) = (id(key, record.revision), signed(record.revision));
    Ok(doc! { "_id": id, "key": key, "revision": revision, "value": value })
}

fn of_record(document: &Document) -> Result<Record, Failure> {
    let broken = || Failure::plain(FailureKind::Unreadable, "reading a record: it is not of our making");
    let revision = document.get_i64("revision").ok().and_then(|revision| u64::try_from(revision).ok());
    let value = document.get_str("value").ok().and_then(|text| serde_json::from_str(text).ok());
    let (revision, value) = revision.zip(value).ok_or_else(broken)?;
    Ok(Record { revision, value })
}

#[async_trait]
impl DocumentEngine for MongoEngine {
    fn name(&self) -> &'static str {
        "MongoDB"
    }

    async fn record(&self, projection: &str) -> Result<Option<Record>, Failure> {
        self.records.read(projection).await
    }

    async fn set_record(&self, projection: &str, record: &Record) -> Result<Written, Failure> {
        self.records.set(projection, record).await
    }

    async fn make(&self, name: &CollectionName, shape: &Shape, place: &Record) -> Result<(), Failure> {
        check_names(shape)?;
        self.drop_documents(name).await?;
        let making = self.database.create_collection(name.to_string());
        answered("making a collection", making.into_future()).await?;
        self.index(name, shape).await?;
        self.records.begin(&name.to_string(), place).await
    }

    async fn open(&self, name: &CollectionName, shape: &Shape) -> Result<Arc<dyn Collection>, Failure> {
        let (records, key) = (self.records.clone(), name.to_string());
        if records.read(&key).await?.is_none() {
            return Err(Failure::plain(FailureKind::Invalid, format!("there is no collection {name}")));
        }
        self.index(name, shape).await?;
        let (database, shape) = (self.database.clone(), shape.clone());
        Ok(Arc::new(MongoCollection { database, records, name: key, shape }))
    }

    async fn remove(&self, name: &CollectionName) -> Result<(), Failure> {
        self.records.remove(&name.to_string()).await?;
        self.drop_documents(name).await
    }
}

impl std::fmt::Debug for MongoEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MongoEngine({})", self.database.name())
    }
}
