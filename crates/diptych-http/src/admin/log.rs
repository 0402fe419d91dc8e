//! Reading the log for an operator: page by page, with a bound on what one call considers.

use std::borrow::Cow;

use diptych::{
    Correlation, CorrelationId, Failure, Filter, Node, Position, RecordedEvent, Scope, StreamId,
    store::{MAX_PAGE, ReadRequest},
};

use crate::{Problem, outcome, params::Params};

/// The most events of one answer.
pub(super) const MOST: u32 = 1_000;
/// How many pages one call reads at most in search of what was asked for.
const PAGES: usize = 20;

/// Which part of the log is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    /// Only events after this place.
    pub(super) after: Position,
    /// At most so many.
    pub(super) limit: usize,
}

impl Stretch {
    /// `from`, inclusive, and `limit`.
    pub(super) fn of(params: Params<'_>, default_limit: u32) -> Result<Self, Problem> {
        let from = params.whole("from", 0..=u64::MAX)?.unwrap_or(0);
        let limit = params.limit(default_limit, MOST)?;
        let limit = usize::try_from(limit).unwrap_or(MAX_PAGE);
        Ok(Self { after: Position::new(from.saturating_sub(1)), limit })
    }
}

/// What was found.
pub(super) struct Found {
    pub(super) events: Vec<RecordedEvent>,
    /// From where to go on; none at the end.
    pub(super) next: Option<Position>,
    pub(super) head: Position,
}

/// The events of a stretch that pass the filter and belong to the conversation, where one is named.
pub(super) async fn find(
    node: &Node,
    filter: &Filter,
    conversation: Option<&CorrelationId>,
    stretch: Stretch,
) -> Result<Found, Failure> {
    let Stretch { mut after, limit } = stretch;
    let mut events = Vec::new();
    let mut head = Position::START;
    for _ in 0..PAGES {
        let page_of = if conversation.is_some() { MAX_PAGE } else { limit - events.len() };
        let page = node.store().read(ReadRequest::after(filter.clone(), after).limit(page_of)).await?;
        (head, after) = (page.head, page.considered.max(after));
        let own = |event: &RecordedEvent| conversation.is_none_or(|id| *id == event.metadata.correlation_id);
        events.extend(page.events.into_iter().filter(own));
        if events.len() > limit {
            events.truncate(limit);
            after = events.last().map_or(after, RecordedEvent::position);
        }
        if events.len() == limit || after >= head {
            break;
        }
    }
    let next = (after < head).then(|| Position::new(after.get().saturating_add(1)));
    Ok(Found { events, next, head })
}

/// The streams that a conversation has written to, narrowed by what else was asked for.
pub(super) fn streams_of(known: &Correlation, narrowed: &Scope) -> Filter {
    let streams = known.things.iter().filter_map(|thing| {
        let (category, id) = thing.split_once(':')?;
        StreamId::parse(category, id).ok()
    });
    let fits = |stream: &StreamId| {
        narrowed.stream.as_ref().is_none_or(|own| own == stream)
            && narrowed.category.as_ref().is_none_or(|own| own == stream.category())
    };
    Filter::Any(
        streams.filter(fits).map(|stream| Scope { stream: Some(stream), ..narrowed.clone() }).collect(),
    )
}

/// What is known of a conversation; none where it is unknown.
pub(super) async fn known(node: &Node, id: &CorrelationId) -> Result<Option<Correlation>, Problem> {
    node.correlation(id).await.map_err(|failure| outcome::of_failure(&failure))
}

/// The name of an event, with those that it was stored under before.
pub(super) fn stored_names(node: &Node, name: &str) -> Vec<Cow<'static, str>> {
    match diptych::codec::find(node.schemas(), name) {
        Some(schema) => diptych::codec::stored_names(std::slice::from_ref(schema)).collect(),
        None => vec![Cow::Owned(name.to_owned())],
    }
}
