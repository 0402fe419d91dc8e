//! Read models: the contract's fixture, and what is particular to SQLite.

use std::{
    fs,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use diptych_core::{
    EventStore, FailureKind, ProjectionError, ProjectionSpec, RecordedEvent, SqlProjection, Tx,
    model::{ReadHandle, ReadModels, SqlEngine},
};
use diptych_sqlite::{SqliteEngine, SqliteFolder};
use diptych_testkit::{
    contract::models::{ByStream, ModelFixture, Rows, sql_rows},
    deadline::run,
};

use crate::Folder;

/// A folder of its own, opened once by all who ask, since one process serves it.
#[derive(Default)]
pub(crate) struct Kept {
    opened: Mutex<Option<SqliteFolder>>,
    place: Folder,
}

impl Kept {
    fn models(&self) -> Arc<dyn ReadModels> {
        let mut opened = self.opened.lock().unwrap();
        models(&opened.get_or_insert_with(|| self.place.opened()).engine())
    }
}

#[async_trait]
impl ModelFixture for Kept {
    async fn open(&self) -> Arc<dyn ReadModels> {
        self.models()
    }

    async fn reopen(&self) -> Option<Arc<dyn ReadModels>> {
        let folder = self.opened.lock().unwrap().take()?;
        folder.store().close().await.unwrap();
        drop(folder);
        Some(self.models())
    }

    async fn rows(&self, handle: &dyn ReadHandle) -> Rows {
        sql_rows(handle).await
    }

    fn name(&self) -> &'static str {
        "SQLite"
    }
}

fn models(engine: &SqliteEngine) -> Arc<dyn ReadModels> {
    engine.models(Arc::new(ByStream))
}

mod proof {
    //! A process that is stopped and continued.

    use std::{fs, path::Path};

    use diptych_sqlite::{SqliteFolder, SqliteOptions};
    use diptych_testkit::{
        deadline::prove,
        projections::stopped::{PART, be_stopped, stopped_and_continued_it_writes_nothing},
    };

    use super::{Kept, models};

    /// The process that is stopped, in the same program: does nothing but where the variable says so.
    #[test]
    fn the_part_of_the_one_that_is_stopped() {
        if let Ok(path) = std::env::var(PART) {
            prove(async {
                let folder = SqliteFolder::open(Path::new(&path), SqliteOptions::default()).unwrap();
                be_stopped(models(&folder.engine())).await;
            });
        }
    }

    /// The folder is locked by the process that is stopped, so an operator removes the lock file to get at it.
    #[test]
    fn a_process_that_was_stopped_and_taken_over_from_writes_nothing() {
        prove(stopped_and_continued_it_writes_nothing(
            Kept::default,
            "models::proof::the_part_of_the_one_that_is_stopped",
            |kept| kept.place.path().display().to_string(),
            |kept| fs::remove_file(kept.place.path().join("lock")).unwrap(),
        ));
    }
}

#[test]
fn a_reader_cannot_write() {
    run(async {
        let models = models(&SqliteEngine::in_memory().unwrap());
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
fn a_damaged_generation_says_that_it_can_be_rebuilt() {
    run(async {
        let place = Folder::new();
        let folder = place.opened();
        let models = models(&folder.engine());
        let generation = models.create().await.unwrap();
        fs::write(place.path().join("models/by_stream-1.db"), "garbage".repeat(900)).unwrap();
        let failure = models.open(generation).await.unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Unreadable);
        assert!(failure.chain().contains("remove the file, and it is rebuilt"), "{}", failure.chain());
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
        let engine = SqliteEngine::in_memory().unwrap();
        let models = engine.models(Arc::new(Broken));
        let failure = models.create().await.unwrap_err();
        assert!(failure.chain().contains("schema does not apply"), "{}", failure.chain());
        assert!(models.generations().await.unwrap().is_empty());
    });
}
