//! What is visible already of one conversation, for a client that asks for it after the fact.

use diptych::{
    Correlation, CorrelationId, Failure, Filter, Node, Position, RecordedEvent, Scope, StreamId, Tag,
    store::ReadRequest,
};
use tokio::time::Instant;

use crate::{Thing, feed::Change};

/// How many events are read at a time, and how often, in search of a conversation's last on one thing.
const PAGE: usize = 200;
const PAGES: usize = 20;

/// What can be told of one thing that a conversation touched.
pub(super) enum Told {
    /// Its view holds this change.
    Now(Change),
    /// The conversation's command found everything so already, at a place that the view has yet to come to.
    Once(Change),
    /// The feed will tell it.
    ByFeed,
}

/// Up to where the views of this kind are filled.
pub(super) fn filled(node: &Node, thing: &Thing) -> Position {
    let marks = thing.projections(node).into_iter().map(|name| node.watermarks().of(name));
    marks.min().unwrap_or_default()
}

/// The things of this kind that a conversation touched.
pub(super) fn touched<'a>(known: &'a Correlation, thing: &'a Thing) -> impl Iterator<Item = &'a str> {
    let own = |text: &'a String| text.strip_prefix(thing.category())?.strip_prefix(':');
    known.things.iter().filter_map(own)
}

/// What of a conversation can be told of one thing, whose view is filled up to `filled`.
pub(super) async fn told(
    node: &Node,
    thing: &Thing,
    id: &str,
    conversation: (&CorrelationId, &Correlation),
    filled: Position,
) -> Result<Told, Failure> {
    let (correlation_id, known) = conversation;
    let change = |position| Change {
        thing: thing.clone(),
        id: id.into(),
        position,
        correlation_id: correlation_id.clone(),
        at: Instant::now(),
    };
    Ok(match last(node, thing, id, conversation, filled).await? {
        Last::Visible(position) => Told::Now(change(position)),
        Last::ToCome => Told::ByFeed,
        Last::None if known.position <= filled => Told::Now(change(known.position)),
        Last::None => Told::Once(change(known.position)),
    })
}

/// Where the last event of a conversation on one thing is.
enum Last {
    Visible(Position),
    /// All of them are beyond what the view holds.
    ToCome,
    /// There is none: the command changed nothing.
    None,
}

async fn last(
    node: &Node,
    thing: &Thing,
    id: &str,
    (correlation_id, known): (&CorrelationId, &Correlation),
    filled: Position,
) -> Result<Last, Failure> {
    let mut scopes = vec![Scope::tagged([Tag::new(thing.category(), id)])];
    scopes.extend(StreamId::parse(thing.category(), id).map(Scope::stream));
    let filter = Filter::Any(scopes);
    let mut found = Last::None;
    // Exclusive, so one past the last.
    let mut before = Position::new(known.position.get().saturating_add(1));
    for _ in 0..PAGES {
        let page = node.store().read(ReadRequest::before(filter.clone(), before).limit(PAGE)).await?;
        let own = |event: &&RecordedEvent| event.metadata.correlation_id == *correlation_id;
        for event in page.events.iter().filter(own) {
            if event.position() <= filled {
                return Ok(Last::Visible(event.position()));
            }
            found = Last::ToCome;
        }
        if page.considered == Position::START {
            break;
        }
        before = page.considered;
    }
    Ok(found)
}
