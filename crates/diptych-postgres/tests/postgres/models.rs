//! Read models: generations, their checkpoints, and who may move them.

use std::sync::Arc;

use async_trait::async_trait;
use diptych_core::{
    FailureKind, Position, ProjectionError, ProjectionSpec, RecordedEvent, SqlProjection, Tx,
    model::{ApplyError, Epoch, Generation, ReadModel, ReadModels, SqlEngine},
};
use diptych_postgres::PostgresEngine;
use diptych_testkit::draft::{append, event, log};

use crate::server::{Place, run};

/// Counts events by type. Refuses `Refuse`, panics at `Panic`, waits for another task at `Wait`.
struct ByType;

#[async_trait]
impl SqlProjection for ByType {
    fn spec(&self) -> ProjectionSpec {
        ProjectionSpec::new("by_type")
            .schema("CREATE TABLE by_type (type TEXT PRIMARY KEY, count INTEGER NOT NULL)")
    }

    async fn apply(&self, events: &[RecordedEvent], tx: &mut Tx<'_>) -> Result<(), ProjectionError> {
        for event in events {
            let refuse = |source| ProjectionError { position: event.position(), source };
            match &*event.event_type {
                "Refuse" => return Err(refuse("refused".into())),
                "Panic" => panic!("as it was told to"),
                "Wait" => tokio::task::yield_now().await,
                _ => {}
            }
            let sql = "INSERT INTO by_type (count, type) VALUES ($2, $1)
                       ON CONFLICT (type) DO UPDATE SET count = by_type.count + $2";
            tx.execute(sql, (&*event.event_type, 1_i64)).await.map_err(|error| refuse(error.into()))?;
        }
        Ok(())
    }
}

fn models(engine: &PostgresEngine) -> Arc<dyn ReadModels> {
    engine.models(Arc::new(ByType))
}

/// A log of events of these types.
async fn recorded(types: &[&str]) -> Arc<[RecordedEvent]> {
    let place = Place::new();
    let store = place.store().await;
    append(&*store, types.iter().map(|name| event("thing/1", name)).collect::<Vec<_>>()).await;
    log(&*store).await.into()
}

async fn count(model: &dyn ReadModel, event_type: &str) -> (u64, i64) {
    let reader = model.reader().await.unwrap();
    let sql = "SELECT coalesce(sum(count), 0) AS n FROM by_type WHERE type = $1";
    let rows = reader.sql().unwrap().query(sql, vec![event_type.into()]).await.unwrap();
    (reader.position().get(), rows[0].get("n").unwrap())
}

#[test]
fn rows_and_checkpoint_move_together_and_what_was_counted_counts_once() {
    run(async {
        let place = Place::new();
        let models = models(&place.opened().await.engine());
        let model = models.open(models.create().await.unwrap()).await.unwrap();
        let epoch = model.take_over("test").await.unwrap().epoch;
        let events = recorded(&["A", "A", "B", "Wait"]).await;
        model.apply(events[..2].into(), Position::new(2), epoch).await.unwrap();
        assert_eq!(count(&*model, "A").await, (2, 2));
        for _ in 0..2 {
            model.apply(Arc::clone(&events), Position::new(9), epoch).await.unwrap();
            assert_eq!((count(&*model, "A").await, count(&*model, "B").await), ((9, 2), (9, 1)));
        }
        model.apply(Arc::new([]), Position::new(4), epoch).await.unwrap();
        assert_eq!(model.checkpoint().await.unwrap().position, Position::new(9));
    });
}

#[test]
fn a_batch_that_fails_leaves_nothing() {
    run(async {
        let place = Place::new();
        let models = models(&place.opened().await.engine());
        let model = models.open(models.create().await.unwrap()).await.unwrap();
        let epoch = model.take_over("test").await.unwrap().epoch;
        for kind in ["Refuse", "Panic"] {
            let events = recorded(&["A", kind]).await;
            let error = model.apply(events, Position::new(2), epoch).await.unwrap_err();
            assert!(matches!(error, ApplyError::Event(_)), "{error:?}");
            assert_eq!(count(&*model, "A").await, (0, 0));
        }
        model.apply(recorded(&["A"]).await, Position::new(1), epoch).await.unwrap();
        assert_eq!(count(&*model, "A").await, (1, 1));
    });
}

#[test]
fn who_was_taken_over_from_can_write_no_more() {
    run(async {
        let place = Place::new();
        let models = models(&place.opened().await.engine());
        let generation = models.create().await.unwrap();
        let (first, second) =
            (models.open(generation).await.unwrap(), models.open(generation).await.unwrap());
        let ours = first.take_over("first").await.unwrap().epoch;
        let theirs = second.take_over("second").await.unwrap().epoch;
        let events = recorded(&["A"]).await;
        let error = first.apply(Arc::clone(&events), Position::new(1), ours).await.unwrap_err();
        assert!(
            matches!(error, ApplyError::Fenced { ours: o, found } if o == ours && found == theirs),
            "{error:?}"
        );
        let error = first.apply(Arc::clone(&events), Position::new(1), Epoch(99)).await.unwrap_err();
        assert!(matches!(error, ApplyError::Fenced { .. }), "{error:?}");
        assert_eq!(count(&*second, "A").await, (0, 0));
        second.apply(events, Position::new(1), theirs).await.unwrap();
        assert_eq!(count(&*second, "A").await, (1, 1));
    });
}

#[test]
fn a_reader_sees_one_moment_and_cannot_write() {
    run(async {
        let place = Place::new();
        let models = models(&place.opened().await.engine());
        let model = models.open(models.create().await.unwrap()).await.unwrap();
        let epoch = model.take_over("test").await.unwrap().epoch;
        let before = model.reader().await.unwrap();
        model.apply(recorded(&["A"]).await, Position::new(1), epoch).await.unwrap();
        let sql = before.sql().unwrap();
        assert_eq!(before.position(), Position::START);
        assert!(sql.query("SELECT * FROM by_type", Vec::new()).await.unwrap().is_empty());
        for statement in ["DELETE FROM by_type", "CREATE TABLE x (y)", "CREATE TEMP TABLE x (y)", "ROLLBACK"]
        {
            assert!(sql.query(statement, Vec::new()).await.is_err(), "{statement}");
        }
        assert_eq!(count(&*model, "A").await, (1, 1));
    });
}

#[test]
fn generations_are_made_promoted_and_removed() {
    run(async {
        let place = Place::new();
        let folder = place.opened().await;
        let models = models(&folder.engine());
        assert!(models.generations().await.unwrap().is_empty());
        let (first, second) = (models.create().await.unwrap(), models.create().await.unwrap());
        let live = async || -> Vec<_> {
            let all = models.generations().await.unwrap();
            all.into_iter().map(|info| (info.generation, info.live)).collect()
        };
        assert_eq!(live().await, [(first, true), (second, false)]);
        models.promote(second).await.unwrap();
        assert_eq!(live().await, [(first, false), (second, true)]);
        assert_eq!(models.remove(second).await.unwrap_err().kind(), FailureKind::Invalid);
        models.remove(first).await.unwrap();
        assert_eq!(live().await, [(second, true)]);
        for gone in [
            models.promote(first).await.err(),
            models.remove(first).await.err(),
            models.open(first).await.err(),
        ] {
            assert_eq!(gone.unwrap().kind(), FailureKind::Invalid);
        }
        models.create().await.unwrap();
        models.remove(Generation(3)).await.unwrap();
        assert_eq!(models.create().await.unwrap(), Generation(4));
    });
}

#[test]
fn rows_and_the_live_generation_are_there_again() {
    run(async {
        let place = Place::new();
        let folder = place.opened().await;
        let first = models(&folder.engine());
        let model = first.open(first.create().await.unwrap()).await.unwrap();
        let epoch = model.take_over("test").await.unwrap().epoch;
        model.apply(recorded(&["A"]).await, Position::new(1), epoch).await.unwrap();
        drop((model, first, folder));

        let folder = place.opened().await;
        let again = models(&folder.engine());
        let info = again.generations().await.unwrap().remove(0);
        assert!(info.live && info.position == Position::new(1) && info.version == 1, "{info:?}");
        let model = again.open(info.generation).await.unwrap();
        assert_eq!(count(&*model, "A").await, (1, 1));
        assert_eq!(model.take_over("test").await.unwrap().epoch, Epoch(epoch.0 + 1));
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
