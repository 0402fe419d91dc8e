//! Two generations held against each other at one position: their tables counted and summed, and the rows that differ.
//!
//! The checksum of a table is the sum of the hashes of its rows, so their order does not matter and no engine has to sort.
//! Rows are summed in buckets by key; only buckets that differ are read again, so what is remembered is small where little
//! differs. Read `diptych_core::scan` first.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use diptych_core::{
    Failure, FailureKind, Position, SqlRow, SqlValue,
    model::{Generation, ReadHandle},
    scan::ScannedRow,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Into how many parts the rows of a table are summed.
const BUCKETS: u128 = 1_024;

/// What two generations hold at one position.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The projection.
    pub projection: String,
    /// Where both stand.
    pub position: Position,
    /// The one that queries read.
    pub live: Generation,
    /// The one beside it.
    pub other: Generation,
    /// Every table of either.
    pub tables: Vec<TableComparison>,
    /// How many rows differ.
    pub differing: u64,
    /// The first of them.
    pub rows: Vec<RowDifference>,
}

impl Comparison {
    /// Whether nothing differs.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.differing == 0 && self.tables.iter().all(|table| table.live == table.other)
    }
}

/// One table of two generations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TableComparison {
    /// Its name.
    pub table: String,
    /// In the generation that queries read.
    pub live: TableSum,
    /// In the other.
    pub other: TableSum,
}

/// What a table holds, in short.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TableSum {
    /// How many rows.
    pub rows: u64,
    /// A sum of the hashes of all rows, in hexadecimal; it does not depend on their order.
    pub checksum: String,
}

/// A row that is not the same in both.
#[derive(Clone, Debug, PartialEq)]
pub struct RowDifference {
    /// Its table.
    pub table: Arc<str>,
    /// Its key.
    pub key: Vec<SqlValue>,
    /// As it is in the generation that queries read; none where it is not there.
    pub live: Option<SqlRow>,
    /// As it is in the other; none where it is not there.
    pub other: Option<SqlRow>,
}

/// A row, told by the hashes of its key and of all of it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Print {
    key: u128,
    all: u128,
}

/// The sums of one generation, by table and bucket.
type Sums = BTreeMap<Arc<str>, HashMap<u128, (u64, u128)>>;
/// A table's bucket.
type Bucket = (Arc<str>, u128);
/// A row's place.
type Place = (Arc<str>, u128);

/// Compares two generations that stand at the same position; tells at most so many rows.
///
/// # Errors
/// [`Failure`] where an engine cannot be read, or has no way to list its rows.
pub(super) async fn compare(
    projection: &str,
    position: Position,
    live: (Generation, &dyn ReadHandle),
    other: (Generation, &dyn ReadHandle),
    most: usize,
) -> Result<Comparison, Failure> {
    let (ours, theirs) = (sums(live.1).await?, sums(other.1).await?);
    let names: BTreeSet<_> = ours.keys().chain(theirs.keys()).cloned().collect();
    let tables = names.iter().map(|name| TableComparison {
        table: name.to_string(),
        live: whole(ours.get(name)),
        other: whole(theirs.get(name)),
    });
    let suspects = differing_buckets(&names, &ours, &theirs);
    let places = differing_places(&suspects, live.1, other.1).await?;
    let told = places.iter().take(most).cloned().collect();
    Ok(Comparison {
        projection: projection.to_owned(),
        position,
        live: live.0,
        other: other.0,
        tables: tables.collect(),
        differing: u64::try_from(places.len()).unwrap_or(u64::MAX),
        rows: told_rows(told, live.1, other.1).await?,
    })
}

async fn sums(handle: &dyn ReadHandle) -> Result<Sums, Failure> {
    let mut sums = Sums::new();
    let take = |row: ScannedRow, print: Print| {
        let table = sums.entry(row.table).or_default();
        let (rows, sum) = table.entry(print.key % BUCKETS).or_default();
        *rows += 1;
        *sum = sum.wrapping_add(print.all);
    };
    each(handle, take).await?;
    Ok(sums)
}

fn whole(buckets: Option<&HashMap<u128, (u64, u128)>>) -> TableSum {
    let parts = buckets.into_iter().flat_map(HashMap::values);
    let (rows, sum) =
        parts.fold((0_u64, 0_u128), |(rows, sum), part| (rows + part.0, sum.wrapping_add(part.1)));
    TableSum { rows, checksum: format!("{sum:032x}") }
}

fn differing_buckets(names: &BTreeSet<Arc<str>>, ours: &Sums, theirs: &Sums) -> HashSet<Bucket> {
    let part = |sums: &Sums, name: &Arc<str>, bucket| sums.get(name)?.get(&bucket).copied();
    let all = names.iter().flat_map(|name| (0..BUCKETS).map(move |bucket| (Arc::clone(name), bucket)));
    all.filter(|(name, bucket)| part(ours, name, *bucket) != part(theirs, name, *bucket)).collect()
}

/// The places of rows that only one of them has, or that are not the same in both.
async fn differing_places(
    suspects: &HashSet<Bucket>,
    live: &dyn ReadHandle,
    other: &dyn ReadHandle,
) -> Result<BTreeSet<Place>, Failure> {
    let mut seen: HashMap<Place, u128> = HashMap::new();
    let mut differing = BTreeSet::new();
    if suspects.is_empty() {
        return Ok(differing);
    }
    let is_suspect =
        |row: &ScannedRow, print: Print| suspects.contains(&(Arc::clone(&row.table), print.key % BUCKETS));
    // Rows without a key may be there several times: then each adds to the sum of its place.
    let see = |row: ScannedRow, print: Print| {
        if is_suspect(&row, print) {
            let sum = seen.entry((row.table, print.key)).or_default();
            *sum = sum.wrapping_add(print.all);
        }
    };
    each(live, see).await?;
    let compare = |row: ScannedRow, print: Print| {
        if is_suspect(&row, print) {
            let sum = seen.entry((row.table, print.key)).or_default();
            *sum = sum.wrapping_sub(print.all);
        }
    };
    each(other, compare).await?;
    differing.extend(seen.into_iter().filter(|(_, left)| *left != 0).map(|(place, _)| place));
    Ok(differing)
}

/// The rows at these places, as each of both has them.
async fn told_rows(
    places: BTreeSet<Place>,
    live: &dyn ReadHandle,
    other: &dyn ReadHandle,
) -> Result<Vec<RowDifference>, Failure> {
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let (mut ours, mut theirs) = (HashMap::new(), HashMap::new());
    let keep = |kept: &mut HashMap<Place, ScannedRow>, row: ScannedRow, print: Print| {
        let place = (Arc::clone(&row.table), print.key);
        if places.contains(&place) {
            kept.insert(place, row);
        }
    };
    each(live, |row, print| keep(&mut ours, row, print)).await?;
    each(other, |row, print| keep(&mut theirs, row, print)).await?;
    let told = places.into_iter().filter_map(|place| {
        let (live, other) = (ours.remove(&place), theirs.remove(&place));
        let key = live.as_ref().or(other.as_ref())?.key.clone();
        let (live, other) = (live.map(|row| row.row), other.map(|row| row.row));
        Some(RowDifference { table: place.0, key, live, other })
    });
    Ok(told.collect())
}

async fn each(handle: &dyn ReadHandle, mut take: impl FnMut(ScannedRow, Print)) -> Result<(), Failure> {
    let unknown = || {
        let text = "this engine has no way to list the rows of a read model, so they cannot be compared";
        Failure::plain(FailureKind::Invalid, text)
    };
    let mut scan = handle.scan().ok_or_else(unknown)?;
    loop {
        let rows = scan.next().await?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in rows {
            let print = print(&row);
            take(row, print);
        }
        tokio::task::yield_now().await;
    }
}

/// The key with its columns' values; all of it with the names of its columns, since another schema may name them otherwise.
fn print(row: &ScannedRow) -> Print {
    let mut key = Sha256::new();
    row.key.iter().for_each(|value| add(&mut key, value));
    let mut all = Sha256::new();
    for (column, value) in row.row.columns().iter().zip(row.row.values()) {
        add_bytes(&mut all, b'c', column.as_bytes());
        add(&mut all, value);
    }
    Print { key: short(key), all: short(all) }
}

fn add(hash: &mut Sha256, value: &SqlValue) {
    match value {
        SqlValue::Null => add_bytes(hash, b'n', &[]),
        SqlValue::Integer(number) => add_bytes(hash, b'i', &number.to_le_bytes()),
        SqlValue::Real(number) => add_bytes(hash, b'r', &number.to_bits().to_le_bytes()),
        SqlValue::Text(text) => add_bytes(hash, b't', text.as_bytes()),
        SqlValue::Blob(bytes) => add_bytes(hash, b'b', bytes),
    }
}

fn add_bytes(hash: &mut Sha256, kind: u8, bytes: &[u8]) {
    hash.update([kind]);
    hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
    hash.update(bytes);
}

fn short(hash: Sha256) -> u128 {
    let mut first = [0; 16];
    for (to, from) in first.iter_mut().zip(hash.finalize()) {
        *to = from;
    }
    u128::from_le_bytes(first)
}
