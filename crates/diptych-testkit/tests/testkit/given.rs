//! Given/when/then says what is right, and panics at what is not.

use std::panic::{UnwindSafe, catch_unwind};

use diptych_core::Personal;
use diptych_testkit::{fold, given, given_nothing, on, sealed, stored};

use crate::bank::{
    Account, AccountEvent, BankRejection, Collect, Open, Transfer, deposited, id, opened, withdrawn,
};

fn open(account: &str, mail: &'static str) -> Open {
    Open { owner: "Ann", mail, account: id(account) }
}

fn transfer(cents: i64) -> Transfer {
    Transfer { from: id("A"), to: id("B"), cents }
}

fn two_accounts() -> [diptych_testkit::given::Happened; 3] {
    [
        on("account/A", opened("A", "Ann", "ann@example.org")),
        on("account/B", opened("B", "Bob", "bob@example.org")),
        on("account/A", deposited(100)),
    ]
}

#[test]
fn an_event_without_a_stream_is_of_the_commands_target() {
    given([opened("A", "Ann", "a@example.org"), deposited(70)])
        .and([on("account/B", opened("B", "Bob", "b@example.org"))])
        .when(transfer(30))
        .then([on("account/A", withdrawn(30)), on("account/B", deposited(30))]);
}

#[test]
fn personal_values_and_tags_are_compared_as_they_would_be_stored() {
    given_nothing().when(open("A", "ann@example.org")).then([opened("A", "Ann", "ann@example.org")]);
    let granted = given_nothing().when(open("A", "ann@example.org")).granted();
    let payload = String::from_utf8_lossy(&granted[0].payload).into_owned();
    assert!(!payload.contains("Ann"), "{payload}");
}

#[test]
fn a_scope_by_tag_spans_streams() {
    given([on("account/B", opened("B", "Bob", "taken@example.org"))])
        .when(open("A", "taken@example.org"))
        .then_rejected(BankRejection::MailTaken);
    given([on("account/B", opened("B", "Bob", "other@example.org"))])
        .when(open("A", "free@example.org"))
        .then([opened("A", "Ann", "free@example.org")]);
}

#[test]
fn what_is_already_so_leads_to_nothing() {
    given([opened("A", "Ann", "ann@example.org")]).when(open("A", "ann@example.org")).then_nothing();
}

#[test]
fn a_refusal_is_compared_with_its_values() {
    given(two_accounts()).when(transfer(101)).then_rejected(BankRejection::Insufficient { balance: 100 });
    given_nothing().when(transfer(1)).then_rejected(BankRejection::NoAccount(id("A")));
}

#[test]
fn reads_that_follow_from_reads_are_loaded() {
    given([on("account/A", AccountEvent::Grouped { with: vec![id("B"), id("C"), id("D")] })])
        .and([on("account/B", deposited(5)), on("account/C", deposited(7)), on("account/X", deposited(9))])
        .when(Collect { into: id("A") })
        .then([on("account/B", withdrawn(5)), on("account/C", withdrawn(7)), on("account/A", deposited(12))]);
    given_nothing().when(Collect { into: id("A") }).then_nothing();
}

#[test]
fn old_events_are_read_through_their_upcasters() {
    given(two_accounts())
        .and([stored("account/A", "PaidIn", 1, r#"{"amount":25}"#)])
        .when(transfer(125))
        .then([on("account/A", withdrawn(125)), on("account/B", deposited(125))]);
}

#[test]
fn a_fold_shows_sealed_values() {
    let account: Account = fold([opened("A", "Ann", "ann@example.org"), deposited(3)]);
    assert_eq!(account.cents, 3);
    let expected: Personal<String> = sealed("A", "Ann".to_owned());
    assert_eq!(account.owner, Some(expected));
}

#[test]
fn what_is_wrong_panics_and_says_what_was_found() {
    for (wrong, said) in [
        (
            panics(|| given(two_accounts()).when(transfer(5)).then([withdrawn(5)])),
            "Deposited v2 of account/B",
        ),
        (panics(|| given(two_accounts()).when(transfer(5)).then_nothing()), "{\"cents\":5}"),
        (
            panics(|| {
                given(two_accounts())
                    .when(transfer(101))
                    .then_rejected(BankRejection::Insufficient { balance: 7 });
            }),
            "balance: 100",
        ),
        (
            panics(|| given(two_accounts()).when(transfer(5)).then_rejected(BankRejection::MailTaken)),
            "Withdrawn v1 of account/A",
        ),
        (panics(|| given(two_accounts()).when(transfer(101)).then_nothing()), "insufficient: only 100 cents"),
        (
            panics(|| {
                given([stored("account/A", "Deposited", 3, "{}")]).when(transfer(5)).then_nothing();
            }),
            "knows up to 2",
        ),
    ] {
        assert!(wrong.contains(said), "{said:?} is not in {wrong:?}");
    }
}

fn panics(test: impl FnOnce() + UnwindSafe) -> String {
    let panic = catch_unwind(test).expect_err("the test passed");
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}
