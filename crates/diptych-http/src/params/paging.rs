//! Which part of a list: `page` and `limit`, or `after`.

use super::{ParameterError, Params};

/// The items of a page where nothing is said.
pub const DEFAULT_LIMIT: u32 = 20;
/// The most items of a page.
pub const MAX_LIMIT: u32 = 100;
/// How far pages reach (`page × limit`); beyond it lead only links.
pub const MAX_REACH: u32 = 10_000;

/// The part of a list that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging {
    /// Where it starts.
    pub start: Start,
    /// How many items it has at most.
    pub limit: u32,
}

/// Where a part of a list starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// At a page, from 1.
    Page(u32),
    /// Where a link leads: the text of a [`Cursor`](crate::Cursor), not looked at yet.
    After(String),
}

impl Paging {
    /// How many items stand before the page; none where it starts at a cursor.
    #[must_use]
    pub fn offset(&self) -> u32 {
        match self.start {
            Start::Page(page) => page.saturating_sub(1).saturating_mul(self.limit),
            Start::After(_) => 0,
        }
    }
}

impl Params<'_> {
    /// `page`, `limit` and `after`.
    ///
    /// # Errors
    /// [`ParameterError`] where a number is out of range, the page lies beyond [`MAX_REACH`], or both `page` and `after`
    /// are given.
    pub fn paging(self) -> Result<Paging, ParameterError> {
        let limit = self.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
        let page = self.whole("page", 1..=u64::from(MAX_REACH))?.and_then(|page| u32::try_from(page).ok());
        let start = match (page, self.given("after")?) {
            (Some(_), Some(_)) => {
                return Err(ParameterError::invalid("page", "must be left out where after is given"));
            }
            (None, Some(after)) => Start::After(after.into_owned()),
            (page, None) => Start::Page(page.unwrap_or(1)),
        };
        match start {
            Start::Page(page) if page.saturating_mul(limit) > MAX_REACH => {
                let detail = format!("page × limit must be at most {MAX_REACH}: follow the links instead");
                Err(ParameterError::invalid("page", detail))
            }
            Start::Page(_) | Start::After(_) => Ok(Paging { start, limit }),
        }
    }

    /// `limit` alone, for lists that are not paged by number.
    ///
    /// # Errors
    /// [`ParameterError`] where it is not from 1 to `most`.
    pub fn limit(self, default: u32, most: u32) -> Result<u32, ParameterError> {
        let limit = self.whole("limit", 1..=u64::from(most))?;
        Ok(limit.and_then(|limit| u32::try_from(limit).ok()).unwrap_or(default))
    }
}
