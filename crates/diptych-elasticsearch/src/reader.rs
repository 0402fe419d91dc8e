//! Reading documents: by id in real time, lists and words by search.
//!
//! Stretches are read in pages of what the server allows, each after the last document of the page before. An answer of which a
//! part is missing (a shard that failed or was too slow) is a failure, never a shorter list.

use std::sync::Arc;

use async_trait::async_trait;
use diptych_core::{
    Failure, FailureKind,
    documents::{Condition, Document, DocumentReader, Hit, Hits, Scalar, Window},
};
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    mapping::{Fields, Kept},
    names::{id_of, kept_id},
    query,
    server::Server,
};

/// The server's own limit of how many documents one search looks through.
const MOST: u32 = 10_000;
/// So many documents are fetched by one search.
const PAGE: u32 = 1_000;

/// Reads one generation.
pub(crate) struct ElasticsearchReader {
    pub(crate) server: Arc<Server>,
    pub(crate) alias: String,
    pub(crate) fields: Arc<Fields>,
}

/// A search: what is found, and how it is sorted.
struct Asked {
    query: Value,
    sort: Value,
    beyond: Option<Vec<Value>>,
    skip: u32,
    limit: u32,
}

#[derive(Deserialize)]
struct Answered {
    timed_out: bool,
    hits: Found,
}

#[derive(Deserialize)]
struct Found {
    #[serde(default)]
    total: Option<Total>,
    hits: Vec<One>,
}

#[derive(Deserialize)]
struct Total {
    value: u64,
}

/// A document, as a search or a multi-get answers it.
#[derive(Deserialize)]
pub(crate) struct One {
    #[serde(rename = "_id")]
    id: String,
    #[serde(rename = "_score", default)]
    score: Option<f32>,
    #[serde(rename = "_source", default)]
    source: Option<Kept>,
    #[serde(default)]
    sort: Vec<Value>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Several {
    docs: Vec<One>,
}

/// Those of these documents that are there, as they were last written.
pub(crate) async fn by_ids(
    server: &Server,
    alias: &str,
    ids: &[String],
) -> Result<Vec<(String, Kept)>, Failure> {
    let doing = format!("reading documents of {alias} in {}", server.kind().name());
    let kept: Vec<_> = ids.iter().map(|id| kept_id(id)).collect();
    let path = format!("/{alias}/_mget");
    let body = json!({ "ids": kept }).to_string();
    let Several { docs } = server.again(Method::POST, &path, body, &doing).await?.read(&doing)?;
    // One that is not there has no source; of one that cannot be read, it is not known.
    if let Some(error) = docs.iter().find_map(|one| one.error.as_ref()) {
        return Err(Failure::new(FailureKind::Unavailable, doing, error.to_string()));
    }
    let found = docs.into_iter().filter_map(|one| Some((id_of(&one.id).to_owned(), one.source?)));
    Ok(found.collect())
}

fn shown(id: &str, kept: Kept) -> Option<Document> {
    let position = kept.position();
    Some(Document { id: id_of(id).to_owned(), position, body: kept.body? })
}

/// A whole number that the server has as a floating point number. Scores are far below 2^24, where these are exact.
fn whole(score: f32) -> u64 {
    format!("{score:.0}").parse().unwrap_or(0)
}

impl ElasticsearchReader {
    fn doing(&self) -> String {
        format!("searching {} in {}", self.alias, self.server.kind().name())
    }

    async fn search(&self, body: &Value) -> Result<Found, Failure> {
        let doing = self.doing();
        let path = format!("/{}/_search?allow_partial_search_results=false", self.alias);
        let answer = self.server.again(Method::POST, &path, body.to_string(), &doing).await?;
        let Answered { timed_out, hits } = answer.read(&doing)?;
        if timed_out {
            return Err(Failure::plain(
                FailureKind::Unavailable,
                format!("{doing}: it has not looked at all"),
            ));
        }
        Ok(hits)
    }

    async fn count_of(&self, query: Value) -> Result<u64, Failure> {
        let found = self.search(&json!({ "query": query, "size": 0, "track_total_hits": true })).await?;
        Ok(found.total.map_or(0, |total| total.value))
    }

    /// A stretch of what is found, however far it is from the start.
    async fn stretch(&self, mut asked: Asked) -> Result<Vec<One>, Failure> {
        let mut all: Vec<One> = Vec::new();
        let (mut skip, mut limit) = (asked.skip, asked.limit);
        if asked.beyond.is_none() && skip.saturating_add(limit) <= MOST {
            let page = json!({ "from": skip, "size": limit });
            return Ok(self.page(&asked, page).await?.hits);
        }
        while limit > 0 {
            let size = if skip > 0 { skip.min(MOST) } else { limit.min(PAGE) };
            // What is passed over is not fetched.
            let mut page = json!({ "size": size, "_source": skip == 0 });
            if let Some(beyond) = &asked.beyond {
                page["search_after"] = beyond.clone().into();
            }
            let found = self.page(&asked, page).await?.hits;
            let count = u32::try_from(found.len()).unwrap_or(u32::MAX);
            let Some(last) = found.last() else { break };
            asked.beyond = Some(last.sort.clone());
            if skip > 0 {
                skip -= size;
            } else {
                limit -= count.min(limit);
                all.extend(found);
            }
            if count < size {
                break;
            }
        }
        Ok(all)
    }

    async fn page(&self, asked: &Asked, mut page: Value) -> Result<Found, Failure> {
        page["query"] = asked.query.clone();
        page["sort"] = asked.sort.clone();
        page["track_total_hits"] = false.into();
        self.search(&page).await
    }

    fn hit(&self, one: One) -> Option<Hit> {
        let document = shown(&one.id, one.source?)?;
        let newest = self.fields.newest.as_ref().and_then(|member| document.body.get(&**member)?.as_i64());
        Some(Hit { document, score: whole(one.score.unwrap_or(0.0)), newest: newest.unwrap_or(0) })
    }
}

#[async_trait]
impl DocumentReader for ElasticsearchReader {
    async fn get(&self, id: &str) -> Result<Option<Document>, Failure> {
        if id.is_empty() || kept_id(id).len() > LONGEST_ID {
            return Ok(None);
        }
        let found = by_ids(&self.server, &self.alias, &[id.to_owned()]).await?;
        Ok(found.into_iter().next().and_then(|(_, kept)| shown(&kept_id(id), kept)))
    }

    async fn window(&self, window: &Window) -> Result<Vec<Document>, Failure> {
        let asked = Asked {
            query: query::holding(&self.fields, &window.conditions)?,
            sort: query::sort(&self.fields, &window.order)?,
            beyond: window.beyond.as_ref().map(|keys| keys.iter().map(Scalar::to_json).collect()),
            skip: window.skip,
            limit: window.limit,
        };
        let found = self.stretch(asked).await?;
        Ok(found.into_iter().filter_map(|one| shown(&one.id, one.source?)).collect())
    }

    async fn count(&self, conditions: &[Condition]) -> Result<u64, Failure> {
        self.count_of(query::holding(&self.fields, conditions)?).await
    }

    async fn hits(&self, hits: &Hits) -> Result<Vec<Hit>, Failure> {
        let sort = query::sort_hits(&self.fields, hits);
        let keys = sort.as_array().map_or(0, Vec::len);
        let beyond = hits.beyond.map(|(score, newest)| {
            [Value::from(score), Value::from(newest)].into_iter().take(keys).collect()
        });
        let query = query::found(&self.fields, hits)?;
        let asked = Asked { query, sort, beyond, skip: hits.skip, limit: hits.limit };
        Ok(self.stretch(asked).await?.into_iter().filter_map(|one| self.hit(one)).collect())
    }

    async fn count_hits(&self, hits: &Hits) -> Result<u64, Failure> {
        self.count_of(query::found(&self.fields, hits)?).await
    }
}

/// The server refuses to be asked for longer ones.
const LONGEST_ID: usize = 512;
