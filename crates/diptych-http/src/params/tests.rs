//! What each parameter takes and what it refuses.

use std::time::Duration;

use http::Uri;

use super::*;
use crate::headers::PreferWait;

fn uri(query: &str) -> Uri {
    format!("/api/orders?{query}").parse().unwrap()
}

/// Runs a reader on a query.
macro_rules! read {
    ($query:expr, $params:ident => $read:expr) => {{
        let uri = uri($query);
        let $params = Params::of(&uri);
        $read.map_err(|error| match error {
            ParameterError::Malformed { name, .. } => (400, name),
            ParameterError::Invalid { name, .. } => (422, name),
        })
    }};
}

fn paging(query: &str) -> Result<Paging, (u16, &'static str)> {
    read!(query, params => params.paging())
}

fn waiting(query: &str) -> Result<Waiting, (u16, &'static str)> {
    read!(query, params => params.waiting())
}

#[test]
fn a_list_starts_at_the_first_page_of_twenty() {
    for query in ["", "page=&limit=", "page=1&limit=20", "unknown=1", "p%61ge=01"] {
        assert_eq!(paging(query), Ok(Paging { start: Start::Page(1), limit: 20 }), "{query}");
    }
    assert_eq!(paging("page=3&limit=7").map(|paging| paging.offset()), Ok(14));
}

#[test]
fn pages_and_limits_out_of_range_are_named() {
    for page in ["0", "-1", "%2B1", "+1", "1.0", "1e1", "abc", "x", "99999999999999999999", "1%20"] {
        assert_eq!(paging(&format!("page={page}")), Err((422, "page")), "{page}");
    }
    for limit in ["0", "-1", "101", "1000000000", "1.5", "ten"] {
        assert_eq!(paging(&format!("limit={limit}")), Err((422, "limit")), "{limit}");
    }
}

#[test]
fn pages_reach_ten_thousand_items_far() {
    assert!(paging("page=100&limit=100").is_ok());
    assert!(paging("page=500").is_ok());
    assert!(paging("page=10000&limit=1").is_ok());
    assert_eq!(paging("page=101&limit=100"), Err((422, "page")));
    assert_eq!(paging("page=501"), Err((422, "page")));
    assert_eq!(paging("page=10001&limit=1"), Err((422, "page")));
}

#[test]
fn a_cursor_stands_in_the_place_of_a_page() {
    assert_eq!(paging("after=abc&limit=5"), Ok(Paging { start: Start::After("abc".to_owned()), limit: 5 }));
    assert_eq!(paging("after="), Ok(Paging { start: Start::After(String::new()), limit: 20 }));
    assert_eq!(paging("after=abc&page=2"), Err((422, "page")));
}

#[test]
fn a_parameter_that_is_read_is_given_once() {
    assert_eq!(paging("page=1&page=1"), Err((422, "page")));
    assert_eq!(waiting("correlation=a&correlation=b"), Err((422, "correlation")));
    assert!(paging("other=1&other=2").is_ok());
}

#[test]
fn what_cannot_be_decoded_is_malformed_where_it_is_read() {
    for value in ["%", "%2", "%zz", "%FF", "%C3", "a%"] {
        assert_eq!(
            read!(&format!("q={value}"), params => params.text("q").map(drop)),
            Err((400, "q")),
            "{value}"
        );
        assert!(paging(&format!("q={value}&%FF={value}")).is_ok());
    }
    assert_eq!(read!("q=a%00b", params => params.text("q").map(drop)), Err((422, "q")));
}

#[test]
fn an_empty_filter_is_no_filter() {
    for query in ["", "status=", "status", "&&", "other=x"] {
        assert_eq!(read!(query, params => params.choice("status", &[("draft", ())])), Ok(None), "{query}");
    }
    assert_eq!(
        read!("status=Draft", params => params.choice("status", &[("draft", ())])),
        Err((422, "status"))
    );
}

#[test]
fn texts_are_decoded_as_forms_write_them() {
    let text = |query| read!(query, params => params.text("q").map(|text| text.map(Cow::into_owned)));
    assert_eq!(text("q=a+b%20c%2B%C3%A4"), Ok(Some("a b c+ä".to_owned())));
    assert_eq!(text("q=a=b"), Ok(Some("a=b".to_owned())));
    assert_eq!(
        read!("tags=a%2Cb,,c", params => params.list("tags")),
        Ok(vec!["a".into(), "b".into(), "c".into()])
    );
    assert_eq!(read!("tags=", params => params.list("tags")), Ok(vec![]));
}

#[test]
fn days_and_amounts_are_strict() {
    assert!(matches!(read!("from=2024-02-29", params => params.date("from")), Ok(Some(_))));
    for day in ["2023-02-29", "2024-2-9", "20240229", "2024-02-29T00:00", "today", "+002024-02-29"] {
        assert_eq!(read!(&format!("from={day}"), params => params.date("from")), Err((422, "from")), "{day}");
    }
    assert_eq!(read!("minPrice=10.10", params => params.money("minPrice")), Ok(Some(Money::from(1010))));
    for amount in ["1.001", "1e400", "ten", "%2B1", "NaN"] {
        let query = format!("minPrice={amount}");
        assert_eq!(read!(&query, params => params.money("minPrice")), Err((422, "minPrice")), "{amount}");
    }
}

#[test]
fn waiting_lasts_five_seconds_where_nothing_is_said_and_thirty_at_most() {
    let plain = waiting("").unwrap();
    assert_eq!(
        (plain.wait, plain.timeout, plain.correlation, plain.position),
        (false, Duration::from_secs(5), None, None)
    );
    let full = waiting("wait=true&timeoutMs=30000&position=42&correlation=a.b").unwrap();
    assert_eq!((full.wait, full.timeout, full.position), (true, MAX_TIMEOUT, Some(42)));
    assert_eq!(full.correlation, Some(Correlation::Id("a.b".parse().unwrap())));
    for (query, name) in [
        ("timeoutMs=30001", "timeoutMs"),
        ("timeoutMs=-1", "timeoutMs"),
        ("timeoutMs=soon", "timeoutMs"),
        ("wait=yes", "wait"),
        ("wait=TRUE", "wait"),
        ("position=-1", "position"),
        ("position=x", "position"),
        ("position=", "position"),
        ("position=99999999999999999999", "position"),
    ] {
        assert_eq!(waiting(query), Err((422, name)), "{query}");
    }
}

#[test]
fn a_malformed_correlation_id_is_one_that_does_not_exist() {
    for value in ["", "a/b", "a+b", "%FF", "%zz", "%00", &"x".repeat(129)] {
        let correlation = waiting(&format!("correlation={value}")).unwrap().correlation;
        assert_eq!(correlation, Some(Correlation::Malformed), "{value}");
    }
}

#[test]
fn wait_true_comes_before_what_is_preferred() {
    let prefer = Some(PreferWait(Duration::from_secs(2)));
    let patience = |query, prefer| waiting(query).unwrap().patience(prefer);
    assert_eq!(patience("", None), Patience::None);
    assert_eq!(patience("timeoutMs=7", None), Patience::None);
    assert_eq!(patience("", prefer), Patience::ThenAccepted(Duration::from_secs(2)));
    assert_eq!(patience("wait=true&timeoutMs=7", prefer), Patience::ThenTimeout(Duration::from_millis(7)));
}

#[test]
fn a_link_keeps_everything_but_the_place() {
    let uri = uri("status=draft&page=2&limit=5&q=%C3%A4");
    assert_eq!(
        Params::of(&uri).link("/api/orders", "XYZ"),
        "/api/orders?status=draft&limit=5&q=%C3%A4&after=XYZ"
    );
    let bare: Uri = "/api/orders".parse().unwrap();
    assert_eq!(Params::of(&bare).link("/api/orders", "XYZ"), "/api/orders?after=XYZ");
}
