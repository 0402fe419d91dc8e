//! The schema in which the tables stand. How they are made is in `migrate.rs`.

use std::sync::Arc;

use crate::open_error::OpenError;

/// The longest name of a schema of ours, in bytes: names of generations begin with it.
pub(crate) const LONGEST: usize = 30;

/// The name of a schema: nothing that needs quotes.
#[derive(Clone, Debug)]
pub(crate) struct Schema(Arc<str>);

impl Schema {
    /// Takes a name.
    ///
    /// # Errors
    /// [`OpenError::Url`] where it needs quotes or is too long.
    pub(crate) fn parse(name: &str) -> Result<Self, OpenError> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let begins = name.starts_with(|c: char| c.is_ascii_lowercase()) && !name.starts_with("pg_");
        if begins && name.len() <= LONGEST && name.chars().all(fits) {
            return Ok(Self(name.into()));
        }
        let problem = format!(
            "a schema's name is a lower-case letter, then a-z 0-9 _, at most {LONGEST}, which {name:?} is not"
        );
        Err(OpenError::Url { problem, source: None })
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.0
    }

    /// A statement of ours with the schema's name in it.
    pub(crate) fn sql(&self, text: &str) -> String {
        text.replace("{schema}", &self.0)
    }
}
