//! Rules of reading: every filter both ways, pages that neither skip nor repeat, and how far a page has looked.

use diptych_core::{
    EventStore, Filter, Position, RecordedEvent, Scope, StreamId,
    store::{Direction, MAX_PAGE, ReadRequest, StreamEnd, StreamsRequest},
};

use super::Fixture;
use crate::draft::{Draft, all, append, event, head, log, several, stream, tag};

/// Forward is from old to new, backward from new to old; each shows everything.
pub async fn the_log_is_read_forward_and_backward(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let mut appended = Vec::new();
    for name in ["account/1", "account/2", "account/1"] {
        appended.extend(append(&*store, several(2, name, "Opened")).await.events);
    }
    assert_eq!(log(&*store).await, appended, "forward");
    appended.reverse();
    assert_eq!(all(&*store, Filter::All, Direction::Backward, MAX_PAGE).await, appended, "backward");
}

/// A reader goes on after the position it names, forward, and before it, backward; never with it.
pub async fn a_reader_goes_on_beyond_the_position_it_names(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let places: Vec<_> = append(&*store, several(5, "account/1", "Opened"))
        .await
        .events
        .iter()
        .map(RecordedEvent::position)
        .collect();
    for filter in [Filter::All, Scope::stream(stream("account/1")).into()] {
        let forward = page(&*store, ReadRequest::after(filter.clone(), places[1])).await.0;
        assert_eq!(forward, places[2..], "after {} with {filter:?}", places[1]);
        let mut backward = page(&*store, ReadRequest::before(filter.clone(), places[3])).await.0;
        backward.reverse();
        assert_eq!(backward, places[..3], "before {} with {filter:?}", places[3]);
    }
}

/// Reading by stream gives that stream, and narrowed by type and tag only those events of it.
pub async fn events_are_found_by_stream(fixture: &dyn Fixture) {
    let stream = || Scope::stream(stream("account/2"));
    let narrowed = [stream().of_types(["Closed"]), stream().with_tag(tag("plan:b"))];
    agrees(fixture, [stream(), narrowed[0].clone(), narrowed[1].clone()]).await;
}

/// Reading by category gives every stream of that kind and no other.
pub async fn events_are_found_by_category(fixture: &dyn Fixture) {
    let category = || Scope::category("account");
    agrees(fixture, [category(), category().of_types(["Opened"]).with_tag(tag("plan:a"))]).await;
}

/// Reading by type gives events of any of the types named.
pub async fn events_are_found_by_type(fixture: &dyn Fixture) {
    let types = |names: &[&'static str]| Scope::default().of_types(names.iter().copied());
    agrees(fixture, [types(&["Opened"]), types(&["Opened", "Closed"])]).await;
}

/// Reading by tags gives events that have all of them, in whatever streams.
pub async fn events_are_found_by_tags(fixture: &dyn Fixture) {
    let tags = |names: &[&str]| Scope::tagged(names.iter().map(|name| tag(name)));
    let typed = tags(&["part:2"]).of_types(["Closed", "Opened"]);
    agrees(fixture, [tags(&["plan:a"]), tags(&["plan:a", "part:1"]), typed]).await;
}

/// Reading by several scopes gives events that are in any of them, each once, although it may be in several.
pub async fn events_are_found_by_any_of_several_scopes(fixture: &dyn Fixture) {
    let scopes = vec![
        Scope::stream(stream("account/1")),
        Scope::tagged([tag("plan:a")]),
        Scope::category("order").of_types(["Closed"]),
        Scope::stream(stream("account/1")).of_types(["Opened"]),
    ];
    let everything = vec![Scope::category("account"), Scope::default()];
    agrees(fixture, [scopes.clone(), scopes[2..].to_vec(), everything].map(Filter::Any)).await;
}

/// A filter of no scopes passes nothing, and is at the end of the log at once or in a few pages.
pub async fn a_filter_of_no_scopes_passes_nothing(fixture: &dyn Fixture) {
    agrees(fixture, [Filter::Any(Vec::new())]).await;
}

/// A page never has more events than asked for, and never more than [`MAX_PAGE`].
pub async fn a_page_has_a_limit(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    for _ in 0..3 {
        append(&*store, several(MAX_PAGE / 2, "account/1", "Opened")).await;
    }
    for filter in [Filter::All, Scope::stream(stream("account/1")).into()] {
        for (limit, most) in [(1, 1), (MAX_PAGE, MAX_PAGE), (MAX_PAGE + 1, MAX_PAGE), (usize::MAX, MAX_PAGE)]
        {
            for direction in [Direction::Forward, Direction::Backward] {
                let from = if direction == Direction::Forward { Position::START } else { Position::END };
                let request = ReadRequest { filter: filter.clone(), from, limit, direction };
                let count = page(&*store, request).await.0.len();
                assert!(count <= most, "{count} events in a page for a limit of {limit} ({direction:?})");
            }
        }
    }
}

/// A page of a limit of nothing skips nothing.
pub async fn a_page_without_room_skips_nothing(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let first = append(&*store, several(2, "account/1", "Opened")).await.events[0].position();
    let (events, considered, _) =
        page(&*store, ReadRequest::after(Filter::All, Position::START).limit(0)).await;
    assert!(
        events.is_empty() && considered < first,
        "a page without room considered everything up to {considered}"
    );
}

/// At the end of the log everything up to the head was considered, whatever the filter; of an empty log, all of nothing.
pub async fn at_the_end_everything_up_to_the_head_was_considered(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let (none, start) = (Scope::default().of_types(["Never"]), Position::START);
    assert_eq!(
        page(&*store, ReadRequest::after(Filter::All, start)).await,
        (vec![], start, start),
        "an empty log"
    );
    assert_eq!(page(&*store, ReadRequest::before(Filter::All, Position::END)).await, (vec![], start, start));
    let end = append(&*store, several(3, "account/1", "Opened")).await.position;
    for filter in [Filter::All, none.into(), Scope::stream(stream("account/1")).into()] {
        let last = all_pages(&*store, &filter).await;
        assert_eq!((last.1, last.2), (end, end), "considered and head at the end, with {filter:?}");
    }
    assert_eq!(
        page(&*store, ReadRequest::after(Filter::All, end)).await,
        (vec![], end, end),
        "from the head"
    );
}

/// Backward, at the end of the log, everything down to the start was considered.
pub async fn backward_at_the_end_everything_was_considered(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let first = append(&*store, several(3, "account/1", "Opened")).await.events[0].position();
    let (events, considered, _) = page(&*store, ReadRequest::before(Filter::All, first)).await;
    assert_eq!((events, considered), (vec![], Position::START), "before the first event");
}

/// A filter that few events pass comes to the head, in as many pages as the log needs and no more.
pub async fn a_sparse_filter_comes_to_the_head(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let rare = |name| event(name, "Rare").tagged(&["rare:1"]);
    let mut expected = vec![append(&*store, [rare("rare/1")]).await.position];
    for _ in 0..3 {
        append(&*store, several(900, "account/1", "Opened")).await;
    }
    expected.push(append(&*store, [rare("rare/2")]).await.position);
    append(&*store, several(900, "account/1", "Opened")).await;
    let scopes =
        [Scope::category("rare"), Scope::tagged([tag("rare:1")]), Scope::default().of_types(["Rare"])];
    for scope in scopes {
        for direction in [Direction::Forward, Direction::Backward] {
            let mut found = all(&*store, scope.clone(), direction, 10).await;
            found.sort_by_key(RecordedEvent::position);
            let found: Vec<_> = found.iter().map(RecordedEvent::position).collect();
            assert_eq!(found, expected, "what {scope:?} finds ({direction:?})");
        }
    }
}

/// The head is that of the log, not of the filter, and every page tells it.
pub async fn every_page_tells_the_head(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    append(&*store, several(3, "account/1", "Opened")).await;
    append(&*store, several(3, "order/1", "Created")).await;
    let end = head(&*store).await;
    let request = ReadRequest::after(Scope::category("account"), Position::START).limit(1);
    assert_eq!(page(&*store, request).await.2, end, "the head of a page in the middle");
}

/// Streams are listed once each, with where they end, by number, of one category or of all; the list goes on after a number.
pub async fn streams_are_listed_with_their_ends(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    for (name, events) in [("account/1", 3), ("order/1", 1), ("account/2", 2), ("order/1", 2)] {
        append(&*store, several(events, name, "Opened")).await;
    }
    let list = async |category: Option<&str>, after: u64, limit: usize| {
        let request = StreamsRequest { category: category.map(str::to_owned), after, limit };
        store.streams(request).await.expect("streams can be listed")
    };
    let shown = |ends: &[StreamEnd]| -> Vec<_> {
        let one = |end: &StreamEnd| format!("{} {} {}", end.stream, end.revision, end.position);
        ends.iter().map(one).collect()
    };
    let last = async |name: &str| {
        let (category, id) = name.split_once('/').expect("a category and an id");
        let stream = StreamId::parse(category, id).expect("a stream");
        let (revision, position) = store.last_of(&stream).await.expect("asked").expect("it has events");
        format!("{name} {revision} {position}")
    };
    let all = list(None, 0, MAX_PAGE).await;
    let expected = [last("account/1").await, last("order/1").await, last("account/2").await];
    assert_eq!(shown(&all), expected);
    assert!(all.is_sorted_by_key(|end| end.number) && all.iter().all(|end| end.number > 0), "{all:?}");
    assert_eq!(list(None, all[0].number, 1).await, all[1..2]);
    assert_eq!(list(None, all[2].number, 1).await, []);
    assert_eq!(shown(&list(Some("account"), 0, MAX_PAGE).await), [&*expected[0], &*expected[2]]);
    assert_eq!(list(Some("nothing"), 0, MAX_PAGE).await, []);
    assert_eq!(store.damage().await.expect("looked for"), Vec::<String>::new());
}

/// From beyond the head there is nothing to read, which is no error.
pub async fn beyond_the_head_there_is_nothing(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    append(&*store, several(3, "account/1", "Opened")).await;
    for beyond in [Position::new(1_000_000), Position::END] {
        assert!(page(&*store, ReadRequest::after(Filter::All, beyond)).await.0.is_empty(), "after {beyond}");
    }
}

/// The places of a page's events, how far it considered, and the head it tells.
async fn page(store: &dyn EventStore, request: ReadRequest) -> (Vec<Position>, Position, Position) {
    let page = store.read(request).await.expect("a page can be read");
    (page.events.iter().map(RecordedEvent::position).collect(), page.considered, page.head)
}

/// The last page that a forward reader gets.
async fn all_pages(store: &dyn EventStore, filter: &Filter) -> (Vec<Position>, Position, Position) {
    let mut last = page(store, ReadRequest::after(filter.clone(), Position::START)).await;
    while last.1 < last.2 {
        last = page(store, ReadRequest::after(filter.clone(), last.1)).await;
    }
    last
}

/// Each filter finds, both ways and with pages of any size, exactly what passes the matcher of reference.
async fn agrees(fixture: &dyn Fixture, filters: impl IntoIterator<Item = impl Into<Filter>>) {
    let store = fixture.open().await;
    varied_log(&*store).await;
    let everything = log(&*store).await;
    for filter in filters.into_iter().map(Into::into) {
        let passes = |event: &&RecordedEvent| filter.passes(event.stream(), &event.event_type, &event.tags);
        let mut expected: Vec<_> = everything.iter().filter(passes).cloned().collect();
        for limit in [1, 2, 7, MAX_PAGE] {
            let found = all(&*store, filter.clone(), Direction::Forward, limit).await;
            assert_eq!(found, expected, "forward by {limit} with {filter:?}");
        }
        expected.reverse();
        for limit in [1, 2, 7, MAX_PAGE] {
            let found = all(&*store, filter.clone(), Direction::Backward, limit).await;
            assert_eq!(found, expected, "backward by {limit} with {filter:?}");
        }
    }
}

/// Every combination of some streams, types and tags, in appends of various sizes.
async fn varied_log(store: &dyn EventStore) {
    let mut waiting = Vec::new();
    for name in ["account/1", "order/1", "account/2", "accounts/2", "account/1"] {
        for event_type in ["Opened", "Deposited", "Closed"] {
            for tags in [&[][..], &["plan:a"], &["plan:b", "part:1"], &["plan:a", "part:1", "part:2"]] {
                waiting.push(event(name, event_type).tagged(tags));
                if waiting.len() % 5 == 4 {
                    append(store, std::mem::take(&mut waiting)).await;
                }
            }
        }
    }
    append(store, waiting).await;
}
