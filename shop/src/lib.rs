//! The domain of the shop: what may be wished for, what has happened, and what can be asked.
//!
//! One folder per part of the business, each with its events, its states, a file per command, and `views/` with a file
//! per projection and per query. Read [`orders`] first, then [`accounts`], [`catalog`] and [`blog`]; the rules of each are in its commands' files.
//! Nothing here knows HTTP beyond the types of numbers that the API prints; the routes stand beside the folders' other files.

pub mod accounts;
pub mod blog;
pub mod catalog;
pub mod listing;
pub mod mean;
pub mod money;
pub mod orders;
pub mod pair;
pub mod personal;
pub mod rows;

/// Registers everything that the shop can do.
///
/// # Example
/// ```
/// let app = shop::register(diptych::App::open("memory:")?);
/// # Ok::<(), diptych::UrlError>(())
/// ```
#[must_use]
pub fn register(app: diptych::App) -> diptych::App {
    blog::register(catalog::register(orders::register(accounts::register(app))))
}

/// Everything that the shop answers over HTTP.
#[must_use]
pub fn routes() -> diptych_http::Routes {
    orders::routes()
        .and(accounts::routes())
        .and(catalog::routes())
        .and(blog::routes())
        .socket_at_root("order")
        .title("The shop")
}
