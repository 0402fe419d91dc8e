//! The ids in a path, by their names in the route's template.
//!
//! Read from the raw path and not through a router's extractor: what is no id, or no UTF-8, names nothing that exists,
//! and is 404 like any other id of nothing.

use std::str::FromStr;

use diptych::InvalidId;
use percent_encoding::percent_decode_str;

use crate::Problem;

/// The ids in one request's path.
#[derive(Clone, Debug)]
pub(crate) struct PathIds(Vec<(&'static str, String)>);

impl PathIds {
    /// Those of a path that the router matched with this template.
    pub(crate) fn of(template: &'static str, path: &str) -> Self {
        let ids = template.split('/').zip(path.split('/')).filter_map(|(name, segment)| {
            let name = name.strip_prefix('{')?.strip_suffix('}')?;
            Some((name, percent_decode_str(segment).decode_utf8_lossy().into_owned()))
        });
        Self(ids.collect())
    }

    /// The text of the id of this name; empty where the template has none.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| text)
    }

    /// Whether the template names one so.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| *known == name)
    }

    /// The id of this name.
    ///
    /// # Errors
    /// 404 where it breaks the rules of ids.
    pub(crate) fn parse<I: FromStr<Err = InvalidId>>(&self, name: &str) -> Result<I, Problem> {
        self.text(name).parse().map_err(|error: InvalidId| Problem::not_found(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_taken_by_their_names_and_what_is_none_is_not_found() {
        let ids = PathIds::of("/api/articles/{id}/likes/{userId}", "/api/articles/A%2D1/likes/%FF");
        assert_eq!(ids.text("id"), "A-1");
        assert!(ids.parse::<diptych::Id>("id").is_ok());
        assert_eq!(ids.parse::<diptych::Id>("userId").unwrap_err().status(), 404);
        assert!(!ids.has("other"));
    }
}
