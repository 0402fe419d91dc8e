//! What the transaction of a group finds, once it has the lock: the head, numbers, the ends of streams, used keys, and
//! which scopes hold an event after the place that was decided on.
//!
//! The lock and all look-ups are one round trip; the check of conditions, where what is known does not settle it, another. The ends
//! of streams that this process has written are remembered together with the head that they belong to: where the
//! transaction finds that head, nobody has appended since, and they are as they were. Where it finds another one, it looks
//! them up.

use std::collections::{BTreeSet, HashMap, HashSet};

use diptych_core::{Position, Revision, StreamId, Tag, store::KeptNote};
use tokio_postgres::{Client, Error, Row, types::Type};

use super::{
    asked::Asked,
    group::{Broken, Member},
    writer::Known,
};
use crate::{
    notes,
    pool::{Database, Param},
    schema::Schema,
};

/// The number of a stream, its last revision, and where that stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) id: i64,
    pub(super) last: Option<Revision>,
    pub(super) at: Position,
}

/// The largest number of each dictionary.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Largest {
    pub(super) category: i64,
    pub(super) event_type: i64,
    pub(super) tag: i64,
    pub(super) stream: i64,
}

/// See the page.
pub(super) struct Ground {
    pub(super) head: Position,
    /// The id of the transaction.
    pub(super) xid: String,
    pub(super) largest: Largest,
    pub(super) categories: HashMap<String, i64>,
    pub(super) types: HashMap<String, i64>,
    pub(super) tags: HashMap<String, i64>,
    pub(super) ends: HashMap<StreamId, End>,
    pub(super) keys: HashMap<String, KeptNote>,
    /// By member and place of the scope in its boundary: an event in it.
    pub(super) hindered: HashMap<(usize, usize), Position>,
}

/// What is asked for.
#[derive(Default)]
struct Wanted<'a> {
    categories: BTreeSet<&'a str>,
    types: BTreeSet<&'a str>,
    tags: BTreeSet<&'a Tag>,
    streams: HashSet<&'a StreamId>,
    keys: Vec<&'a str>,
}

impl<'a> Wanted<'a> {
    fn of(members: &'a [Member]) -> Self {
        let mut wanted = Self::default();
        for Member { append, .. } in members {
            for event in &append.events {
                wanted.streams.insert(&event.stream);
                wanted.types.insert(&event.event_type);
                wanted.tags.extend(&event.tags);
            }
            wanted.streams.extend(append.condition.expected.iter().map(|(stream, _)| stream));
            for scope in &append.condition.boundary.0 {
                wanted.streams.extend(&scope.stream);
                wanted.categories.extend(scope.category.as_deref());
                wanted.types.extend(scope.types.iter().map(|name| &**name));
                wanted.tags.extend(&scope.tags);
            }
            wanted.keys.extend(append.note.iter().filter_map(|note| note.key.as_ref()).map(|key| &*key.key));
        }
        wanted.categories.extend(wanted.streams.iter().map(|stream| stream.category()));
        wanted
    }
}

/// What is asked for and not remembered.
struct Unknown<'a> {
    categories: Vec<&'a str>,
    types: Vec<&'a str>,
    tags: Vec<&'a str>,
    streams: Vec<&'a StreamId>,
    keys: Vec<&'a str>,
    /// The numbers of tags that are remembered.
    remembered: HashMap<String, i64>,
    /// The ends of streams that are remembered, if the head is.
    ends: HashMap<StreamId, End>,
}

impl<'a> Wanted<'a> {
    /// What has to be looked up. A name that the engine cannot hold is the name of nothing.
    fn unknown(self, known: &mut Known) -> Unknown<'a> {
        let (mut remembered, mut tags) = (HashMap::new(), Vec::new());
        for tag in self.tags {
            match known.tags.get(tag) {
                Some(id) => drop(remembered.insert(tag.as_str().to_owned(), *id)),
                None if whole(tag.as_str()) => tags.push(tag.as_str()),
                None => {}
            }
        }
        let (mut ends, mut streams) = (HashMap::new(), Vec::new());
        for stream in self.streams {
            match known.ends.get(stream) {
                Some(end) => drop(ends.insert(stream.clone(), *end)),
                None if whole(stream.category()) => streams.push(stream),
                None => {}
            }
        }
        let categories = self.categories.into_iter().filter(|name| !known.categories.contains_key(*name));
        let types = self.types.into_iter().filter(|name| !known.types.contains_key(*name));
        Unknown {
            categories: categories.filter(|name| whole(name)).collect(),
            types: types.filter(|name| whole(name)).collect(),
            tags,
            streams,
            keys: self.keys,
            remembered,
            ends,
        }
    }
}

impl Ground {
    /// Takes the lock and looks.
    pub(super) async fn find(
        client: &Client,
        database: &Database,
        known: &mut Known,
        members: &[Member],
    ) -> Result<Self, Broken> {
        let Unknown { categories, types, tags, streams, keys, remembered, ends: remembered_ends } =
            Wanted::of(members).unknown(known);
        let (begin, schema) = (database.begin_append(), &database.schema);
        let (_, ground, ends, categories, types, fresh_tags, keys) = tokio::try_join!(
            biased;
            client.batch_execute(&begin),
            look(client, schema, include_str!("../../sql/append/ground.sql"), &[]),
            ends_of(client, schema, &streams),
            names(client, schema, include_str!("../../sql/append/categories.sql"), &categories),
            names(client, schema, include_str!("../../sql/append/types.sql"), &types),
            names(client, schema, include_str!("../../sql/append/tags.sql"), &tags),
            names(client, schema, include_str!("../../sql/append/keys.sql"), &keys),
        )?;
        let mut found = Self::read(ground.first(), keys)?;
        found.tags = remembered;
        number(&mut found.tags, &fresh_tags)?;
        number(&mut found.categories, &categories)?;
        number(&mut found.types, &types)?;
        found.categories.extend(known.categories.iter().map(|(name, id)| (name.clone(), *id)));
        found.types.extend(known.types.iter().map(|(name, id)| ((**name).to_owned(), *id)));
        found.read_ends(&ends, &streams)?;
        if found.head == known.head {
            found.ends.extend(remembered_ends);
        } else {
            known.ends.clear();
            let streams: Vec<_> = remembered_ends.keys().collect();
            found.read_ends(&ends_of(client, schema, &streams).await?, &streams)?;
        }
        found.judge(client, schema, members).await?;
        Ok(found)
    }

    fn read_ends(&mut self, rows: &[Row], streams: &[&StreamId]) -> Result<(), Error> {
        for row in rows {
            let nth: i64 = row.try_get(0)?;
            let stream = usize::try_from(nth.saturating_sub(1)).ok().and_then(|nth| streams.get(nth));
            let (last, at): (Option<i64>, Option<i64>) = (row.try_get(2)?, row.try_get(3)?);
            let at = at.map_or(Position::START, Position::from_i64);
            let end = End { id: row.try_get(1)?, last: last.map(Revision::from_i64), at };
            self.ends.extend(stream.map(|stream| ((*stream).clone(), end)));
        }
        Ok(())
    }

    fn read(row: Option<&Row>, keys: Vec<Row>) -> Result<Self, Broken> {
        let number = |at: usize| row.map_or(Ok(0), |row| row.try_get::<_, i64>(at));
        let largest =
            Largest { category: number(1)?, event_type: number(2)?, tag: number(3)?, stream: number(4)? };
        let mut used = HashMap::new();
        for row in keys {
            used.insert(row.try_get(0)?, notes::kept(&row, 1)?);
        }
        Ok(Self {
            head: Position::from_i64(number(0)?),
            xid: row.map_or(Ok(String::new()), |row| row.try_get(5))?,
            largest,
            categories: HashMap::new(),
            types: HashMap::new(),
            tags: HashMap::new(),
            ends: HashMap::new(),
            keys: used,
            hindered: HashMap::new(),
        })
    }

    /// The set-based check of all conditions that look back past what is recorded.
    async fn judge(&mut self, client: &Client, schema: &Schema, members: &[Member]) -> Result<(), Broken> {
        let [mut of_stream, mut of_tags, mut of_log] = [const { Asked::NOTHING }; 3];
        for (nth, Member { append, .. }) in members.iter().enumerate() {
            let condition = &append.condition;
            if condition.after >= self.head {
                continue;
            }
            for (at, scope) in condition.boundary.0.iter().enumerate() {
                let end = scope.stream.as_ref().and_then(|stream| self.ends.get(stream));
                if end.is_some_and(|end| end.at <= condition.after) {
                    continue;
                }
                let asked = match (&scope.stream, scope.tags.is_empty()) {
                    (Some(_), _) => &mut of_stream,
                    (None, false) => &mut of_tags,
                    (None, true) => &mut of_log,
                };
                asked.add(self, (nth, at), scope, condition.after);
            }
        }
        let found = tokio::try_join!(
            biased;
            of_stream.ask(client, schema, include_str!("../../sql/append/hindering/of_stream.sql")),
            of_tags.ask(client, schema, include_str!("../../sql/append/hindering/of_tags.sql")),
            of_log.ask(client, schema, include_str!("../../sql/append/hindering/of_log.sql")),
        )?;
        for found in [found.0, found.1, found.2] {
            self.hindered.extend(found);
        }
        Ok(())
    }
}

/// Numbers as the text of an array, which an array of arrays of different lengths is sent as.
pub(super) fn array(numbers: &[i64]) -> String {
    let numbers: Vec<_> = numbers.iter().map(i64::to_string).collect();
    format!("{{{}}}", numbers.join(","))
}

fn whole(text: &str) -> bool {
    !text.contains('\0')
}

fn number(numbers: &mut HashMap<String, i64>, rows: &[Row]) -> Result<(), Error> {
    for row in rows {
        numbers.insert(row.try_get(1)?, row.try_get(0)?);
    }
    Ok(())
}

async fn look(client: &Client, schema: &Schema, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, Error> {
    client.query_typed(&schema.sql(sql), params).await
}

/// A row for each of these streams that there is.
async fn ends_of(client: &Client, schema: &Schema, streams: &[&StreamId]) -> Result<Vec<Row>, Error> {
    if streams.is_empty() {
        return Ok(Vec::new());
    }
    let (of, ids): (Vec<_>, Vec<_>) =
        streams.iter().map(|stream| (stream.category(), stream.id().as_str())).unzip();
    let wanted: [Param<'_>; 2] = [(&of, Type::TEXT_ARRAY), (&ids, Type::TEXT_ARRAY)];
    look(client, schema, include_str!("../../sql/append/ends.sql"), &wanted).await
}

/// As [`look`], unless there is nothing to look for.
async fn names(client: &Client, schema: &Schema, sql: &str, names: &[&str]) -> Result<Vec<Row>, Error> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    look(client, schema, sql, &[(&names, Type::TEXT_ARRAY)]).await
}
