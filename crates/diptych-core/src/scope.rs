//! Scopes: the events that one state is folded from, or that a subscriber wants.

use std::{borrow::Cow, collections::BTreeSet};

use crate::{stream::StreamId, tag::Tag};

/// A stream, or the events with given tags and types; every part that is set narrows it.
///
/// The empty scope holds every event. In a log with millions of events, name a stream, a tag or a category: a scope of
/// types alone has no index in any store and is read by going through the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    /// Only this stream.
    pub stream: Option<StreamId>,
    /// Only streams of this category.
    pub category: Option<Cow<'static, str>>,
    /// Only events that have all of these.
    pub tags: BTreeSet<Tag>,
    /// Only events of one of these stored names; empty means of any.
    pub types: BTreeSet<Cow<'static, str>>,
}

impl Scope {
    /// Every event of one stream.
    #[must_use]
    pub fn stream(stream: StreamId) -> Self {
        Self { stream: Some(stream), ..Self::default() }
    }

    /// Every event of the streams of one kind of thing.
    #[must_use]
    pub fn category(category: impl Into<Cow<'static, str>>) -> Self {
        Self { category: Some(category.into()), ..Self::default() }
    }

    /// Every event that has all of these tags.
    #[must_use]
    pub fn tagged(tags: impl IntoIterator<Item = Tag>) -> Self {
        Self { tags: tags.into_iter().collect(), ..Self::default() }
    }

    /// Narrowed to events of these stored names, former ones included by whoever makes the list.
    #[must_use]
    pub fn of_types(mut self, types: impl IntoIterator<Item = impl Into<Cow<'static, str>>>) -> Self {
        self.types.extend(types.into_iter().map(Into::into));
        self
    }

    /// Narrowed to events that have this tag too.
    #[must_use]
    pub fn with_tag(mut self, tag: Tag) -> Self {
        self.tags.insert(tag);
        self
    }

    /// Whether an event is in it. This is the matcher of reference: every store must agree with it.
    #[must_use]
    pub fn holds(&self, stream: &StreamId, event_type: &str, tags: &[Tag]) -> bool {
        self.stream.as_ref().is_none_or(|own| own == stream)
            && self.category.as_ref().is_none_or(|own| own == stream.category())
            && (self.types.is_empty() || self.types.contains(event_type))
            && self.tags.iter().all(|tag| tags.contains(tag))
    }
}

/// What a reader of the log wants: everything, or what is in at least one scope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Filter {
    /// Every event.
    #[default]
    All,
    /// Events in at least one of these; none at all if there is none.
    Any(Vec<Scope>),
}

impl Filter {
    /// Whether an event passes. The matcher of reference.
    #[must_use]
    pub fn passes(&self, stream: &StreamId, event_type: &str, tags: &[Tag]) -> bool {
        match self {
            Self::All => true,
            Self::Any(scopes) => scopes.iter().any(|scope| scope.holds(stream, event_type, tags)),
        }
    }
}

impl From<Scope> for Filter {
    fn from(scope: Scope) -> Self {
        Self::Any(vec![scope])
    }
}
