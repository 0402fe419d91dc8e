//! Commands: how they are addressed, decided and read from JSON.

use diptych::{Command, Events, StreamId, reads::Reads};
use schemars::SchemaGenerator;
use serde_json::json;

use crate::{
    bank::{Account, AccountEvent, AccountId, Withdraw, WithdrawRejection},
    given::context,
};

fn withdraw(cents: i64) -> Withdraw {
    Withdraw { account: AccountId::new("A-1").unwrap(), cents }
}

/// Opens an account, unless there is one.
#[derive(diptych_macros::Command)]
#[command(on = Account, id = account_id, rejection = diptych::Never)]
struct OpenAccount {
    account_id: AccountId,
    owner: String,
    #[serde(default)]
    note: Option<String>,
}

impl OpenAccount {
    #[allow(clippy::unnecessary_wraps)]
    fn decide(
        &self,
        account: &Account,
        cx: &diptych::Context,
    ) -> Result<Option<AccountEvent>, diptych::Never> {
        let owner = format!("{} since {} {}", self.owner, cx.now(), self.note.as_deref().unwrap_or("-"));
        Ok((!account.open).then_some(AccountEvent::Opened { owner }))
    }
}

#[test]
fn a_command_is_addressed_to_the_stream_of_its_thing() {
    let stream = StreamId::parse("account", "A-1").unwrap();
    assert_eq!(Withdraw::NAME, "Withdraw");
    assert_eq!(withdraw(1).target(), stream);
    assert_eq!(withdraw(1).reads(&context()).wanted()[0].scope, diptych::Scope::stream(stream));
}

#[test]
fn a_decision_answers_events_for_the_stream_or_the_typed_no() {
    let account = Account { open: true, cents: 5 };
    let events = Command::decide(&withdraw(3), &account, &context()).unwrap();
    let (stream, event) = events.of::<AccountEvent>().next().unwrap();
    assert_eq!(stream.to_string(), "account/A-1");
    assert_eq!(event, &AccountEvent::Withdrawn { cents: 3 });
    let no = Command::decide(&withdraw(6), &account, &context()).unwrap_err();
    assert_eq!(no, WithdrawRejection::Insufficient { balance: 5 });
}

#[test]
fn a_decision_may_take_the_context_and_answer_that_it_is_already_so() {
    let command: OpenAccount = serde_json::from_value(json!({ "accountId": "A-1", "owner": "Ann" })).unwrap();
    let decide = |open| Command::decide(&command, &Account { open, cents: 0 }, &context());
    assert_eq!(decide(false).map(|events: Events| events.len()).unwrap_or_default(), 1);
    assert!(decide(true).is_ok_and(|events| events.is_empty()));
}

#[test]
fn json_of_a_command_is_camel_case_and_strict() {
    for (bad, why) in [
        (json!({ "owner": "Ann" }), "missing field `accountId`"),
        (json!({ "accountId": "A-1", "owner": "Ann", "extra": 1 }), "unknown field `extra`"),
        (json!({ "accountId": "a/b", "owner": "Ann" }), "an id is"),
        (json!([]), "invalid length 0, expected struct OpenAccount"),
    ] {
        let error = serde_json::from_value::<OpenAccount>(bad).err().unwrap().to_string();
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn a_command_has_a_json_schema_with_its_docs() {
    let schema = SchemaGenerator::default().into_root_schema_for::<OpenAccount>().to_value();
    assert_eq!(schema["title"], "OpenAccount");
    assert_eq!(schema["description"], "Opens an account, unless there is one.");
    assert_eq!(schema["required"], json!(["accountId", "owner"]));
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["properties"]["accountId"]["maxLength"], 128);
}
