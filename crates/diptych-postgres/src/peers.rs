//! The other nodes on this database: leases in a table, by the server's clock; notices by NOTIFY.
//!
//! What holds: a beat is one transaction in one round trip. Where notices are lost (behind a pooler that loses LISTEN), what they would
//! have told comes with the reports of the next beat, at most [`BEAT`](diptych_core::peers::BEAT) later on either side.

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc, time::Duration};

use async_trait::async_trait;
use diptych_core::{
    Failure, Position,
    model::Generation,
    peers::{Claim, LEASE, Lease, Notice, Peer, PeerNews, Peers, Reached, Roll},
};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio_postgres::{Client, Error, Row, types::Type};
use uuid::Uuid;

use crate::{
    failure::{closed, failure},
    pool::{Database, Open, Param},
};

const DOING: &str = "speaking to the other nodes";
/// How many notices wait for a slow listener before it is told to look for itself.
const BUFFER: usize = 1_024;
/// The server takes messages of less than 8,000 bytes.
const MESSAGE: usize = 7_000;
/// The message that says that leases have changed.
const LEASES: &str = "leases";

/// A notice, and whose it is where that is known.
pub(crate) type Heard = (Option<Uuid>, Notice);

/// Tells and hears of other nodes. Made by [`PostgresDatabase::open`](crate::PostgresDatabase::open).
#[derive(Debug)]
pub struct PostgresPeers {
    database: Database,
    notices: broadcast::Sender<Heard>,
}

/// Both ends of what is heard.
pub(crate) fn notices() -> broadcast::Sender<Heard> {
    broadcast::channel(BUFFER).0
}

/// Reads a message; a wrong one is as good as none, but something happened.
pub(crate) fn heard(message: &str) -> Vec<Heard> {
    reached(message).unwrap_or_else(|| vec![(None, Notice::Leases)])
}

/// `<node> <position> <projection>:<generation> …`
fn reached(message: &str) -> Option<Vec<Heard>> {
    let mut words = message.split(' ');
    let from: Uuid = words.next()?.parse().ok()?;
    let position = Position::new(words.next()?.parse().ok()?);
    let one = |word: &str| {
        let (projection, generation) = word.rsplit_once(':')?;
        let generation = Generation(generation.parse().ok()?);
        Some((Some(from), Notice::Reached(Reached { projection: projection.into(), generation, position })))
    };
    words.map(one).collect()
}

/// The messages that tell this; those that have come equally far share one.
fn messages(me: &Peer, all: &[Reached]) -> Vec<String> {
    let mut by_position: BTreeMap<Position, String> = BTreeMap::new();
    let mut full = Vec::new();
    for Reached { projection, generation, position } in all {
        let begin = || format!("{} {position}", me.id);
        let message = by_position.entry(*position).or_insert_with(begin);
        if message.len() + projection.len() > MESSAGE {
            full.push(std::mem::replace(message, begin()));
        }
        // Writing to a text cannot fail.
        if write!(message, " {projection}:{generation}").is_err() {
            tracing::error!(%projection, "could not be told of");
        }
    }
    full.extend(by_position.into_values());
    full
}

impl PostgresPeers {
    pub(crate) fn new(database: Database, notices: broadcast::Sender<Heard>) -> Self {
        Self { database, notices }
    }

    fn sql(&self, text: &str) -> String {
        self.database.schema.sql(text)
    }

    /// Runs statements in one transaction that nobody's disk is waited for.
    async fn lightly<T>(&self, act: impl AsyncFnOnce(&Client) -> Result<T, Error>) -> Result<T, Failure> {
        let mut lease = self.database.lease(DOING).await?;
        lease.is_open(Open::Read);
        let client = lease.client(DOING)?;
        let begun = client.batch_execute(include_str!("../sql/peers/begin.sql"));
        let all = async {
            let (_, done) = tokio::try_join!(biased; begun, act(client))?;
            client.batch_execute("COMMIT").await?;
            Ok(done)
        };
        let done = self.database.answered(DOING, all).await?;
        lease.is_open(Open::No);
        Ok(done)
    }

    /// Changes leases and tells so.
    async fn change(&self, sql: &str, params: &[Param<'_>]) -> Result<(), Failure> {
        let sql = self.sql(sql);
        self.lightly(async |client| {
            client.execute_typed(&sql, params).await?;
            self.notify(client, &[LEASES.to_owned()]).await
        })
        .await
    }

    async fn notify(&self, client: &Client, messages: &[String]) -> Result<(), Error> {
        let sql = self.sql(include_str!("../sql/peers/notify.sql"));
        client.query_typed(&sql, &[(&messages, Type::TEXT_ARRAY)]).await.map(drop)
    }

    async fn beat_in(&self, client: &Client, me: &Peer, claims: &[Claim]) -> Result<Roll, Error> {
        let columns = Columns::of(claims);
        let none: [Param<'_>; 0] = [];
        let names: [Param<'_>; 1] = [(&columns.names, Type::TEXT_ARRAY)];
        let held_for = millis(LEASE);
        let seen: [Param<'_>; 2] = [(&me.id, Type::UUID), (&held_for, Type::INT8)];
        let label: &str = &me.label;
        let claim: [Param<'_>; 7] = [
            (&me.id, Type::UUID),
            (&label, Type::TEXT),
            (&held_for, Type::INT8),
            (&columns.names, Type::TEXT_ARRAY),
            (&columns.versions, Type::INT8_ARRAY),
            (&columns.wanted, Type::BOOL_ARRAY),
            (&columns.reports, Type::TEXT_ARRAY),
        ];
        let (is_new, forget, taken) = (
            self.sql(include_str!("../sql/peers/seen.sql")),
            self.sql(include_str!("../sql/peers/forget.sql")),
            self.sql(include_str!("../sql/peers/claim.sql")),
        );
        let (count, leases) = (
            self.sql(include_str!("../sql/peers/count.sql")),
            self.sql(include_str!("../sql/peers/leases.sql")),
        );
        let (is_new, _, taken, count, leases) = tokio::try_join!(
            biased;
            client.query_typed_one(&is_new, &seen),
            client.execute_typed(&forget, &seen[..1]),
            client.query_typed_one(&taken, &claim),
            client.query_typed_one(&count, &none),
            client.query_typed(&leases, &names),
        )?;
        if is_new.try_get(0)? || taken.try_get::<_, i64>(0)? > 0 {
            self.notify(client, &[LEASES.to_owned()]).await?;
        }
        let peers = usize::try_from(count.try_get::<_, i64>(0)?).unwrap_or(usize::MAX);
        Ok(Roll { peers, leases: leases.iter().map(lease).collect::<Result<_, _>>()? })
    }
}

#[derive(Default)]
struct Columns {
    names: Vec<String>,
    versions: Vec<i64>,
    wanted: Vec<bool>,
    reports: Vec<Option<String>>,
}

impl Columns {
    fn of(claims: &[Claim]) -> Self {
        let mut columns = Self::default();
        for claim in claims {
            columns.names.push((*claim.projection).to_owned());
            columns.versions.push(claim.version.into());
            columns.wanted.push(claim.wanted);
            columns.reports.push(claim.report.clone());
        }
        columns
    }
}

fn lease(row: &Row) -> Result<Lease, Error> {
    let holder: Option<Uuid> = row.try_get(1)?;
    let label: &str = row.try_get(2)?;
    Ok(Lease {
        projection: row.try_get::<_, &str>(0)?.into(),
        holder: holder.map(|id| Peer { id, label: label.into() }),
        version: u32::try_from(row.try_get::<_, i64>(3)?).unwrap_or(u32::MAX),
        asked_by: row.try_get(4)?,
        report: row.try_get::<_, Option<&str>>(5)?.map(Arc::from),
    })
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

#[async_trait]
impl Peers for PostgresPeers {
    async fn beat(&self, me: &Peer, claims: &[Claim]) -> Result<Roll, Failure> {
        self.lightly(async |client| self.beat_in(client, me, claims).await).await
    }

    async fn look(&self, projections: &[Arc<str>]) -> Result<Vec<Lease>, Failure> {
        let names: Vec<&str> = projections.iter().map(|name| &**name).collect();
        let sql = include_str!("../sql/peers/leases.sql");
        let rows = self.database.query(DOING, sql, &[(&names, Type::TEXT_ARRAY)]).await?;
        rows.iter().map(lease).collect::<Result<_, _>>().map_err(|error| failure(DOING, error))
    }

    async fn ask(&self, me: &Peer, projection: &str) -> Result<(), Failure> {
        let params: [Param<'_>; 3] =
            [(&me.id, Type::UUID), (&projection, Type::TEXT), (&millis(LEASE), Type::INT8)];
        self.change(include_str!("../sql/peers/ask.sql"), &params).await
    }

    async fn release(&self, me: &Peer, projections: &[Arc<str>]) -> Result<(), Failure> {
        let names: Vec<&str> = projections.iter().map(|name| &**name).collect();
        let params: [Param<'_>; 2] = [(&me.id, Type::UUID), (&names, Type::TEXT_ARRAY)];
        self.change(include_str!("../sql/peers/release.sql"), &params).await
    }

    async fn leave(&self, me: &Peer) -> Result<(), Failure> {
        self.change(include_str!("../sql/peers/leave.sql"), &[(&me.id, Type::UUID)]).await
    }

    async fn tell(&self, me: &Peer, reached: &[Reached]) -> Result<(), Failure> {
        let messages = messages(me, reached);
        self.lightly(async |client| self.notify(client, &messages).await).await
    }

    fn news(&self, me: &Peer) -> Box<dyn PeerNews> {
        Box::new(PostgresNews { me: me.id, notices: self.notices.subscribe() })
    }
}

struct PostgresNews {
    me: Uuid,
    notices: broadcast::Receiver<Heard>,
}

#[async_trait]
impl PeerNews for PostgresNews {
    async fn next(&mut self) -> Result<Notice, Failure> {
        loop {
            match self.notices.recv().await {
                Ok((from, Notice::Reached(_))) if from == Some(self.me) => {}
                Ok((_, notice)) => return Ok(notice),
                Err(RecvError::Lagged(_)) => return Ok(Notice::Leases),
                Err(RecvError::Closed) => return Err(closed()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(projection: &str, position: u64) -> Reached {
        Reached {
            projection: projection.into(),
            generation: Generation(2),
            position: Position::new(position),
        }
    }

    #[test]
    fn what_is_told_is_heard_in_as_few_messages_as_there_are_places() {
        let me = Peer { id: Uuid::from_u128(7), label: "me".into() };
        let told = [at("orders", 5), at("a:b", 5), at("totals", 4)];
        let said = messages(&me, &told);
        assert_eq!(said.len(), 2, "{said:?}");
        let mut heard: Vec<_> = said.iter().flat_map(|message| heard(message)).collect();
        heard.sort_by_key(|(_, notice)| format!("{notice:?}"));
        let mut expected: Vec<_> = told.map(|it| (Some(me.id), Notice::Reached(it))).into();
        expected.sort_by_key(|(_, notice)| format!("{notice:?}"));
        assert_eq!(heard, expected);
    }

    #[test]
    fn no_message_is_longer_than_the_server_takes() {
        let me = Peer { id: Uuid::from_u128(7), label: "me".into() };
        let many: Vec<_> = (0..1_000).map(|nth| at(&format!("projection_{nth}"), 9)).collect();
        let said = messages(&me, &many);
        assert!(said.iter().all(|message| message.len() < 8_000));
        assert_eq!(said.iter().flat_map(|message| heard(message)).count(), 1_000);
    }

    #[test]
    fn whatever_else_is_heard_makes_a_node_look() {
        for message in [LEASES, "", "x y z", "00000000-0000-0000-0000-000000000007 5 broken"] {
            assert_eq!(heard(message), [(None, Notice::Leases)], "{message:?}");
        }
    }
}
