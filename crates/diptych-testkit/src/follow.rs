//! A reader that follows a log while it is written: what completeness is tested with.

use std::sync::Arc;

use diptych_core::{EventStore, Filter, Position, RecordedEvent, StreamId, store::ReadRequest};
use tokio::task::JoinHandle;

/// What a reader was shown.
#[derive(Debug, Default)]
pub struct Followed {
    /// The events, as they came.
    pub events: Vec<RecordedEvent>,
    /// The head of each page, as they came.
    pub heads: Vec<Position>,
}

/// Follows a log from its start by watch and by pages, in small steps, until the page that comes to the end of the log
/// after `end` has an event.
///
/// It ends with what it was shown, right or wrong. The task panics where the store fails.
pub fn follow(store: &Arc<dyn EventStore>, filter: Filter, end: StreamId) -> JoinHandle<Followed> {
    let store = Arc::clone(store);
    tokio::spawn(async move {
        let mut watch = store.watch();
        let mut followed = Followed::default();
        let mut from = Position::START;
        loop {
            let mut head = watch.past(from).await.expect("an open store tells of news");
            while from < head {
                let request = ReadRequest::after(filter.clone(), from).limit(7);
                let page = store.read(request).await.expect("a page can be read");
                assert!(
                    page.considered > from,
                    "a page after {from} came no further, with the head at {head}"
                );
                from = page.considered;
                followed.events.extend(page.events);
                followed.heads.push(page.head);
                // The log may have gone on since the watch answered, and a page may end in the middle of an append.
                head = head.max(page.head);
            }
            let ended = store.last_of(&end).await.expect("the last of a stream can be asked for");
            if ended.is_some_and(|(_, position)| position <= from) {
                return followed;
            }
        }
    })
}
