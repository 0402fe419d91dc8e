//! What the sessions have found, each alone, so that it stays mended.

use std::sync::Arc;

use async_trait::async_trait;
use diptych_core::{
    FailureKind, Position, ProjectionError, ProjectionSpec, RecordedEvent, SqlProjection, Tx,
    model::{ApplyError, Generation, SqlEngine},
};
use diptych_faults::{Disk, Plan, Trouble};
use diptych_sqlite::{SqliteFolder, SqliteOptions};
use diptych_testkit::{
    deadline::run,
    draft::{append, event, log},
};
use tempfile::TempDir;

use crate::{rows::ByType, session::in_memory};

fn opened() -> (TempDir, Disk, SqliteFolder) {
    let place = in_memory();
    let disk = Disk::of(place.path(), Plan::of(Trouble::Never, 0)).unwrap();
    let folder = SqliteFolder::open(place.path(), SqliteOptions::default()).unwrap();
    (place, disk, folder)
}

/// A folder whose log was torn while it was made was taken for that of another program.
#[test]
fn a_folder_whose_first_start_was_cut_off_is_opened_again() {
    for at in 1.. {
        let place = in_memory();
        let disk = Disk::of(place.path(), Plan::of(Trouble::PowerCut(at), at)).unwrap();
        drop(SqliteFolder::open(place.path(), SqliteOptions::default()));
        let was_cut = disk.is_off();
        disk.after_the_cut().unwrap();
        drop(SqliteFolder::open(place.path(), SqliteOptions::default()).unwrap());
        if !was_cut {
            return;
        }
    }
}

/// The owner was told of an epoch whose commit had failed; the next owner was given the same one.
#[test]
fn an_epoch_that_could_not_be_written_is_not_handed_out() {
    run(async {
        let (_place, disk, folder) = opened();
        let models = folder.engine().models(Arc::new(ByType));
        let model = models.open(models.create().await.unwrap()).await.unwrap();
        let before = model.take_over("first").await.unwrap().epoch;
        disk.begin(Trouble::Lasting(1));
        assert_eq!(model.take_over("second").await.unwrap_err().kind(), FailureKind::Unavailable);
        disk.mend();
        assert_eq!(model.checkpoint().await.unwrap().epoch, before);
        assert_eq!(model.take_over("second").await.unwrap().epoch.0, before.0 + 1);
    });
}

/// A generation whose tables had not come from the WAL into its file was given its name.
#[test]
fn a_generation_is_whole_or_not_made() {
    run(async {
        for at in 1.. {
            let (_place, disk, folder) = opened();
            let models = folder.engine().models(Arc::new(ByType));
            disk.begin(Trouble::Lasting(at));
            let made = models.create().await;
            let was_hit = disk.struck().is_some();
            disk.mend();
            let there: Vec<_> =
                models.generations().await.unwrap().iter().map(|info| info.generation).collect();
            match made {
                Ok(generation) => assert_eq!(there, [generation], "{at}"),
                Err(failure) => {
                    assert_eq!(failure.kind(), FailureKind::Unavailable, "{}", failure.chain());
                    assert_eq!(there, [], "{at}");
                }
            }
            if !was_hit {
                return;
            }
        }
    });
}

/// A generation on a disk that fails was said to be damaged, with the advice to remove it.
#[test]
fn a_generation_that_cannot_be_opened_now_is_not_said_to_be_damaged() {
    run(async {
        let (_place, disk, folder) = opened();
        let models = folder.engine().models(Arc::new(ByType));
        models.create().await.unwrap();
        disk.begin(Trouble::Lasting(1));
        let failure = models.open(Generation(1)).await.unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Unavailable, "{}", failure.chain());
        assert!(!failure.chain().contains("remove"), "{}", failure.chain());
        disk.mend();
        models.open(Generation(1)).await.unwrap();
    });
}

/// Writes more than fits into memory, so that the disk is written within the statement.
struct Heavy;

#[async_trait]
impl SqlProjection for Heavy {
    fn spec(&self) -> ProjectionSpec {
        ProjectionSpec::new("heavy").schema("CREATE TABLE heavy (bytes BLOB)")
    }

    async fn apply(&self, events: &[RecordedEvent], tx: &mut Tx<'_>) -> Result<(), ProjectionError> {
        for event in events {
            let done = tx.execute("INSERT INTO heavy VALUES (zeroblob(9000000))", ()).await;
            done.map_err(|error| ProjectionError { position: event.position(), source: error.into() })?;
        }
        Ok(())
    }
}

/// An event was blamed, and left out where the policy says so, for what the disk had done.
#[test]
fn a_disk_that_fails_within_a_statement_is_not_the_fault_of_the_event() {
    run(async {
        let (_place, disk, folder) = opened();
        append(&*folder.store(), [event("account/1", "Opened")]).await;
        let models = folder.engine().models(Arc::new(Heavy));
        let model = models.open(models.create().await.unwrap()).await.unwrap();
        let epoch = model.take_over("test").await.unwrap().epoch;
        let events: Arc<[RecordedEvent]> = log(&*folder.store()).await.into();
        for trouble in [Trouble::Lasting(1), Trouble::Full(1)] {
            disk.begin(trouble);
            match model.apply(Arc::clone(&events), Position::new(1), epoch).await {
                Err(ApplyError::Failure(failure)) => assert!(failure.may_retry(), "{}", failure.chain()),
                other => panic!("{other:?}"),
            }
            disk.mend();
        }
        model.apply(events, Position::new(1), epoch).await.unwrap();
    });
}
