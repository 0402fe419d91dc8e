//! Few connections and many who want them: everybody waits, nobody for ever.

use diptych::{App, Context, MasterKey, Never, Stores, prelude::*};
use diptych_core::{
    EventStore, SqlValue,
    keys::{KeyState, KeyStore},
};
use diptych_postgres::{PostgresDatabase, PostgresOptions};
use futures::future::join_all;

use crate::server::{Place, run};

/// More than there are connections.
const MANY: usize = 24;

async fn with_few_connections(place: &Place) -> PostgresDatabase {
    let options =
        PostgresOptions { schema: place.schema.clone(), connections: 4, ..PostgresOptions::default() };
    PostgresDatabase::open(&Place::url(), options).await.unwrap()
}

/// As a query does that opens personal data.
#[test]
fn readers_that_fetch_keys_do_not_wait_for_each_other() {
    run(async {
        let place = Place::new();
        let database = with_few_connections(&place).await;
        let read = async || {
            let reader = database.store().inline_reader().await.unwrap();
            let rows = reader.query("SELECT $1::bigint AS n", vec![SqlValue::Integer(1)]).await.unwrap();
            assert_eq!(rows.len(), 1);
            assert_eq!(database.keys().get("USR-1").await.unwrap(), KeyState::Absent);
        };
        join_all((0..MANY).map(|_| read())).await;
    });
}

#[derive(Id)]
struct BellId(String);

#[derive(Event)]
enum BellEvent {
    Rung,
}

#[derive(State)]
#[state(category = "bell", events = BellEvent)]
struct Bell {
    rung: u32,
}

impl Bell {
    fn evolve(&mut self, _: &BellEvent) {
        self.rung = self.rung.saturating_add(1);
    }
}

#[derive(Command)]
#[command(on = Bell, id = bell, rejection = Never)]
struct Ring {
    bell: BellId,
}

impl Ring {
    fn decide(&self, _: &Bell, _: &Context) -> Result<BellEvent, Never> {
        Ok(BellEvent::Rung)
    }
}

#[projection(sql = "CREATE TABLE rings (position BIGINT PRIMARY KEY)")]
async fn rings(_event: &BellEvent, at: &Metadata, tx: &mut Tx<'_>) -> Result {
    tx.execute("INSERT INTO rings VALUES ($1)", (at.position,)).await?;
    Ok(())
}

#[projection(sql = "CREATE TABLE echoes (position BIGINT PRIMARY KEY)")]
async fn echoes(_event: &BellEvent, at: &Metadata, tx: &mut Tx<'_>) -> Result {
    tx.execute("INSERT INTO echoes VALUES ($1)", (at.position,)).await?;
    Ok(())
}

struct Heard;

#[query(reads = [rings, echoes])]
async fn heard(_query: &Heard, db: &Reader) -> Result<u64> {
    tokio::task::yield_now().await;
    Ok(db.position().get())
}

#[test]
fn queries_of_several_read_models_do_not_wait_for_each_other() {
    run(async {
        let place = Place::new();
        let database = with_few_connections(&place).await;
        let stores = Stores {
            events: database.store(),
            engine: Some(database.engine()),
            documents: None,
            search: None,
            cache: None,
            keys: database.keys(),
            snapshots: database.snapshots(),
            peers: database.peers(),
            master: MasterKey::from_bytes([7; 32]),
        };
        let app = App::with(stores).command::<Ring>().projection(rings).projection(echoes).query(heard);
        let node = app.start().await.unwrap();
        node.execute(Ring { bell: "B".parse().unwrap() }).await.unwrap();
        node.settled(diptych_testkit::deadline::DEADLINE).await.unwrap();
        let answers = join_all((0..MANY).map(|_| node.ask(Heard))).await;
        assert!(answers.into_iter().all(|answer| answer.unwrap() >= 1));
        node.shut_down().await.unwrap();
    });
}
