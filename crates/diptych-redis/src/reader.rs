//! Reading: a document by its hash, a part of a list by stretches of sorted sets.
//!
//! A list that the shape declares is read where it is asked for; what else is asked of its documents is looked at in each. An order that no
//! list has is answered by looking at every document: right, and slow where there are many.

use std::{cmp::Ordering, ops::Bound};

use async_trait::async_trait;
use diptych_core::{
    Failure, FailureKind,
    documents::{Condition, Document, DocumentReader, Entry, Hit, Hits, Scalar, Way, Window},
};

use crate::{
    collection::RedisCollection,
    failure::failure,
    lists::{Plan, id_of, shown},
};

/// So many documents are read at a time.
const CHUNK: usize = 500;

/// See the page.
pub(crate) struct RedisReader {
    pub(crate) collection: RedisCollection,
}

impl RedisReader {
    /// The next members of the plan's sets, merged, each once.
    async fn members(
        &self,
        plan: &Plan,
        way: Way,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<Vec<u8>>, Failure> {
        let (from, to) = (shown(&plan.from, b'-'), shown(&plan.to, b'+'));
        let mut pipeline = redis::pipe();
        for suffix in &plan.suffixes {
            let key = [self.collection.base.as_bytes(), suffix].concat();
            match way {
                Way::Up => pipeline.cmd("ZRANGEBYLEX").arg(key).arg(&from).arg(&to),
                Way::Down => pipeline.cmd("ZREVRANGEBYLEX").arg(key).arg(&to).arg(&from),
            };
            pipeline.arg("LIMIT").arg(skip).arg(limit);
        }
        let found: Vec<Vec<Vec<u8>>> = pipeline
            .query_async(&mut self.collection.connection.clone())
            .await
            .map_err(|error| failure(self.collection.doing("reading a list of"), error))?;
        let mut merged = found.concat();
        merged.sort_unstable();
        merged.dedup();
        if way == Way::Down {
            merged.reverse();
        }
        merged.truncate(limit);
        Ok(merged)
    }

    /// The documents that members stand for, those that still fit.
    async fn documents(&self, members: &[Vec<u8>], left: &[Condition]) -> Result<Vec<Document>, Failure> {
        let ids: Vec<String> = members.iter().filter_map(|member| id_of(member)).map(str::to_owned).collect();
        let kept = self.collection.kept(&ids).await?.into_iter().flatten();
        Ok(kept
            .filter_map(document)
            .filter(|document| self.collection.shape.holds(left, &document.body))
            .collect())
    }

    /// Goes through what the plan holds, chunk by chunk, until enough was taken.
    async fn each(
        &self,
        mut plan: Plan,
        way: Way,
        mut skip: usize,
        chunk: usize,
        mut take: impl FnMut(Document) -> Taking + Send,
    ) -> Result<(), Failure> {
        if plan.suffixes.is_empty() {
            return Ok(());
        }
        if plan.left.is_empty() && plan.suffixes.len() == 1 && skip > 0 {
            // Whoever is passed over need not be looked at.
            let passed = self.members(&plan, way, skip - 1, 1).await?;
            let Some(last) = passed.into_iter().next() else { return Ok(()) };
            plan = behind(plan, way, last);
            skip = 0;
        }
        loop {
            let members = self.members(&plan, way, 0, chunk).await?;
            let Some(last) = members.last().cloned() else { return Ok(()) };
            let ended = members.len() < chunk;
            for document in self.documents(&members, &plan.left).await? {
                if skip > 0 {
                    skip -= 1;
                } else if take(document) == Taking::Enough {
                    return Ok(());
                }
            }
            if ended {
                return Ok(());
            }
            plan = behind(plan, way, last);
        }
    }

    /// All documents of which this holds.
    async fn all(&self, conditions: &[Condition]) -> Result<Vec<Document>, Failure> {
        let mut all = Vec::new();
        let take = |document| {
            all.push(document);
            Taking::More
        };
        self.each(Plan::all(conditions), Way::Up, 0, CHUNK, take).await?;
        Ok(all)
    }

    /// A part of an order that no list has.
    async fn sorted(&self, window: &Window) -> Result<Vec<Document>, Failure> {
        let compare = |one: &[Scalar], other: &[Scalar]| match window.order.way {
            Way::Up => one.cmp(other),
            Way::Down => other.cmp(one),
        };
        let keys = |document: &Document| -> Vec<Scalar> {
            let first = |key| self.collection.shape.scalars(&document.body, key).into_iter().next();
            window.order.keys.iter().filter_map(|key| first(key)).collect()
        };
        let found = self.all(&window.conditions).await?;
        let mut keyed: Vec<_> = found.into_iter().map(|document| (keys(&document), document)).collect();
        keyed.sort_by(|(one, _), (other, _)| compare(one, other));
        let beyond = |keys: &[Scalar]| {
            window.beyond.as_ref().is_none_or(|place| compare(keys, place) == Ordering::Greater)
        };
        let stretch = keyed.into_iter().filter(|(keys, _)| beyond(keys)).map(|(_, document)| document);
        Ok(stretch.skip(number(window.skip)).take(number(window.limit)).collect())
    }

    fn no_search(&self) -> Failure {
        let text = format!(
            "Redis does not search by words; give --search another engine than {}",
            self.collection.server
        );
        Failure::plain(FailureKind::Invalid, text)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Taking {
    More,
    Enough,
}

/// What of a plan comes after a member, in this way.
fn behind(plan: Plan, way: Way, member: Vec<u8>) -> Plan {
    match way {
        Way::Up => Plan { from: Bound::Excluded(member), ..plan },
        Way::Down => Plan { to: Bound::Excluded(member), ..plan },
    }
}

fn document(entry: Entry) -> Option<Document> {
    Some(Document { id: entry.id, position: entry.stamp.position(), body: entry.body? })
}

fn number(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[async_trait]
impl DocumentReader for RedisReader {
    async fn get(&self, id: &str) -> Result<Option<Document>, Failure> {
        let found = self.collection.kept(&[id.to_owned()]).await?;
        Ok(found.into_iter().flatten().find_map(document))
    }

    async fn window(&self, window: &Window) -> Result<Vec<Document>, Failure> {
        let Some(plan) = Plan::of(&self.collection.shape, &window.order, &window.conditions) else {
            return self.sorted(window).await;
        };
        let limit = number(window.limit);
        let mut found = Vec::new();
        let take = |document| {
            if found.len() < limit {
                found.push(document);
            }
            if found.len() < limit { Taking::More } else { Taking::Enough }
        };
        let chunk = if plan.left.is_empty() { limit.clamp(1, CHUNK) } else { CHUNK };
        self.each(plan.beyond(window), window.order.way, number(window.skip), chunk, take).await?;
        Ok(found)
    }

    async fn count(&self, conditions: &[Condition]) -> Result<u64, Failure> {
        let shape = &self.collection.shape;
        let plans = shape.lists.iter().filter_map(|(_, order)| Plan::of(shape, order, conditions));
        let counted = plans.filter(|plan| plan.left.is_empty()).min_by_key(|plan| plan.suffixes.len());
        let plan = counted.unwrap_or_else(|| Plan::all(conditions));
        if let ([suffix], []) = (plan.suffixes.as_slice(), plan.left.as_slice()) {
            let mut count = redis::cmd("ZLEXCOUNT");
            count.arg([self.collection.base.as_bytes(), suffix].concat());
            count.arg(shown(&plan.from, b'-')).arg(shown(&plan.to, b'+'));
            let counted = count.query_async(&mut self.collection.connection.clone()).await;
            return counted.map_err(|error| failure(self.collection.doing("counting a list of"), error));
        }
        let mut count = 0_u64;
        let take = |_| {
            count += 1;
            Taking::More
        };
        self.each(plan, Way::Up, 0, CHUNK, take).await?;
        Ok(count)
    }

    async fn hits(&self, _: &Hits) -> Result<Vec<Hit>, Failure> {
        Err(self.no_search())
    }

    async fn count_hits(&self, _: &Hits) -> Result<u64, Failure> {
        Err(self.no_search())
    }
}
