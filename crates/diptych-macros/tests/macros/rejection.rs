//! Rejections: their kinds, codes and texts.

use diptych::{Rejection, RejectionKind};
use diptych_macros::Rejection;

#[derive(Rejection)]
enum ShipRejection {
    #[reject(not_found)]
    NoOrder,
    #[reject(gone)]
    UserErased,
    #[reject(rule, "only {left} of {wanted:?} are left", code = "too-few")]
    TooFew { left: u32, wanted: String },
    #[reject(taken)]
    NumberTaken,
    #[reject(unauthorized, "{{not}} you")]
    NotYours,
    #[reject(invalid = "/customerId", "no such customer")]
    NoCustomer,
    #[reject(invalid = "", "too much in all")]
    TooMuch,
}

#[test]
fn a_rejection_has_kind_code_and_text() {
    let few = ShipRejection::TooFew { left: 2, wanted: "pens".into() };
    for (rejection, kind, code, text) in [
        (ShipRejection::NoOrder, RejectionKind::NotFound, "no-order", "no order"),
        (ShipRejection::UserErased, RejectionKind::Gone, "user-erased", "user erased"),
        (few, RejectionKind::Rule, "too-few", r#"only 2 of "pens" are left"#),
        (ShipRejection::NumberTaken, RejectionKind::Taken, "number-taken", "number taken"),
        (ShipRejection::NotYours, RejectionKind::Unauthorized, "not-yours", "{not} you"),
        (
            ShipRejection::NoCustomer,
            RejectionKind::Invalid { pointer: "/customerId" },
            "no-customer",
            "no such customer",
        ),
        (ShipRejection::TooMuch, RejectionKind::Invalid { pointer: "" }, "too-much", "too much in all"),
    ] {
        assert_eq!((rejection.kind(), rejection.code(), rejection.to_string().as_str()), (kind, code, text));
        assert_eq!(rejection.clone(), rejection);
    }
}

#[test]
fn a_rejection_is_shown_as_it_is_written() {
    let few = ShipRejection::TooFew { left: 2, wanted: "pens".into() };
    assert_eq!(
        format!("{few:?} {:?}", ShipRejection::NoOrder),
        r#"TooFew { left: 2, wanted: "pens" } NoOrder"#
    );
    assert_ne!(few, ShipRejection::TooFew { left: 3, wanted: "pens".into() });
    assert_ne!(few, ShipRejection::NoOrder);
}
