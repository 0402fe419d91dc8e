//! What can be asked of accounts, and the projections that the answers come from.
//!
//! | projection | rows | asked by |
//! |---|---|---|
//! | [`user_views`] | a user with their counts | [`GetUser`] |
//! | [`user_posts`] | a post | [`ListPosts`] |
//! | [`timelines`] | a post for each reader, the posts, the follows | [`ListTimeline`] |
//! | [`users`](write_side::users) | the write side, normalised, inline | nobody here |

pub mod get_user;
pub mod list_posts;
pub mod list_timeline;
pub mod timelines;
pub mod user_posts;
pub mod user_views;
pub mod write_side;

pub use get_user::{GetUser, UserView};
pub use list_posts::{ListPosts, PostView};
pub use list_timeline::ListTimeline;

pub(super) fn register(app: diptych::App) -> diptych::App {
    app.inline(write_side::users)
        .projection(user_views::user_views)
        .projection(user_posts::user_posts)
        .query(get_user::get_user)
        .projection(timelines::timelines)
        .query(list_posts::list_posts)
        .query(list_timeline::list_timeline)
}
