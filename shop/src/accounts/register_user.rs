//! Register a user, whose e-mail nobody else holds.

use diptych::{At, Command, Context, Events, Personal, Rejection, StreamId, command::States};

use super::{Email, EmailOwners, User, UserEvent, UserId};

/// The most characters of a name that is made of an e-mail.
const MAX_NAME: usize = 200;

/// Register a user.
#[derive(Clone)]
pub struct RegisterUser {
    /// The user's id, which must be free.
    pub user_id: UserId,
    /// Their e-mail, which nobody else may hold.
    pub email: Email,
    /// How they want to be called; else what stands before the `@`.
    pub display_name: Option<String>,
    /// Where their picture is.
    pub avatar_url: Option<String>,
}

/// Why a user is not registered.
#[derive(Rejection)]
pub enum RegisterUserRejection {
    /// The id is taken.
    #[reject(taken, "there is a user {user_id} already")]
    UserExists {
        /// The id.
        user_id: UserId,
    },
    /// Someone holds the e-mail.
    #[reject(taken, "another user has this e-mail")]
    EmailTaken,
}

impl RegisterUser {
    fn name(&self) -> String {
        let from_email = || self.email.local_part().chars().take(MAX_NAME).collect();
        self.display_name.clone().unwrap_or_else(from_email)
    }
}

impl Command for RegisterUser {
    const NAME: &'static str = "RegisterUser";
    type Reads = (At<User>, At<EmailOwners>);
    type Rejection = RegisterUserRejection;

    fn target(&self) -> StreamId {
        StreamId::of("user", &self.user_id)
    }

    fn reads(&self, cx: &Context) -> Self::Reads {
        (At::id(&self.user_id), EmailOwners::of(&self.email, cx))
    }

    fn decide(&self, states: &States<Self>, cx: &Context) -> Result<Events, RegisterUserRejection> {
        let (user, owners) = states;
        if user.exists() {
            return Err(RegisterUserRejection::UserExists { user_id: self.user_id.clone() });
        }
        let email_key = self.email.key(cx);
        if owners.holder(&email_key).is_some() {
            return Err(RegisterUserRejection::EmailTaken);
        }
        Ok(Events::one(
            self.target(),
            UserEvent::UserRegistered {
                user_id: self.user_id.clone(),
                email: self.email.personal(),
                email_key,
                display_name: Personal::plain(self.name()),
                avatar_url: self.avatar_url.clone().map(Personal::plain),
            },
        ))
    }
}

#[cfg(test)]
mod tests {
    use diptych_testkit::{given, given_nothing, on};

    use super::*;
    use crate::accounts::example::{moved, registered, user};

    fn register(id: &str, email: &str) -> RegisterUser {
        let email = email.parse().unwrap();
        RegisterUser { user_id: user(id), email, display_name: None, avatar_url: None }
    }

    #[test]
    fn a_user_without_a_name_is_called_as_their_e_mail_begins() {
        given_nothing().when(register("ann", "ann@example.org")).then([registered(
            "ann",
            "ann@example.org",
            "ann",
        )]);
    }

    #[test]
    fn a_name_that_is_given_counts() {
        let named = RegisterUser { display_name: Some("Ann".into()), ..register("ann", "a@example.org") };
        given_nothing().when(named).then([registered("ann", "a@example.org", "Ann")]);
    }

    #[test]
    fn a_name_made_of_a_long_e_mail_is_cut() {
        let long = register("ann", &format!("{}@b", "é".repeat(252)));
        assert_eq!(long.name(), "é".repeat(200));
    }

    #[test]
    fn an_e_mail_is_held_once_however_it_is_written() {
        given([on("user/ann", registered("ann", "ann@example.org", "ann"))])
            .when(register("bob", "ANN@Example.ORG"))
            .then_rejected(RegisterUserRejection::EmailTaken);
    }

    #[test]
    fn an_e_mail_that_was_given_up_is_free_and_the_new_one_is_not() {
        let history = || {
            [
                on("user/ann", registered("ann", "old@example.org", "ann")),
                on("user/ann", moved("ann", "old@example.org", "new@example.org")),
            ]
        };
        given(history()).when(register("bob", "old@example.org")).then([registered(
            "bob",
            "old@example.org",
            "old",
        )]);
        given(history())
            .when(register("bob", "new@example.org"))
            .then_rejected(RegisterUserRejection::EmailTaken);
    }

    #[test]
    fn an_e_mail_that_came_back_into_use_is_held_by_its_new_holder() {
        given([
            on("user/ann", registered("ann", "x@example.org", "ann")),
            on("user/ann", moved("ann", "x@example.org", "y@example.org")),
            on("user/bob", registered("bob", "x@example.org", "bob")),
        ])
        .when(register("cid", "x@example.org"))
        .then_rejected(RegisterUserRejection::EmailTaken);
    }

    #[test]
    fn an_id_is_taken_once() {
        given([registered("ann", "ann@example.org", "ann")])
            .when(register("ann", "other@example.org"))
            .then_rejected(RegisterUserRejection::UserExists { user_id: user("ann") });
    }
}
