//! The answer of every list.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The items, in the order of the list.
    pub items: Vec<T>,
    /// The number of this page, from 1.
    pub page: u32,
    /// The most items it could have.
    pub limit: u32,
    /// How many items the whole list has.
    pub total: u64,
    /// Where to go from here.
    pub links: PageLinks,
}

/// The ways out of a page; one that leads nowhere is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PageLinks {
    /// To the items after these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// To the items before these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prev: Option<String>,
}

impl<T> Page<T> {
    /// The same page of other items, such as the views made of rows.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        let Self { items, page, limit, total, links } = self;
        Page { items: items.into_iter().map(change).collect(), page, limit, total, links }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_link_that_leads_nowhere_is_absent() {
        let links = PageLinks { next: Some("/api/orders?after=x".to_owned()), prev: None };
        let page = Page { items: vec![1, 2], page: 1, limit: 20, total: 57, links }.map(|item| item * 2);
        let expected = json!({
            "items": [2, 4], "page": 1, "limit": 20, "total": 57, "links": { "next": "/api/orders?after=x" },
        });
        assert_eq!(serde_json::to_value(&page).unwrap(), expected);
    }
}
