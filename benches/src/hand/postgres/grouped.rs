//! A task by hand that writes whatever waits in one transaction, which is one round trip.

use std::collections::HashMap;

use diptych::Result;
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::{Client, Statement, types::ToSql};
use uuid::Uuid;

use super::{Ids, Place};
use crate::hand::log::Fact;

/// As many as ours takes at once.
const GROUP: usize = 512;

type Job = (Fact, oneshot::Sender<i64>);

/// The way to the task. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Grouped(mpsc::Sender<Job>);

impl Grouped {
    /// Makes a log and starts the task on it; it ends when nobody holds this any more.
    ///
    /// # Errors
    /// What the server said.
    pub(crate) async fn start(place: &Place) -> Result<Self> {
        let mut writer = Writer::new(place).await?;
        let (jobs, mut waiting) = mpsc::channel::<Job>(1_024);
        tokio::spawn(async move {
            let mut group = Vec::with_capacity(GROUP);
            while waiting.recv_many(&mut group, GROUP).await > 0 {
                let (facts, replies): (Vec<_>, Vec<_>) = group.drain(..).unzip();
                let last = writer.write(facts).await?;
                for reply in replies {
                    let answered = reply.send(last);
                    debug_assert!(answered.is_ok(), "callers of the rows wait for their answers");
                }
            }
            Ok::<(), diptych::BoxError>(())
        });
        Ok(Self(jobs))
    }

    /// Has a fact written; answers once it is durable.
    ///
    /// # Errors
    /// Where the task has ended.
    pub(crate) async fn write(&self, fact: Fact) -> Result<i64> {
        let (reply, answer) = oneshot::channel();
        self.0.send((fact, reply)).await?;
        Ok(answer.await?)
    }
}

/// The writing side of a log, with its statements prepared. What is known of streams is kept in a map.
pub(crate) struct Writer {
    client: Client,
    streams: HashMap<String, (i64, i64)>,
    insert_streams: Statement,
    insert_events: Statement,
    head: i64,
}

#[derive(Default)]
struct Columns {
    position: Vec<i64>,
    stream: Vec<i64>,
    revision: Vec<i64>,
    kind: Vec<i64>,
    recorded_at: Vec<i64>,
    event_id: Vec<Uuid>,
    correlation_id: Vec<String>,
    causation_id: Vec<String>,
    payload: Vec<Vec<u8>>,
}

impl Writer {
    /// Makes a log.
    ///
    /// # Errors
    /// What the server said.
    pub(crate) async fn new(place: &Place) -> Result<Self> {
        let client = place.make_log().await?;
        let streams = "INSERT INTO streams (id, name) SELECT * FROM unnest($1::bigint[], $2::text[])";
        let insert_streams = client.prepare(streams).await?;
        let insert_events = client.prepare(include_str!("../../../sql/pg_hand_group.sql")).await?;
        Ok(Self { client, streams: HashMap::new(), insert_streams, insert_events, head: 0 })
    }

    /// Writes all of these in one synced transaction; answers the last position.
    ///
    /// # Errors
    /// What the server said.
    pub(crate) async fn write(&mut self, facts: Vec<Fact>) -> Result<i64> {
        let (mut events, mut fresh) = (Columns::default(), (Vec::new(), Vec::new()));
        for fact in facts {
            let next = i64::try_from(self.streams.len())?;
            let (stream, last) = self.streams.entry(fact.stream).or_insert_with_key(|name| {
                fresh.0.push(next);
                fresh.1.push(name.clone());
                (next, -1)
            });
            *last += 1;
            self.head += 1;
            let Ids { event, correlation, causation } = Ids::draw();
            events.position.push(self.head);
            events.stream.push(*stream);
            events.revision.push(*last);
            events.kind.push(fact.kind);
            events.recorded_at.push(fact.recorded_at);
            events.event_id.push(event);
            events.correlation_id.push(correlation);
            events.causation_id.push(causation);
            events.payload.push(fact.payload);
        }
        self.send(&events, &fresh).await?;
        Ok(self.head)
    }

    async fn send(&self, events: &Columns, fresh: &(Vec<i64>, Vec<String>)) -> Result {
        let Self { client, insert_streams, insert_events, .. } = self;
        let streams = async {
            if fresh.0.is_empty() {
                return Ok(0);
            }
            client.execute(insert_streams, &[&fresh.0, &fresh.1]).await
        };
        let columns: [&(dyn ToSql + Sync); 9] = [
            &events.position,
            &events.stream,
            &events.revision,
            &events.kind,
            &events.recorded_at,
            &events.event_id,
            &events.correlation_id,
            &events.causation_id,
            &events.payload,
        ];
        tokio::try_join!(
            biased;
            client.batch_execute("BEGIN"),
            streams,
            client.execute(insert_events, &columns),
            client.batch_execute("COMMIT"),
        )?;
        Ok(())
    }
}
