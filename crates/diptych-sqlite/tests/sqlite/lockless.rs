//! An operator removes the lock file of a folder that is served, and starts a second program on it: what then stands in memory
//! is not what stands on the disk, and nobody may write by it.

use std::{fs, sync::Arc};

use diptych_core::{
    AppendCondition, AppendError, Appended, EventStore, Expected, FailureKind, NewEvent, Position, Scope,
};
use diptych_testkit::{
    deadline::run,
    draft::{Draft, append, conditional, event, log, several, stream, tag},
};

use crate::Folder;

/// Two stores on one folder, each with something in memory.
async fn both(place: &Folder) -> [Arc<dyn EventStore>; 2] {
    let one = place.store();
    append(&*one, [event("account/1", "Opened").tagged(&["mail:a"])]).await;
    fs::remove_file(place.path().join("lock")).unwrap();
    let other = place.store();
    append(&*other, [event("account/1", "Deposited"), event("account/2", "Opened").tagged(&["mail:b"])])
        .await;
    [one, other]
}

/// What an append comes to, given again where the store says that a retry may help.
async fn given(
    store: &dyn EventStore,
    events: impl Into<Vec<NewEvent>>,
    condition: AppendCondition,
) -> Result<Appended, AppendError> {
    let append = conditional(events, condition);
    match store.append(append.clone()).await {
        Err(AppendError::Failure(failure)) => {
            assert_eq!(failure.kind(), FailureKind::Unavailable, "{}", failure.chain());
            assert!(failure.chain().contains("another process"), "{}", failure.chain());
            store.append(append).await
        }
        answered => answered,
    }
}

#[test]
fn who_finds_that_another_has_written_says_so_and_goes_on_from_there() {
    run(async {
        let place = Folder::new();
        let stores = both(&place).await;
        for n in 0..6 {
            let store = &stores[n % 2];
            let made =
                given(&**store, several(2, "account/1", "Deposited"), AppendCondition::default()).await;
            assert_eq!(made.unwrap().events[0].metadata.revision.get(), u64::try_from(2 + 2 * n).unwrap());
        }
        for store in &stores {
            given(&**store, [event("account/3", "Opened")], AppendCondition::default()).await.unwrap();
        }
        let [left, right] = [log(&*stores[0]).await, log(&*stores[1]).await];
        assert_eq!((left.len(), right.len()), (16, 17));
        assert_eq!(left, right[..16]);
        assert!(right.iter().map(|event| event.position()).eq((1..=17).map(Position::new)));
    });
}

#[test]
fn conditions_hold_of_what_another_has_written() {
    run(async {
        let place = Folder::new();
        let [one, _other] = both(&place).await;
        for condition in [
            AppendCondition::expect(stream("account/2"), Expected::NoStream),
            AppendCondition::nothing_in(Scope::tagged([tag("mail:b")]), Position::START),
            AppendCondition::nothing_in(Scope::stream(stream("account/1")), Position::new(1)),
        ] {
            let refused = given(&*one, [], condition.clone()).await;
            assert!(matches!(refused, Err(AppendError::Conflict(_))), "{condition:?}: {refused:?}");
        }
    });
}
