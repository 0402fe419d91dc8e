//! Reading documents: by id, as a part of a list, by words. There is no way to write, and no way to speak an engine's own language.

use async_trait::async_trait;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    criteria::{Condition, Find, Order, Scalar, Search, Way},
    words::Asked,
};
use crate::{
    failure::{Failure, FailureKind},
    position::Position,
    view::{Listed, Part, SortKeys, Start},
};

/// A document that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Its id.
    pub id: String,
    /// The last event that it took in order.
    pub position: Position,
    /// What the projection made.
    pub body: Value,
}

impl Document {
    /// Its body as the type that the projection keeps.
    ///
    /// # Errors
    /// Where it does not fit: the type has changed, but not the projection's version.
    pub fn read<T: DeserializeOwned>(self) -> Result<T, serde_json::Error> {
        serde_json::from_value(self.body)
    }
}

/// A document that was found by words.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The document.
    pub document: Document,
    /// How well it fits: what [`score`](super::score()) makes of it. Ten times what a person is shown.
    pub score: u64,
    /// The value of the shape's `newest`.
    pub newest: i64,
}

/// A stretch of a list, as engines are asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// What holds of each document.
    pub conditions: Vec<Condition>,
    /// The fields it is sorted by; the way is the one in which it is read.
    pub order: Order,
    /// Only documents beyond the one with these values of the order's keys, in that way; compared in turn.
    pub beyond: Option<Vec<Scalar>>,
    /// So many of those are passed over.
    pub skip: u32,
    /// So many at most.
    pub limit: u32,
}

/// A stretch of what is found by words, as engines are asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hits {
    /// A document that has any of them is found. None: every document is, with a score of 0.
    pub words: Vec<Asked>,
    /// What holds of each document.
    pub conditions: Vec<Condition>,
    /// [`Way::Down`]: the best first, and of one score the newest. [`Way::Up`]: the other way round.
    pub way: Way,
    /// Only documents beyond that of this score and this newest.
    pub beyond: Option<(u64, i64)>,
    /// So many of those are passed over.
    pub skip: u32,
    /// So many at most.
    pub limit: u32,
}

/// Keys that are not those of an item of the list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("they are not the keys of an item in this list")]
pub struct NoPlace;

/// Reads the documents of one generation. Engines write the first five; who asks uses `get`, `find`, `count` and `search`.
#[async_trait]
pub trait DocumentReader: Send + Sync {
    /// The document of this id, unless it was deleted.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be read.
    async fn get(&self, id: &str) -> Result<Option<Document>, Failure>;

    /// A stretch of a list.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be read.
    async fn window(&self, window: &Window) -> Result<Vec<Document>, Failure>;

    /// How many documents there are of which all of this holds.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be read.
    async fn count(&self, conditions: &[Condition]) -> Result<u64, Failure>;

    /// A stretch of what is found by words, with [`score`](super::score())s. An engine that does not search refuses, as `Invalid`.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be read.
    async fn hits(&self, hits: &Hits) -> Result<Vec<Hit>, Failure>;

    /// How many documents are found by words, whatever `way`, `beyond`, `skip` and `limit` say.
    ///
    /// # Errors
    /// [`Failure`] where the engine cannot be read.
    async fn count_hits(&self, hits: &Hits) -> Result<u64, Failure>;

    /// A part of a list, and how many there are in the whole.
    ///
    /// # Errors
    /// [`NoPlace`] in a [`Failure`] where the part begins at keys of another list; or where the engine cannot be read.
    async fn find(&self, find: &Find) -> Result<Listed<Document>, Failure> {
        let total = self.count(&find.conditions).await?;
        let found = self.window(&Window::of(find).map_err(no_place)?).await?;
        let keyed = found.into_iter().map(|document| (keys_of(&document.body, &find.order), document));
        Ok(Listed::from_read(&find.part, keyed.collect(), total))
    }

    /// A part of what is found by a text, and how many there are in the whole.
    ///
    /// # Errors
    /// [`NoPlace`] in a [`Failure`] where the part begins at keys of another list; or where the engine cannot be read.
    async fn search(&self, search: &Search) -> Result<Listed<Hit>, Failure> {
        let Some(hits) = Hits::of(search).map_err(no_place)? else { return Ok(Listed::empty()) };
        let total = self.count_hits(&hits).await?;
        let found = self.hits(&hits).await?;
        let keyed = found.into_iter().map(|hit| (vec![hit.score.into(), hit.newest.into()], hit));
        Ok(Listed::from_read(&search.part, keyed.collect(), total))
    }
}

fn no_place(error: NoPlace) -> Failure {
    Failure::new(FailureKind::Invalid, "reading a part of a list", error)
}

fn keys_of(body: &Value, order: &Order) -> SortKeys {
    order.keys.iter().map(|key| body.get(&**key).cloned().unwrap_or(Value::Null)).collect()
}

impl Window {
    /// The stretch that holds a part, with one document more that tells whether there are more.
    ///
    /// # Errors
    /// [`NoPlace`] where the part begins at keys that are not those of the order.
    pub fn of(find: &Find) -> Result<Self, NoPlace> {
        let Order { keys, way } = &find.order;
        let place = |values: &SortKeys| {
            let scalars: Option<Vec<_>> = values.iter().map(Scalar::of).collect();
            scalars.filter(|scalars| scalars.len() == keys.len()).ok_or(NoPlace)
        };
        let (way, beyond, skip) = stretch(&find.part, *way, place)?;
        let order = Order { keys: keys.clone(), way };
        let limit = find.part.limit.saturating_add(1);
        Ok(Self { conditions: find.conditions.clone(), order, beyond, skip, limit })
    }
}

impl Hits {
    /// The stretch that holds a part, with one hit more that tells whether there are more; none where the text has no words, so
    /// that nothing is found.
    ///
    /// # Errors
    /// [`NoPlace`] where the part begins at keys that are not a score and a number.
    pub fn of(search: &Search) -> Result<Option<Self>, NoPlace> {
        let place = |values: &SortKeys| match values.as_slice() {
            [score, newest] => score.as_u64().zip(newest.as_i64()).ok_or(NoPlace),
            _ => Err(NoPlace),
        };
        let (way, beyond, skip) = stretch(&search.part, Way::Down, place)?;
        let words = Asked::by(&search.text);
        if words.is_empty() && !search.text.trim().is_empty() {
            return Ok(None);
        }
        let limit = search.part.limit.saturating_add(1);
        Ok(Some(Self { words, conditions: search.conditions.clone(), way, beyond, skip, limit }))
    }
}

/// The way in which a part is read, beyond which place, and after how many.
fn stretch<T>(
    part: &Part,
    way: Way,
    place: impl Fn(&SortKeys) -> Result<T, NoPlace>,
) -> Result<(Way, Option<T>, u32), NoPlace> {
    Ok(match &part.start {
        Start::Offset(skipped) => (way, None, *skipped),
        Start::After(keys) => (way, Some(place(keys)?), 0),
        Start::Before(keys) => (way.turned(), Some(place(keys)?), 0),
    })
}
