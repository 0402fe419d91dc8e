//! Write a post.
//!
//! It is addressed to the post, which its receipt names; the user, whom the path names, must exist.

use diptych::{At, Command, Context, Events, Rejection, StreamId, command::States};

use super::{Post, PostEvent, PostId, User, UserId};

/// Write a post.
#[derive(Clone, Debug)]
pub struct CreatePost {
    /// The post's id, which must be free.
    pub post_id: PostId,
    /// Who writes.
    pub user_id: UserId,
    /// What.
    pub text: String,
}

/// Why a post is not written.
#[derive(Rejection)]
pub enum CreatePostRejection {
    /// There is no such user.
    #[reject(not_found)]
    UserNotFound,
    /// The id is taken.
    #[reject(taken, "there is a post {post_id} already")]
    PostExists {
        /// The id.
        post_id: PostId,
    },
}

impl Command for CreatePost {
    const NAME: &'static str = "CreatePost";
    type Reads = (At<Post>, At<User>);
    type Rejection = CreatePostRejection;

    fn target(&self) -> StreamId {
        StreamId::of("post", &self.post_id)
    }

    fn reads(&self, _: &Context) -> Self::Reads {
        (At::id(&self.post_id), At::id(&self.user_id))
    }

    fn decide(&self, states: &States<Self>, _: &Context) -> Result<Events, CreatePostRejection> {
        let (post, user) = states;
        let Self { post_id, user_id, text } = self.clone();
        if !user.exists() {
            return Err(CreatePostRejection::UserNotFound);
        }
        if post.exists() {
            return Err(CreatePostRejection::PostExists { post_id });
        }
        Ok(Events::one(self.target(), PostEvent::PostCreated { post_id, user_id, text }))
    }
}

#[cfg(test)]
mod tests {
    use diptych_testkit::{given, given_nothing};

    use super::*;
    use crate::accounts::example::{known, posted, user};

    fn post(user_id: &str) -> CreatePost {
        CreatePost { post_id: PostId::new("P-1").unwrap(), user_id: user(user_id), text: "Hello".into() }
    }

    #[test]
    fn a_user_writes_a_post() {
        given([known("ann")]).when(post("ann")).then([posted("P-1", "ann", "Hello")]);
    }

    #[test]
    fn an_id_is_taken_once_whoever_wrote() {
        given([known("ann"), known("bob"), posted("P-1", "ann", "Hello")])
            .when(post("bob"))
            .then_rejected(CreatePostRejection::PostExists { post_id: PostId::new("P-1").unwrap() });
    }

    #[test]
    fn nobody_writes_nothing() {
        given_nothing().when(post("ann")).then_rejected(CreatePostRejection::UserNotFound);
    }
}
