//! Personal values on their way out: opened in queries, at the rim, and nowhere else.

use diptych::{Failure, Personal, Reader};

/// The text; empty once the person was erased.
///
/// # Errors
/// [`Failure`] where the keys cannot be read or the value was tampered with.
pub async fn opened(db: &Reader, sealed: &Personal<String>) -> Result<String, Failure> {
    Ok(db.open(sealed).await?.unwrap_or_default())
}

/// The text; none where none was given, or once the person was erased.
///
/// # Errors
/// [`Failure`] as for [`opened`].
pub async fn opened_if_any(
    db: &Reader,
    sealed: Option<&Personal<String>>,
) -> Result<Option<String>, Failure> {
    match sealed {
        Some(sealed) => db.open(sealed).await,
        None => Ok(None),
    }
}
