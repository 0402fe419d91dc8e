//! The matcher in SQL is the matcher of reference, for readers and for conditions, on random logs and filters.

use std::collections::BTreeSet;

use diptych_core::{
    AppendCondition, AppendError, Filter, NewEvent, Position, Scope,
    store::{Direction, ReadRequest},
};
use diptych_testkit::draft::{Draft, all, append, conditional, event, log, stream, tag};
use proptest::{collection::vec, option, prelude::*, sample::select};

use crate::Folder;

const STREAMS: [&str; 5] = ["order/1", "order/2", "user/1", "user/2", "unknown/1"];
const CATEGORIES: [&str; 3] = ["order", "user", "unknown"];
const TYPES: [&str; 4] = ["Created", "Paid", "Closed", "Unknown"];
const TAGS: [&str; 5] = ["a:1", "a:2", "b:1", "b:2", "unknown:1"];

fn events() -> impl Strategy<Value = NewEvent> {
    let tags = proptest::sample::subsequence(TAGS[..4].to_vec(), 0..=4);
    (select(&STREAMS[..4]), select(&TYPES[..3]), tags)
        .prop_map(|(name, event_type, tags)| event(name, event_type).tagged(&tags))
}

fn scopes() -> impl Strategy<Value = Scope> {
    let stream_of = option::weighted(0.3, select(&STREAMS[..]));
    let category = option::weighted(0.3, select(&CATEGORIES[..]));
    let tags = vec(select(&TAGS[..]), 0..3);
    let types = vec(select(&TYPES[..]), 0..3);
    (stream_of, category, tags, types).prop_map(|(stream_of, category, tags, types)| Scope {
        stream: stream_of.map(stream),
        category: category.map(Into::into),
        tags: tags.into_iter().map(tag).collect(),
        types: types.into_iter().map(Into::into).collect::<BTreeSet<_>>(),
    })
}

fn filters() -> impl Strategy<Value = Filter> {
    prop_oneof![1 => Just(Filter::All), 9 => vec(scopes(), 0..4).prop_map(Filter::Any)]
}

#[derive(Clone, Debug)]
struct Ask {
    filter: Filter,
    limit: usize,
    after: u64,
}

fn asks() -> impl Strategy<Value = Ask> {
    (filters(), 1_usize..6, 0_u64..50).prop_map(|(filter, limit, after)| Ask { filter, limit, after })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn what_is_read_and_what_conflicts_is_what_the_reference_says(
        events in vec(events(), 1..40),
        asks in vec(asks(), 8),
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let place = Folder::new();
            let store = place.store();
            append(&*store, events).await;
            let recorded = log(&*store).await;
            // Once with the events in the writer's memory, once with none of them.
            agree(&*store, &recorded, &asks).await?;
            store.close().await.unwrap();
            agree(&*place.store(), &recorded, &asks).await
        })?;
    }
}

async fn agree(
    store: &dyn diptych_core::EventStore,
    recorded: &[diptych_core::RecordedEvent],
    asks: &[Ask],
) -> Result<(), TestCaseError> {
    for Ask { filter, limit, after } in asks {
        let passing =
            recorded.iter().filter(|event| filter.passes(event.stream(), &event.event_type, &event.tags));
        let mut expected: Vec<_> = passing.cloned().collect();
        let after = Position::new(*after);
        let newer = expected.iter().find(|event| event.position() > after).map(|event| event.position());
        prop_assert_eq!(&all(store, filter.clone(), Direction::Forward, *limit).await, &expected);
        expected.reverse();
        prop_assert_eq!(&all(store, filter.clone(), Direction::Backward, *limit).await, &expected);

        let scopes = match filter {
            Filter::All => vec![Scope::default()],
            Filter::Any(scopes) => scopes.clone(),
        };
        let condition =
            AppendCondition { after, ..AppendCondition::nothing_in(diptych_core::Boundary(scopes), after) };
        let refused = match store.append(conditional([], condition)).await {
            Ok(_) => false,
            Err(AppendError::Conflict(_)) => true,
            Err(error @ (AppendError::KeyUsed(_) | AppendError::Failure(_))) => panic!("{error}"),
        };
        prop_assert_eq!(refused, newer.is_some(), "a condition on {:?} after {}", filter, after);
    }
    Ok(())
}

#[test]
fn a_sparse_filter_is_read_in_bounded_pieces() {
    diptych_testkit::deadline::run(async {
        let place = Folder::new();
        let store = place.store();
        for _ in 0..10 {
            append(&*store, diptych_testkit::draft::several(1_000, "order/1", "Common")).await;
        }
        append(&*store, [event("order/2", "Rare")]).await;
        let rare = Scope::default().of_types(["Rare", "Unknown"]);
        let mut request = ReadRequest::after(rare, Position::START);
        let mut pages = Vec::new();
        loop {
            let page = store.read(request.clone()).await.unwrap();
            pages.push((page.events.len(), page.considered.get()));
            request.from = page.considered;
            if page.considered == page.head {
                break;
            }
        }
        assert_eq!(pages, [(0, 8_000), (1, 10_001)]);
    });
}
