//! Rules of several handles to one store, as several processes have them. For stores that can have more than one.

use std::sync::Arc;

use diptych_core::{AppendCondition, AppendError, EventStore, Position, RecordedEvent, Scope};
use futures::future::join_all;

use super::{Fixture, nothing_to_test};
use crate::{
    deadline::within,
    draft::{Draft, append, conditional, conflict, event, log, several, stream, tag},
    follow::follow,
    why::why,
};

/// What one handle appends the other reads, and its watches are told.
pub async fn what_one_handle_appends_the_other_sees(fixture: &dyn Fixture) {
    let Some([one, other]) = both(fixture).await else { return };
    let mut watch = other.watch();
    for (writer, reader) in [(&one, &other), (&other, &one), (&one, &other)] {
        let end = append(&**writer, several(2, "account/1", "Opened")).await.position;
        assert_eq!(reader.head().await.expect("the head"), end, "the head that the other handle tells");
        assert_eq!(log(&**reader).await, log(&**writer).await, "the log of both");
        let below = Position::new(end.get() - 1);
        let told = within("the watch of the other handle tells", watch.past(below)).await;
        assert_eq!(told.expect("the store is open"), end);
    }
}

/// Conditions hold of what the other handle appended, names that were unknown a moment ago included.
pub async fn conditions_hold_of_what_the_other_appended(fixture: &dyn Fixture) {
    let Some([one, other]) = both(fixture).await else { return };
    let scope = || Scope::tagged([tag("mail:a")]).of_types(["Registered"]);
    let free = || conditional([], AppendCondition::nothing_in(scope(), Position::START));
    assert!(one.append(free()).await.is_ok(), "nothing has the tag yet");
    append(&*other, [event("user/1", "Registered").tagged(&["mail:a"])]).await;
    conflict(&*one, free()).await;
    let last = one.last_of(&stream("user/1")).await.expect("asked");
    assert!(last.is_some(), "the stream that the other handle made");
}

/// Of writers over both handles who each want to be the first with a tag, one wins.
pub async fn of_writers_over_both_handles_one_wins(fixture: &dyn Fixture) {
    let Some(handles) = both(fixture).await else { return };
    for round in 0..10 {
        let mail = format!("mail:{round}");
        let tasks = (0..32).map(|n| {
            let store = Arc::clone(&handles[n % 2]);
            let event = event(&format!("user/{round}-{n}"), "Registered").tagged(&[&mail]);
            let condition = AppendCondition::nothing_in(Scope::tagged([tag(&mail)]), Position::START);
            tokio::spawn(async move { store.append(conditional([event], condition)).await })
        });
        let mut won = 0;
        for answer in within("every append is answered", join_all(tasks)).await {
            match answer.expect("an append broke") {
                Ok(_) => won += 1,
                Err(AppendError::Conflict(_)) => {}
                Err(other) => panic!("an append was refused by {}", why(&other)),
            }
        }
        assert_eq!(won, 1, "winners of {mail}");
    }
}

/// While writers write through both handles, readers of each see every event once and in order.
pub async fn readers_of_each_handle_miss_nothing(fixture: &dyn Fixture) {
    let Some(handles) = both(fixture).await else { return };
    let readers: Vec<_> =
        (0..4).map(|n| follow(&handles[n % 2], Scope::default().into(), stream("end/1"))).collect();
    let writers = (0..8).map(|n| {
        let store = Arc::clone(&handles[n % 2]);
        tokio::spawn(async move {
            for _ in 0..40 {
                append(&*store, several(2, &format!("account/{n}"), "Deposited")).await;
            }
        })
    });
    for ended in within("every writer ends", join_all(writers)).await {
        ended.expect("a writer broke");
    }
    append(&*handles[0], [event("end/1", "Ended")]).await;
    let log: Vec<_> = log(&*handles[1]).await.iter().map(RecordedEvent::position).collect();
    assert_eq!(log.len(), 8 * 40 * 2 + 1, "events in the log");
    for reader in readers {
        let followed = within("every reader ends", reader).await.expect("a reader broke");
        let seen: Vec<_> = followed.events.iter().map(RecordedEvent::position).collect();
        assert_eq!(seen, log, "what a reader was shown (left), and the log (right)");
    }
}

async fn both(fixture: &dyn Fixture) -> Option<[Arc<dyn EventStore>; 2]> {
    let one = fixture.open().await;
    let other = fixture.open_beside().await;
    if other.is_none() {
        nothing_to_test("the store has one handle only");
    }
    Some([one, other?])
}
