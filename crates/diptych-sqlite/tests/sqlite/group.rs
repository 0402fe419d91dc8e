//! Appends that are written together. An inline projection that holds the writer makes those that come meanwhile one group.

use std::sync::{
    Arc, Mutex,
    mpsc::{Receiver, Sender, channel},
};

use async_trait::async_trait;
use diptych_core::{
    Append, AppendCondition, AppendError, BoxError, Conflict, EventStore, Expected, FailureKind,
    InlineProjection, NewEvent, ProjectionSpec, RecordedEvent, Scope, Tx, store::Note,
};
use diptych_testkit::{
    deadline::run,
    draft::{Draft, append, conditional, event, key, log, note, stream, tag},
};
use futures::future::join_all;

use crate::Folder;

/// Waits, at an event `Hold`, until it is told to go on. Refuses `Refuse`, panics at `Panic`, waits for another task at
/// `Wait`, makes the commit fail at `Orphan`. Keeps a row per event that it takes.
struct Gate {
    arrived: Sender<()>,
    go_on: Mutex<Receiver<()>>,
}

#[async_trait]
impl InlineProjection for Gate {
    fn spec(&self) -> ProjectionSpec {
        ProjectionSpec::new("gate").schema(
            "CREATE TABLE taken (position INTEGER PRIMARY KEY);
             CREATE TABLE child (parent INTEGER REFERENCES taken (position) DEFERRABLE INITIALLY DEFERRED)",
        )
    }

    async fn apply(&self, event: &RecordedEvent, tx: &mut Tx<'_>) -> Result<(), BoxError> {
        tx.execute("INSERT INTO taken (position) VALUES ($1)", (event.position(),)).await?;
        match &*event.event_type {
            "Hold" => {
                self.arrived.send(()).unwrap();
                self.go_on.lock().unwrap().recv().unwrap();
            }
            "Refuse" => return Err("refused".into()),
            "Panic" => panic!("as it was told to"),
            "Wait" => tokio::task::yield_now().await,
            "Commit" => drop(tx.execute("/* out of here */ COMMIT", ()).await?),
            "Orphan" => drop(tx.execute("INSERT INTO child (parent) VALUES (-1)", ()).await?),
            "Meddle" => drop(tx.execute("DELETE FROM diptych_events", ()).await?),
            _ => {}
        }
        Ok(())
    }
}

/// Gives these appends to the store while the writer is held, so that it finds them together; answers theirs.
async fn together(
    store: &Arc<dyn EventStore>,
    appends: Vec<Append>,
) -> Vec<Result<diptych_core::Appended, AppendError>> {
    let (arrived, is_held) = channel();
    let (go, go_on) = channel();
    let gate = Gate { arrived, go_on: Mutex::new(go_on) };
    store.mount_inline(vec![Arc::new(gate)]).await.unwrap();
    let holding = tokio::spawn({
        let store = Arc::clone(store);
        async move { append(&*store, [event("gate/1", "Hold")]).await }
    });
    tokio::task::spawn_blocking(move || is_held.recv().unwrap()).await.unwrap();
    let mut waiting: Vec<_> = appends.into_iter().map(|append| store.append(append)).collect();
    // Polled once, each is in the queue.
    for one in &mut waiting {
        assert!(futures::poll!(one.as_mut()).is_pending());
    }
    go.send(()).unwrap();
    holding.await.unwrap();
    join_all(waiting).await
}

fn simple(events: impl Into<Vec<NewEvent>>) -> Append {
    conditional(events, AppendCondition::default())
}

#[test]
fn a_member_that_is_refused_leaves_nothing_and_harms_no_other() {
    run(async {
        let place = Folder::new();
        let store = place.store();
        let two =
            |kind| simple([event("account/1", "Opened").tagged(&["new:tag"]), event("account/1", kind)]);
        let kinds = ["Fine", "Refuse", "Fine", "Panic", "Wait", "Commit", "Meddle", "Fine"];
        let answers = together(&store, kinds.map(two).to_vec()).await;
        let made: Vec<_> = answers.iter().map(Result::is_ok).collect();
        assert_eq!(made, kinds.map(|kind| kind == "Fine"));
        let revisions: Vec<_> =
            log(&*store).await[1..].iter().map(|event| event.metadata.revision.get()).collect();
        assert_eq!(revisions, [0, 1, 2, 3, 4, 5]);
        let reader = store.inline_reader().await.unwrap();
        let taken = reader.query("SELECT count(*) AS n FROM taken", Vec::new()).await.unwrap();
        assert_eq!(taken[0].get::<i64>("n").unwrap(), 7);
    });
}

#[test]
fn a_projection_that_waits_for_anything_else_is_told_why_it_may_not() {
    run(async {
        let place = Folder::new();
        let store = place.store();
        let answer = together(&store, vec![simple([event("account/1", "Wait")])]).await.remove(0);
        let Err(AppendError::Failure(failure)) = answer else { panic!("{answer:?}") };
        assert_eq!(failure.kind(), FailureKind::Internal);
        assert!(failure.chain().contains("may only await its transaction"), "{}", failure.chain());
    });
}

#[test]
fn later_members_see_earlier_ones() {
    run(async {
        let place = Folder::new();
        let store = place.store();
        let first = |expected| AppendCondition::expect(stream("account/1"), expected);
        let unique =
            AppendCondition::nothing_in(Scope::tagged([tag("email:ann")]), diptych_core::Position::START);
        let registered = |name: &str| [event(name, "Registered").tagged(&["email:ann"])];
        let answers = together(
            &store,
            vec![
                conditional([event("account/1", "Opened")], first(Expected::NoStream)),
                conditional([event("account/1", "Opened")], first(Expected::NoStream)),
                conditional([event("account/1", "Closed")], first(Expected::Exists)),
                conditional(registered("user/1"), unique.clone()),
                conditional(registered("user/2"), unique),
            ],
        )
        .await;
        let conflicts: Vec<_> = answers
            .iter()
            .map(|answer| match answer {
                Ok(_) => "made",
                Err(AppendError::Conflict(Conflict::Revision { .. })) => "revision",
                Err(AppendError::Conflict(Conflict::Boundary { .. })) => "boundary",
                Err(AppendError::KeyUsed(_) | AppendError::Failure(_)) => "other",
            })
            .collect();
        assert_eq!(conflicts, ["made", "revision", "made", "made", "boundary"]);
    });
}

#[test]
fn a_key_is_used_once_within_a_group() {
    run(async {
        let place = Folder::new();
        let store = place.store();
        let keyed = |name: &str| Append {
            note: Some(Note { key: key("k", 1), ..note("conversation", name) }),
            ..simple([event(name, "Opened")])
        };
        let mut answers = together(&store, vec![keyed("account/1"), keyed("account/2")]).await;
        let second = answers.remove(1);
        let first = answers.remove(0).unwrap();
        let Err(AppendError::KeyUsed(kept)) = second else { panic!("{second:?}") };
        assert_eq!((kept.position, kept.target), (first.position, stream("account/1")));
    });
}

#[test]
fn names_of_a_refused_member_are_numbered_again() {
    run(async {
        let place = Folder::new();
        let store = place.store();
        let with = |kind, name: &str, tag: &str| {
            simple([event(name, "Opened").tagged(&[tag]), event(name, kind).tagged(&[tag])])
        };
        // The numbers that the first one would have used go to the names of the second.
        let answers = together(
            &store,
            vec![
                with("Refuse", "lost/1", "lost:1"),
                with("Kept", "kept/1", "kept:1"),
                with("Lost", "lost/1", "lost:1"),
            ],
        )
        .await;
        assert_eq!(answers.iter().map(Result::is_ok).collect::<Vec<_>>(), [false, true, true]);
        store.close().await.unwrap();
        let again = place.store();
        let found: Vec<_> = log(&*again).await[1..]
            .iter()
            .map(|event| format!("{} {}", event.stream(), event.tags[0]))
            .collect();
        assert_eq!(found, ["kept/1 kept:1", "kept/1 kept:1", "lost/1 lost:1", "lost/1 lost:1"]);
    });
}

#[test]
fn a_member_that_makes_the_commit_fail_harms_no_other() {
    run(async {
        let place = Folder::new();
        let store = place.store();
        let kinds = ["Fine", "Orphan", "Fine"];
        let answers = together(&store, kinds.map(|kind| simple([event("account/1", kind)])).to_vec()).await;
        assert_eq!(answers.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
        let Err(AppendError::Failure(failure)) = &answers[1] else { panic!("{answers:?}") };
        assert_eq!(failure.kind(), FailureKind::Invalid, "{}", failure.chain());
        let revisions: Vec<_> =
            log(&*store).await[1..].iter().map(|event| event.metadata.revision.get()).collect();
        assert_eq!(revisions, [0, 1]);
    });
}
