//! Rules of many writers at once: of those who cannot both win one does, and none harms another.

use std::sync::Arc;

use diptych_core::{
    Append, AppendCondition, AppendError, Appended, EventStore, Expected, Position, RecordedEvent, Revision,
    Scope,
    store::{Direction, Note, ReadRequest},
};
use futures::future::join_all;

use super::Fixture;
use crate::{
    deadline::within,
    draft::{Draft, all, append, conditional, event, key, log, note, several, stream, tag},
    why::why,
};

const WRITERS: usize = 64;

/// Of 64 writers who each want to be the first with a tag, one wins; the others are told of a conflict.
pub async fn of_many_writers_of_a_unique_tag_one_wins(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    for round in 0..4 {
        let mail = format!("mail:{round}");
        let scope = Scope::tagged([tag(&mail)]).of_types(["Registered"]);
        let wish = |n| {
            let event = event(&format!("user/{round}-{n}"), "Registered").tagged(&[&mail]);
            conditional([event], AppendCondition::nothing_in(scope.clone(), Position::START))
        };
        let (won, lost) = outcomes(at_once(&store, (0..WRITERS).map(wish)).await);
        assert_eq!((won.len(), lost), (1, WRITERS - 1), "winners and losers");
        let found = all(&*store, scope, Direction::Forward, 100).await;
        assert_eq!(found, won[0], "what is found (left) and what the winner was answered (right)");
    }
}

/// Of writers who expect the same revision of a stream one wins each time, so that no change is made on a stale one.
pub async fn of_many_writers_of_one_revision_one_wins(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    append(&*store, [event("account/1", "Opened")]).await;
    for round in 0..10 {
        let expected = AppendCondition::expect(stream("account/1"), Expected::Revision(Revision::new(round)));
        let wishes = (0..WRITERS).map(|_| conditional([event("account/1", "Deposited")], expected.clone()));
        let (won, lost) = outcomes(at_once(&store, wishes).await);
        assert_eq!((won.len(), lost), (1, WRITERS - 1), "winners and losers at revision {round}");
    }
    assert_eq!(log(&*store).await.len(), 11, "events in all");
}

/// Writers who decide again after each conflict all come through, and none overwrites another: the counter ends at their number.
pub async fn writers_who_decide_again_all_come_through(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let writers = (0..8).map(|n| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for _ in 0..10 {
                count_up(&*store, n).await;
            }
        })
    });
    for ended in within("every writer comes through", join_all(writers)).await {
        ended.expect("a writer broke");
    }
    let seen: Vec<_> = log(&*store).await.iter().map(|event| event.payload.clone()).collect();
    let expected: Vec<_> = (0..80).map(|n| n.to_string()).collect();
    assert_eq!(seen, expected, "what each writer had counted before its event, in order");
}

/// Of appends with the same key one is made, and the others are told what it gave.
pub async fn of_many_appends_with_one_key_one_is_made(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let wishes = (0..WRITERS).map(|n| Append {
        events: several(2, &format!("account/{n}"), "Opened"),
        condition: AppendCondition::default(),
        note: Some(Note { key: key("once", 1), ..note("c1", &format!("account/{n}")) }),
    });
    let answers = at_once(&store, wishes).await;
    let kept = store.note_by_key("once").await.expect("asked").expect("the winner's note is kept");
    let mut made = 0;
    for answer in answers {
        match answer {
            Ok(appended) => {
                made += 1;
                assert_eq!(appended.position, kept.position, "the winner's position, and that of its note");
            }
            Err(AppendError::KeyUsed(told)) => assert_eq!(*told, kept, "what a loser is told"),
            Err(other) => panic!("an append with a used key was refused by {}", why(&other)),
        }
    }
    assert_eq!((made, log(&*store).await.len()), (1, 2), "appends made, and events in the log");
}

/// Appends that come together are each judged on their own: the refused ones leave nothing and harm no other.
pub async fn a_refused_append_harms_no_other(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    append(&*store, [event("taken/1", "Taken")]).await;
    let wishes = (0..WRITERS).map(|n| {
        let events = several(1 + n % 3, &format!("account/{n}"), "Opened");
        let condition = match n % 4 {
            1 => AppendCondition::expect(stream("taken/1"), Expected::NoStream),
            2 => AppendCondition::nothing_in(Scope::stream(stream("taken/1")), Position::START),
            _ => AppendCondition::default(),
        };
        conditional(events, condition)
    });
    let answers = at_once(&store, wishes).await;
    let made: Vec<_> = answers.iter().map(Result::is_ok).collect();
    let right: Vec<_> = (0..WRITERS).map(|n| !matches!(n % 4, 1 | 2)).collect();
    assert_eq!(made, right, "which were made (left) and which had to be (right)");
    let mut answered: Vec<_> = outcomes(answers).0.concat();
    answered.sort_by_key(RecordedEvent::position);
    assert_eq!(log(&*store).await[1..], answered, "the log (left) and what was answered (right)");
}

/// Starts all of these, each on its own task, and answers what came of them, in the order given.
async fn at_once(
    store: &Arc<dyn EventStore>,
    appends: impl IntoIterator<Item = Append>,
) -> Vec<Result<Appended, AppendError>> {
    let start = Arc::new(tokio::sync::Barrier::new(WRITERS));
    let tasks: Vec<_> = appends
        .into_iter()
        .map(|append| {
            let (store, start) = (Arc::clone(store), Arc::clone(&start));
            tokio::spawn(async move {
                start.wait().await;
                store.append(append).await
            })
        })
        .collect();
    let ended = within("every append is answered", join_all(tasks)).await;
    ended.into_iter().map(|ended| ended.expect("an append broke")).collect()
}

/// The events of those that were made, and how many ran into a conflict.
fn outcomes(answers: Vec<Result<Appended, AppendError>>) -> (Vec<Vec<RecordedEvent>>, usize) {
    let (mut won, mut lost) = (Vec::new(), 0);
    for answer in answers {
        match answer {
            Ok(appended) => won.push(appended.events),
            Err(AppendError::Conflict(_)) => lost += 1,
            Err(other @ (AppendError::KeyUsed(_) | AppendError::Failure(_))) => {
                panic!("an append was refused by {}", why(&other))
            }
        }
    }
    (won, lost)
}

/// Reads how many events there are, and adds one that says so, until nobody else was first.
async fn count_up(store: &dyn EventStore, writer: usize) {
    loop {
        let page = store
            .read(ReadRequest::after(Scope::tagged([tag("counter:1")]), Position::START))
            .await
            .expect("read");
        let event = event(&format!("writer/{writer}"), "Counted").tagged(&["counter:1"]);
        let event = event.payload(page.events.len().to_string());
        let condition = AppendCondition::nothing_in(Scope::tagged([tag("counter:1")]), page.considered);
        match store.append(conditional([event], condition)).await {
            Ok(_) => return,
            Err(AppendError::Conflict(_)) => {}
            Err(other) => panic!("an append was refused by {}", why(&other)),
        }
    }
}
