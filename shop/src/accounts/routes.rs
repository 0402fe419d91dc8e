//! Accounts over HTTP: bodies in, commands out; queries in, views out.

use diptych::StreamId;
use diptych_http::{
    ListCall, ListRoute, Problem, Routes, Thing, ThingPaths,
    body::{Integer, Text},
};
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, de::IgnoredAny};

use super::{
    CreatePost, Email, FollowUser, PostId, RegisterUser, UnfollowUser, UpdateProfile, UserId,
    views::{GetUser, ListPosts, ListTimeline},
};
use crate::listing::NEWEST_FIRST;

/// The body of `POST /api/users`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RegisterBody {
    user_id: Option<UserId>,
    email: Email,
    display_name: Option<Text<1, 200>>,
    avatar_url: Option<Text<1, 1000>>,
    /// Refused until there are sessions to use it for.
    #[schemars(skip)]
    password: Option<IgnoredAny>,
}

/// The body of `PATCH /api/users/{id}`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpdateBody {
    version: Option<Integer<0, { i64::MAX }>>,
    display_name: Option<Text<1, 200>>,
    avatar_url: Option<Text<1, 1000>>,
    email: Option<Email>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FollowBody {
    followed_id: UserId,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PostBody {
    post_id: Option<PostId>,
    text: Text<1, 10_000>,
}

/// Everything about users.
pub fn routes() -> Routes {
    let user = Thing::new("user", "/api/users/{id}", "userId", "UserViewUpdated", |user_id: UserId| {
        GetUser { user_id }
    });
    let paths = ThingPaths { status: "/api/users/{id}/status", stream: "/api/users/{id}/stream" };
    commands(Routes::new().thing(&user, paths), &user)
        .list(ListRoute::at("/api/users/{id}/posts").summary("A user's posts, newest first"), |call| {
            Ok(ListPosts { user_id: whose(call)?, part: call.part.clone() })
        })
        .list(
            ListRoute::at("/api/users/{id}/timeline").summary("Posts of those they follow, newest first"),
            |call| Ok(ListTimeline { user_id: whose(call)?, part: call.part.clone() }),
        )
}

/// The user whose list it is, who must exist.
fn whose(call: &mut ListCall<'_>) -> Result<UserId, Problem> {
    call.begins_well(|part| NEWEST_FIRST.check(part))?;
    let user_id = call.id()?;
    call.of(StreamId::of("user", &user_id));
    Ok(user_id)
}

fn commands(routes: Routes, user: &Thing) -> Routes {
    routes
        .command(
            user.takes(Method::POST, "/api/users").summary("Register a user"),
            |call, body: RegisterBody| {
                if body.password.is_some() {
                    return Err(Problem::invalid("/password", "is not taken: there are no sessions yet"));
                }
                Ok(RegisterUser {
                    user_id: call.chosen(body.user_id)?,
                    email: body.email,
                    display_name: body.display_name.map(Text::into_string),
                    avatar_url: body.avatar_url.map(Text::into_string),
                })
            },
        )
        .command(
            user.takes(Method::PATCH, "/api/users/{id}").summary("Change a user's profile"),
            |call, body: UpdateBody| {
                call.version(body.version.and_then(|version| u64::try_from(version.get()).ok()));
                Ok(UpdateProfile {
                    user_id: call.id()?,
                    email: body.email,
                    display_name: body.display_name.map(Text::into_string),
                    avatar_url: body.avatar_url.map(Text::into_string),
                })
            },
        )
        .command(
            user.takes(Method::POST, "/api/users/{id}/follow").summary("Follow another user"),
            |call, body: FollowBody| {
                Ok(FollowUser { follower_id: call.id()?, followed_id: body.followed_id })
            },
        )
        .command(
            user.takes(Method::POST, "/api/users/{id}/unfollow").summary("Follow no longer"),
            |call, body: FollowBody| {
                Ok(UnfollowUser { follower_id: call.id()?, followed_id: body.followed_id })
            },
        )
        .command(
            user.takes(Method::POST, "/api/users/{id}/posts")
                .summary("Write a post")
                .makes("postId", "/api/users/{id}/posts"),
            |call, body: PostBody| {
                Ok(CreatePost {
                    post_id: call.chosen(body.post_id)?,
                    user_id: call.id()?,
                    text: body.text.into_string(),
                })
            },
        )
}
