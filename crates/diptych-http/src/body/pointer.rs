//! JSON pointers (RFC 6901): where in a body something is.

use std::fmt;

/// One step of a [`Pointer`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// Into the member of an object.
    Member(String),
    /// Into the item of a list, from 0.
    Item(usize),
}

/// The way from the whole body to a place in it; empty means the body itself.
///
/// # Example
/// ```
/// use diptych_http::body::{Pointer, Segment};
///
/// let pointer = Pointer::from(vec![Segment::Member("a/b~c".to_owned()), Segment::Item(0)]);
/// assert_eq!(pointer.to_string(), "/a~1b~0c/0");
/// assert_eq!(Pointer::default().to_string(), "");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pointer(Vec<Segment>);

impl From<Vec<Segment>> for Pointer {
    fn from(segments: Vec<Segment>) -> Self {
        Self(segments)
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in &self.0 {
            match segment {
                Segment::Member(name) => write!(f, "/{}", name.replace('~', "~0").replace('/', "~1"))?,
                Segment::Item(index) => write!(f, "/{index}")?,
            }
        }
        Ok(())
    }
}
