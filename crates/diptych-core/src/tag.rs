//! Tags: `key:value` put on an event when it is recorded, so that a decision may span streams.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

/// The most bytes a tag may have, key and colon included.
pub const MAX_TAG: usize = 512;

/// One `key:value`. Made from payloads by the event's derive (`#[tag("customer")]`); a derived index, never the truth.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tag(Arc<str>);

impl Tag {
    /// The tag of this key and value. The key is a word of the program and has no colon; the value may be any text.
    #[must_use]
    pub fn new(key: &str, value: impl fmt::Display) -> Self {
        Self(format!("{key}:{value}").into())
    }

    /// A tag that was stored.
    #[must_use]
    pub fn stored(text: &str) -> Self {
        Self(text.into())
    }

    /// `key:value`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the first colon.
    #[must_use]
    pub fn key(&self) -> &str {
        self.0.split_once(':').map_or(&*self.0, |(key, _)| key)
    }

    /// What stands after the first colon.
    #[must_use]
    pub fn value(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, value)| value)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A field that gives tags: one text gives one, `None` none, a list one each.
#[diagnostic::on_unimplemented(
    message = "a tag cannot be made of `{Self}`",
    label = "gives no tags",
    note = "a field marked `#[tag(\"…\")]` is a `String`, an id (`#[derive(Id)]`), a `Blind` of a personal value, or an `Option` or `Vec` of these"
)]
pub trait TagValues {
    /// Calls `put` with each value.
    fn each(&self, put: &mut dyn FnMut(&dyn fmt::Display));
}

impl TagValues for String {
    fn each(&self, put: &mut dyn FnMut(&dyn fmt::Display)) {
        put(self);
    }
}

impl TagValues for Arc<str> {
    fn each(&self, put: &mut dyn FnMut(&dyn fmt::Display)) {
        put(self);
    }
}

impl TagValues for crate::id::Id {
    fn each(&self, put: &mut dyn FnMut(&dyn fmt::Display)) {
        put(self);
    }
}

impl TagValues for crate::personal::Blind {
    fn each(&self, put: &mut dyn FnMut(&dyn fmt::Display)) {
        put(self);
    }
}

impl<T: TagValues> TagValues for Option<T> {
    fn each(&self, put: &mut dyn FnMut(&dyn fmt::Display)) {
        if let Some(value) = self {
            value.each(put);
        }
    }
}

impl<T: TagValues> TagValues for Vec<T> {
    fn each(&self, put: &mut dyn FnMut(&dyn fmt::Display)) {
        for value in self {
            value.each(put);
        }
    }
}

impl<T: TagValues + ?Sized> TagValues for &T {
    fn each(&self, put: &mut dyn FnMut(&dyn fmt::Display)) {
        (**self).each(put);
    }
}
