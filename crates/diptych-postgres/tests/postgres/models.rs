//! Read models: the contract's fixture, and what is particular to PostgreSQL.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use diptych_core::{
    Position, ProjectionError, ProjectionSpec, RecordedEvent, SqlProjection, Tx,
    model::{ApplyError, ReadHandle, ReadModels, SqlEngine},
};
use diptych_postgres::PostgresEngine;
use diptych_testkit::{
    contract::models::{ByStream, ModelFixture, Rows, sql_rows},
    draft::{append, event, log},
};

use crate::server::{Place, run};

#[async_trait]
impl ModelFixture for Place {
    async fn open(&self) -> Arc<dyn ReadModels> {
        models(&self.opened().await.engine())
    }

    async fn reopen(&self) -> Option<Arc<dyn ReadModels>> {
        Some(models(&self.opened().await.engine()))
    }

    async fn rows(&self, handle: &dyn ReadHandle) -> Rows {
        sql_rows(handle).await
    }

    fn name(&self) -> &'static str {
        "PostgreSQL"
    }
}

fn models(engine: &PostgresEngine) -> Arc<dyn ReadModels> {
    engine.models(Arc::new(ByStream))
}

mod proof {
    //! A process that is stopped and continued.

    use diptych_testkit::{
        deadline::prove,
        projections::stopped::{PART, be_stopped, stopped_and_continued_it_writes_nothing},
    };

    use super::models;
    use crate::server::{Place, is_there};

    /// The process that is stopped, in the same program: does nothing but where the variable says so.
    #[test]
    fn the_part_of_the_one_that_is_stopped() {
        if let Ok(schema) = std::env::var(PART) {
            prove(async {
                let place = Place::of_another(schema);
                be_stopped(models(&place.opened().await.engine())).await;
                // It is the other's to drop.
                std::mem::forget(place);
            });
        }
    }

    #[test]
    fn a_process_that_was_stopped_and_taken_over_from_writes_nothing() {
        if is_there() {
            let part = "models::proof::the_part_of_the_one_that_is_stopped";
            let place = |place: &Place| place.schema.clone();
            prove(stopped_and_continued_it_writes_nothing(Place::new, part, place, |_| {}));
        }
    }
}

#[test]
fn a_reader_cannot_write() {
    run(async {
        let place = Place::new();
        let models = models(&place.opened().await.engine());
        let model = models.open(models.create().await.unwrap()).await.unwrap();
        let reader = model.reader().await.unwrap();
        let sql = reader.sql().unwrap();
        for statement in
            ["DELETE FROM by_stream", "CREATE TABLE x (y)", "CREATE TEMP TABLE x (y)", "ROLLBACK"]
        {
            assert!(sql.query(statement, Vec::new()).await.is_err(), "{statement}");
        }
    });
}

#[test]
fn a_schema_that_does_not_apply_makes_no_generation() {
    struct Broken;
    #[async_trait]
    impl SqlProjection for Broken {
        fn spec(&self) -> ProjectionSpec {
            ProjectionSpec::new("broken").schema("CREATE TABLE fine (x); CREATE TABLE")
        }
        async fn apply(&self, _: &[RecordedEvent], _: &mut Tx<'_>) -> Result<(), ProjectionError> {
            Ok(())
        }
    }
    run(async {
        let place = Place::new();
        let models = place.opened().await.engine().models(Arc::new(Broken));
        let failure = models.create().await.unwrap_err();
        assert!(failure.chain().contains("schema does not apply"), "{}", failure.chain());
        assert!(models.generations().await.unwrap().is_empty());
    });
}

#[test]
fn parameters_are_what_stands_where_they_stand_and_rows_come_back_as_values() {
    run(async {
        let place = Place::new();
        let models = models(&place.opened().await.engine());
        let model = models.open(models.create().await.unwrap()).await.unwrap();
        let reader = model.reader().await.unwrap();
        let sql = "SELECT $1::int2 AS a, $2::bool AS b, $3::numeric AS c, $4::timestamptz AS d, $5::bytea AS e,
                          $6::float8 AS f, $7::text AS g, $8::uuid AS h, avg(x) AS i, sum(x) AS j, $9::jsonb AS k
                   FROM (VALUES (1::bigint), (2)) AS v (x)";
        let moment = "2026-11-21T09:00:00.000001Z";
        let uuid = "0192d5e1-0000-7000-8000-000000000000";
        let params = vec![
            7_i64.into(),
            true.into(),
            5_i64.into(),
            moment.into(),
            vec![0_u8, 255].into(),
            0.1_f64.into(),
            Option::<i64>::None.into(),
            uuid.into(),
            "{}".into(),
        ];
        let rows = reader.sql().unwrap().query(sql, params).await.unwrap();
        use diptych_core::SqlValue::{Blob, Integer, Null, Real, Text};
        let expected = [
            Integer(7),
            Integer(1),
            Integer(5),
            Text(moment.into()),
            Blob(vec![0, 255]),
            Real(0.1),
            Null,
            Text(uuid.into()),
            Real(1.5),
            Integer(3),
            Text("{}".into()),
        ];
        assert_eq!(rows[0].values(), expected);
    });
}

/// Ends its own connection in the first attempt at an event.
#[derive(Default)]
struct Cut(AtomicBool);

#[async_trait]
impl SqlProjection for Cut {
    fn spec(&self) -> ProjectionSpec {
        ProjectionSpec::new("cut").schema("CREATE TABLE cut (position BIGINT)")
    }

    async fn apply(&self, events: &[RecordedEvent], tx: &mut Tx<'_>) -> Result<(), ProjectionError> {
        let position = events[0].position();
        let refuse = |error: diptych_core::sql::SqlError| ProjectionError { position, source: error.into() };
        if !self.0.swap(true, Ordering::SeqCst) {
            tx.query("SELECT pg_terminate_backend(pg_backend_pid())", ()).await.map_err(refuse)?;
        }
        tx.execute("INSERT INTO cut VALUES ($1)", (position,)).await.map(drop).map_err(refuse)
    }
}

#[test]
fn a_connection_that_breaks_within_a_statement_is_not_the_fault_of_the_event() {
    run(async {
        let place = Place::new();
        let models = place.opened().await.engine().models(Arc::new(Cut::default()));
        let model = models.open(models.create().await.unwrap()).await.unwrap();
        let epoch = model.take_over("test").await.unwrap().epoch;
        let store = place.store().await;
        append(&*store, [event("account/1", "Opened")]).await;
        let events: Arc<[RecordedEvent]> = log(&*store).await.into();
        match model.apply(Arc::clone(&events), Position::new(1), epoch).await {
            Err(ApplyError::Failure(failure)) => assert!(failure.may_retry(), "{}", failure.chain()),
            other => panic!("{other:?}"),
        }
        model.apply(events, Position::new(1), epoch).await.unwrap();
    });
}
