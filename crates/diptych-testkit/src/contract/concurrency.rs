//! Rules of many at once: of those who cannot both win one does, and readers miss nothing while writers write.

use std::{sync::Arc, task::Poll};

use diptych_core::{
    Append, AppendCondition, AppendError, EventStore, Expected, NewEvent, Position, RecordedEvent, Revision,
    Scope,
    store::{Note, ReadRequest},
};
use futures::future::join_all;
use tokio::task::JoinHandle;

use super::Fixture;
use crate::{
    deadline::within,
    draft::{Draft, all, append, conditional, event, head, key, log, note, several, stream, tag},
    follow::{Followed, follow},
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
        let found = all(&*store, scope, diptych_core::store::Direction::Forward, 100).await;
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
            Err(other) => panic!("an append with a used key was refused by {other}"),
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

/// While eight writers write, four readers each see every event once and in order, each append whole or in a row of pages,
/// and one that filters sees all that passes.
pub async fn readers_miss_nothing_while_writers_write(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let (writers, appends) = (8, 40);
    let filters =
        [Scope::default(), Scope::default(), Scope::category("account"), Scope::tagged([tag("even:0")])];
    let readers: Vec<_> =
        filters.iter().map(|scope| follow(&store, scope.clone().into(), stream("end/1"))).collect();
    let writing = (0..writers).map(|n| write(&store, n, appends));
    for ended in within("every writer ends", join_all(writing)).await {
        ended.expect("a writer broke");
    }
    append(&*store, [event("end/1", "Ended").tagged(&["even:0"]), event("account/end", "Ended")]).await;
    let log = log(&*store).await;
    for (reader, scope) in readers.into_iter().zip(filters) {
        let Followed { events, heads } = within("every reader ends", reader).await.expect("a reader broke");
        let passes = |event: &&RecordedEvent| scope.holds(event.stream(), &event.event_type, &event.tags);
        let expected: Vec<_> = log.iter().filter(passes).collect();
        let missed = expected.iter().find(|event| !events.contains(event));
        assert!(missed.is_none(), "a reader of {scope:?} was never shown {missed:?}");
        assert_eq!(
            events.iter().collect::<Vec<_>>(),
            expected,
            "what a reader of {scope:?} was shown, in order"
        );
        assert!(heads.is_sorted(), "the head went back");
    }
}

/// The head is never ahead of what can be read: whoever has the head reads at least that far, and finds there what
/// everyone finds later.
pub async fn the_head_never_runs_ahead_of_what_can_be_read(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let writing = join_all((0..8).map(|n| write(&store, n, 25)));
    let reading = async {
        let mut seen = Vec::new();
        loop {
            let at = head(&*store).await;
            let found = log(&*store).await;
            seen.push((at, found.iter().filter(|event| event.position() <= at).count()));
            if found.len() == 8 * 25 * 2 {
                return seen;
            }
        }
    };
    let (written, seen) =
        within("everything is written and read", futures::future::join(writing, reading)).await;
    written.into_iter().for_each(|ended| ended.expect("a writer broke"));
    let log = log(&*store).await;
    for (at, count) in seen {
        let there = log.iter().filter(|event| event.position() <= at).count();
        assert_eq!(
            count, there,
            "events up to {at}, read when that was the head (left) and at the end (right)"
        );
    }
}

/// A caller that goes away does not cancel its append: what the store has begun it makes, wholly.
pub async fn a_caller_that_goes_away_cancels_nothing(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let mut appending =
        Box::pin(store.append(conditional(several(3, "account/1", "Opened"), AppendCondition::default())));
    let answered = futures::poll!(appending.as_mut());
    drop(appending);
    if let Poll::Ready(answer) = answered {
        answer.expect("nothing speaks against the append");
    }
    let mut watch = store.watch();
    let told = within("an append whose caller went away is made", watch.past(Position::START)).await;
    told.expect("the store is open");
    assert_eq!(log(&*store).await.len(), 3, "events of the append whose caller went away");
}

/// Callers that go away in a crowd leave whole appends or none, streams without gaps, and a store that goes on.
pub async fn callers_that_go_away_in_a_crowd_harm_no_other(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let mut staying = Vec::new();
    for n in 0..WRITERS {
        let append = conditional(several(2, "account/1", "Deposited"), AppendCondition::default());
        let store = Arc::clone(&store);
        let task = tokio::spawn(async move { store.append(append).await });
        if n % 2 == 0 {
            task.abort();
        } else {
            staying.push(task);
        }
        tokio::task::yield_now().await;
    }
    for ended in within("those who stay are answered", join_all(staying)).await {
        ended.expect("a writer broke").expect("nothing speaks against the append");
    }
    append(&*store, several(2, "account/1", "Closed")).await;
    let revisions: Vec<_> = log(&*store).await.iter().map(|event| event.metadata.revision.get()).collect();
    let count = revisions.len();
    assert_eq!(revisions, (0..).take(count).collect::<Vec<u64>>(), "revisions in the order of positions");
    assert!(count % 2 == 0 && count >= WRITERS + 2, "{count} events of appends of two");
}

/// Starts all of these, each on its own task, and answers what came of them, in the order given.
async fn at_once(
    store: &Arc<dyn EventStore>,
    appends: impl IntoIterator<Item = Append>,
) -> Vec<Result<diptych_core::Appended, AppendError>> {
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
fn outcomes(answers: Vec<Result<diptych_core::Appended, AppendError>>) -> (Vec<Vec<RecordedEvent>>, usize) {
    let (mut won, mut lost) = (Vec::new(), 0);
    for answer in answers {
        match answer {
            Ok(appended) => won.push(appended.events),
            Err(AppendError::Conflict(_)) => lost += 1,
            Err(other @ (AppendError::KeyUsed(_) | AppendError::Failure(_))) => {
                panic!("an append was refused by {other}")
            }
        }
    }
    (won, lost)
}

/// Appends of two events, one of them with a tag, to streams of two kinds.
fn write(store: &Arc<dyn EventStore>, writer: usize, appends: usize) -> JoinHandle<()> {
    let store = Arc::clone(store);
    tokio::spawn(async move {
        for n in 0..appends {
            let events: [NewEvent; 2] = [
                event(&format!("account/{writer}"), "Deposited").tagged(&[&format!("even:{}", n % 2)]),
                event(&format!("order/{}", n % 5), "Created"),
            ];
            append(&*store, events).await;
        }
    })
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
            Err(other) => panic!("an append was refused by {other}"),
        }
    }
}
