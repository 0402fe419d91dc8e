//! Reading the log for an operator: page by page, with a bound on what one call considers.

use std::{borrow::Cow, time::Duration};

use diptych::{
    Correlation, CorrelationId, Failure, Filter, Node, Position, RecordedEvent, Scope, StreamId, Timestamp,
    store::{Direction, MAX_PAGE, ReadRequest},
};

use crate::{Problem, outcome, params::Params};

/// The most events of one answer.
pub(super) const MOST: u32 = 1_000;
/// How many pages one call reads at most in search of what was asked for.
const PAGES: usize = 20;

/// By so much the moments of neighbours in the log may stand out of order: they are stamped before they are appended.
const OUT_OF_ORDER: Duration = Duration::from_secs(2);

/// Which part of the log is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    /// Forward only events after this place, backward only events before it.
    pub(super) from: Position,
    /// Which way.
    pub(super) direction: Direction,
    /// At most so many.
    pub(super) limit: usize,
}

impl Stretch {
    /// `from`, inclusive, and `limit`; from old to new.
    pub(super) fn of(params: Params<'_>, default_limit: u32) -> Result<Self, Problem> {
        Self::going(Direction::Forward, params, default_limit)
    }

    /// The same, with `order`.
    pub(super) fn either_way(params: Params<'_>, default_limit: u32) -> Result<Self, Problem> {
        let words = [("oldest", Direction::Forward), ("newest", Direction::Backward)];
        let direction = params.choice("order", &words)?.unwrap_or_default();
        Self::going(direction, params, default_limit)
    }

    fn going(direction: Direction, params: Params<'_>, default_limit: u32) -> Result<Self, Problem> {
        let from = params.whole("from", 0..=u64::MAX)?;
        let from = match direction {
            Direction::Forward => Position::new(from.unwrap_or(0).saturating_sub(1)),
            Direction::Backward => from.map_or(Position::END, |from| after(Position::new(from))),
        };
        let limit = params.limit(default_limit, MOST)?;
        Ok(Self { from, direction, limit: usize::try_from(limit).unwrap_or(MAX_PAGE) })
    }

    fn request(self, filter: &Filter, at: Position, limit: usize) -> ReadRequest {
        let request = match self.direction {
            Direction::Forward => ReadRequest::after(filter.clone(), at),
            Direction::Backward => ReadRequest::before(filter.clone(), at),
        };
        request.limit(limit)
    }

    /// Whether there is nothing beyond this place.
    fn ends_at(self, place: Position, last: Position) -> bool {
        match self.direction {
            Direction::Forward => place >= last,
            Direction::Backward => place <= last,
        }
    }
}

/// When: from `since` on, before `until`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Span {
    /// `since` and `until`, as RFC 3339.
    pub(super) fn of(params: Params<'_>) -> Result<Self, Problem> {
        let moment = |name| -> Result<Option<Timestamp>, Problem> {
            let text = params.text(name)?;
            let parsed = text.map(|text| Timestamp::parse(&text)).transpose();
            parsed.map_err(|_| Problem::invalid_parameter(name, "must be a moment: 2024-12-31T23:59:00Z"))
        };
        Ok(Self { since: moment("since")?, until: moment("until")? })
    }

    fn holds(self, at: Timestamp) -> bool {
        self.since.is_none_or(|since| at >= since) && self.until.is_none_or(|until| at < until)
    }

    /// Between which places, both exclusive, all of it lies; found by halving the log, not by going through it.
    async fn places(self, node: &Node) -> Result<(Position, Position), Failure> {
        let low = match self.since {
            None => Position::START,
            Some(since) => first_from(node, since.minus(OUT_OF_ORDER)).await?,
        };
        let high = match self.until {
            None => Position::END,
            Some(until) => after(first_from(node, until.plus(OUT_OF_ORDER)).await?),
        };
        Ok((low, high))
    }
}

/// The last place before the first event of this moment or later.
async fn first_from(node: &Node, moment: Timestamp) -> Result<Position, Failure> {
    let (mut low, mut high) = (0, node.store().head().await?.get());
    while low < high {
        let middle = low + (high - low) / 2;
        let next = ReadRequest::after(Filter::All, Position::new(middle)).limit(1);
        let page = node.store().read(next).await?;
        match page.events.first() {
            Some(event) if event.metadata.recorded_at < moment => low = event.position().get().min(high),
            Some(_) | None => high = middle,
        }
    }
    Ok(Position::new(low))
}

fn after(position: Position) -> Position {
    Position::new(position.get().saturating_add(1)).min(Position::END)
}

/// What is looked for.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    pub(super) filter: Filter,
    pub(super) conversation: Option<&'a CorrelationId>,
    pub(super) span: Span,
}

impl Wanted<'_> {
    /// Whether an event that passed the filter is one of them.
    fn holds(&self, event: &RecordedEvent) -> bool {
        self.conversation.is_none_or(|id| *id == event.metadata.correlation_id)
            && self.span.holds(event.metadata.recorded_at)
    }

    /// Whether the filter alone says what is wanted.
    fn is_plain(&self) -> bool {
        self.conversation.is_none() && self.span.since.is_none() && self.span.until.is_none()
    }
}

/// What was found.
pub(super) struct Found {
    pub(super) events: Vec<RecordedEvent>,
    /// From where to go on; none at the end.
    pub(super) next: Option<Position>,
    pub(super) head: Position,
}

/// The wanted events of a stretch.
pub(super) async fn find(node: &Node, wanted: &Wanted<'_>, stretch: Stretch) -> Result<Found, Failure> {
    let (low, high) = wanted.span.places(node).await?;
    let mut at = stretch.from.clamp(low, high);
    let limit = stretch.limit;
    let (mut events, mut head) = (Vec::new(), Position::START);
    for _ in 0..PAGES {
        let page_of = if wanted.is_plain() { limit - events.len() } else { MAX_PAGE };
        let page = node.store().read(stretch.request(&wanted.filter, at, page_of)).await?;
        (head, at) = (page.head, page.considered);
        events.extend(page.events.into_iter().filter(|event| wanted.holds(event)));
        if events.len() > limit {
            events.truncate(limit);
            at = events.last().map_or(at, RecordedEvent::position);
        }
        if events.len() == limit || stretch.ends_at(at, last(stretch, (low, high), head)) {
            break;
        }
    }
    let more = !stretch.ends_at(at, last(stretch, (low, high), head));
    let next = match stretch.direction {
        Direction::Forward => after(at),
        Direction::Backward => Position::new(at.get().saturating_sub(1)),
    };
    Ok(Found { events, next: (more && next > Position::START).then_some(next), head })
}

/// The place beyond which there is nothing of what is looked for.
fn last(stretch: Stretch, (low, high): (Position, Position), head: Position) -> Position {
    match stretch.direction {
        Direction::Forward => head.min(high),
        Direction::Backward => low,
    }
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
