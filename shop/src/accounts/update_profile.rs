//! Change a user's profile: name, picture, e-mail. That the caller knows the profile's present version is held by the bus.

use diptych::{At, Command, Context, Events, Personal, Rejection, Scope, StreamId, command::States};

use super::{Email, EmailOwners, User, UserEvent, UserId};

/// Change a profile; what is none stays as it is.
#[derive(Clone)]
pub struct UpdateProfile {
    /// Whose.
    pub user_id: UserId,
    /// The new e-mail, which nobody else may hold.
    pub email: Option<Email>,
    /// How they want to be called now.
    pub display_name: Option<String>,
    /// Where their picture is now.
    pub avatar_url: Option<String>,
}

/// Why a profile is not changed.
#[derive(Rejection)]
pub enum UpdateProfileRejection {
    /// There is no such user.
    #[reject(not_found)]
    UserNotFound,
    /// Someone else holds the e-mail.
    #[reject(taken, "another user has this e-mail")]
    EmailTaken,
}

impl UpdateProfile {
    fn changes_nothing(&self) -> bool {
        self.email.is_none() && self.display_name.is_none() && self.avatar_url.is_none()
    }
}

impl Command for UpdateProfile {
    const NAME: &'static str = "UpdateProfile";
    type Reads = (At<User>, At<EmailOwners>);
    type Rejection = UpdateProfileRejection;

    fn target(&self) -> StreamId {
        StreamId::of("user", &self.user_id)
    }

    fn reads(&self, cx: &Context) -> Self::Reads {
        let owners = match &self.email {
            Some(email) => EmailOwners::of(email, cx),
            // Without a new e-mail nobody's but their own matters, and that scope is read already.
            None => At::scope(Scope::stream(self.target())),
        };
        (At::id(&self.user_id), owners)
    }

    fn decide(&self, states: &States<Self>, cx: &Context) -> Result<Events, UpdateProfileRejection> {
        let (user, owners) = states;
        let own_key = user.email_key().ok_or(UpdateProfileRejection::UserNotFound)?;
        let key = self.email.as_ref().map(|email| email.key(cx));
        if key.as_ref().and_then(|key| owners.holder(key)).is_some_and(|holder| *holder != self.user_id) {
            return Err(UpdateProfileRejection::EmailTaken);
        }
        if self.changes_nothing() {
            return Ok(Events::none());
        }
        // An e-mail that differs from the present one in case alone has the same key, which stays held.
        let email_key = key.filter(|key| key != own_key);
        Ok(Events::one(
            self.target(),
            UserEvent::UserProfileUpdated {
                user_id: self.user_id.clone(),
                email: self.email.as_ref().map(Email::personal),
                released_email_key: email_key.as_ref().map(|_| own_key.clone()),
                email_key,
                display_name: self.display_name.clone().map(Personal::plain),
                avatar_url: self.avatar_url.clone().map(Personal::plain),
            },
        ))
    }
}

#[cfg(test)]
mod tests {
    use diptych_testkit::{given, given_nothing, on};

    use super::*;
    use crate::accounts::example::{moved, registered, updated, user};

    fn nothing() -> UpdateProfile {
        UpdateProfile { user_id: user("ann"), email: None, display_name: None, avatar_url: None }
    }

    fn email(text: &str) -> UpdateProfile {
        UpdateProfile { email: Some(text.parse().unwrap()), ..nothing() }
    }

    fn ann() -> UserEvent {
        registered("ann", "ann@example.org", "Ann")
    }

    #[test]
    fn a_name_is_changed_and_the_e_mail_stays_held() {
        let rename = UpdateProfile { display_name: Some("Ann B.".into()), ..nothing() };
        given([ann()]).when(rename).then([updated("ann", None, Some("Ann B."))]);
    }

    #[test]
    fn a_new_e_mail_releases_the_one_before() {
        given([ann()]).when(email("b@example.org")).then([moved("ann", "ann@example.org", "b@example.org")]);
    }

    #[test]
    fn an_e_mail_written_in_another_case_keeps_its_key() {
        given([ann()]).when(email("Ann@Example.org")).then([updated("ann", Some("Ann@Example.org"), None)]);
    }

    #[test]
    fn an_e_mail_that_someone_else_holds_is_refused() {
        given([ann()])
            .and([on("user/bob", registered("bob", "bob@example.org", "Bob"))])
            .when(email("BOB@example.org"))
            .then_rejected(UpdateProfileRejection::EmailTaken);
    }

    #[test]
    fn an_e_mail_may_be_taken_back_while_it_is_free() {
        given([ann(), moved("ann", "ann@example.org", "b@example.org")])
            .when(email("ann@example.org"))
            .then([moved("ann", "b@example.org", "ann@example.org")]);
    }

    #[test]
    fn nothing_to_change_changes_nothing() {
        given([ann()]).when(nothing()).then_nothing();
    }

    #[test]
    fn nobody_is_not_found_before_any_e_mail_is_looked_at() {
        given([on("user/bob", registered("bob", "bob@example.org", "Bob"))])
            .when(email("bob@example.org"))
            .then_rejected(UpdateProfileRejection::UserNotFound);
        given_nothing().when(nothing()).then_rejected(UpdateProfileRejection::UserNotFound);
    }
}
