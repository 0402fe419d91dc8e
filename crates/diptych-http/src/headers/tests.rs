//! What each header takes and what it refuses.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::*;

fn headers(name: &str, values: &[&[u8]]) -> HeaderMap {
    let name: HeaderName = name.parse().unwrap();
    values.iter().map(|value| (name.clone(), HeaderValue::from_bytes(value).unwrap())).collect()
}

fn one(name: &str, value: &str) -> HeaderMap {
    headers(name, &[value.as_bytes()])
}

#[test]
fn an_absent_header_is_no_fault() {
    let none = HeaderMap::new();
    assert_eq!(CorrelationId::of(&none), Ok(None));
    assert_eq!(IdempotencyKey::of(&none), Ok(None));
    assert_eq!(IfMatch::of(&none), Ok(None));
    assert_eq!(IfNoneMatch::of(&none), Ok(None));
    assert_eq!(PreferWait::of(&none), Ok(None));
    assert_eq!(LastEventId::of(&none), Ok(None));
    assert_eq!(Bearer::of(&none), Ok(None));
}

#[test]
fn correlation_ids_and_keys_keep_to_the_characters_of_ids() {
    let long = |length| "k".repeat(length);
    for good in ["a", "A.b_c:d-9", ".", &long(128)] {
        assert!(
            matches!(CorrelationId::of(&one("x-correlation-id", good)), Ok(Some(id)) if id.as_str() == good)
        );
    }
    for bad in ["", " ", "a b", "a/b", "\"a\"", "a,b", "ä", &long(129)] {
        assert_eq!(CorrelationId::of(&one("x-correlation-id", bad)).unwrap_err().header, "X-Correlation-ID");
    }
    assert!(IdempotencyKey::of(&one("idempotency-key", &long(255))).is_ok());
    assert_eq!(
        IdempotencyKey::of(&one("idempotency-key", &long(256))).unwrap_err().header,
        "Idempotency-Key"
    );
}

#[test]
fn a_header_that_names_one_thing_is_given_once() {
    assert!(CorrelationId::of(&headers("x-correlation-id", &[b"a", b"a"])).is_err());
    assert!(LastEventId::of(&headers("last-event-id", &[b"1", b"1"])).is_err());
}

fn holds(value: &str, current: Option<u64>) -> bool {
    IfMatch::of(&one("if-match", value)).unwrap().unwrap().holds_for(current)
}

#[test]
fn if_match_looks_at_the_version_of_any_tag_in_the_list() {
    for value in
        ["*", " * ", "\"3\"", "\"3-42\"", "\"1\", \"3-7\"", ",\"3\",", "\"a,b\" ,\"3\"", "W/\"1\",\"3\""]
    {
        assert!(holds(value, Some(3)), "{value}");
        assert!(!holds(value, None), "{value}");
    }
    let several = headers("if-match", &[b"\"1\"", b"\"3\""]);
    assert!(IfMatch::of(&several).unwrap().unwrap().holds_for(Some(3)));
}

#[test]
fn tags_that_are_weak_or_of_another_make_never_match() {
    for value in [
        "W/\"3-42\"",
        "W/\"3\"",
        "\"4\"",
        "\"\"",
        "\"abc\"",
        "\"03\"",
        "\"+3\"",
        "\"3-\"",
        "\"-3\"",
        "\"3-x\"",
        "\"3-4-5\"",
        "\"p3\"",
        "\"99999999999999999999\"",
    ] {
        assert!(!holds(value, Some(3)), "{value}");
    }
}

#[test]
fn a_list_of_tags_that_is_none_is_malformed() {
    for value in [
        "",
        " ",
        ",",
        "3",
        "\"3",
        "3\"",
        "\"3\" \"4\"",
        "*, \"3\"",
        "w/\"3\"",
        "W\"3\"",
        "\"a b\"",
        "**",
        "\"3\";",
    ] {
        assert_eq!(IfMatch::of(&one("if-match", value)).unwrap_err().header, "If-Match", "{value}");
        assert_eq!(
            IfNoneMatch::of(&one("if-none-match", value)).unwrap_err().header,
            "If-None-Match",
            "{value}"
        );
    }
    assert!(IfMatch::of(&headers("if-match", &[b"\"\xFF\""])).is_ok());
}

#[test]
fn if_none_match_compares_the_whole_tag_and_passes_over_weakness() {
    let has =
        |value: &str, etag: &ETag| IfNoneMatch::of(&one("if-none-match", value)).unwrap().unwrap().has(etag);
    let etag = ETag::of_view(3, 42);
    for value in ["*", "\"3-42\"", "W/\"3-42\"", "\"1\", \"3-42\""] {
        assert!(has(value, &etag), "{value}");
    }
    for value in ["\"3\"", "\"3-43\"", "\"p42\""] {
        assert!(!has(value, &etag), "{value}");
    }
    assert!(has("\"p42\"", &ETag::of_rows(42)));
}

#[test]
fn prefer_takes_the_first_wait_in_whole_seconds_up_to_thirty() {
    let wait =
        |value: &str| PreferWait::of(&one("prefer", value)).map(|wait| wait.map(|wait| wait.0.as_secs()));
    for (value, seconds) in [
        ("wait=5", Some(5)),
        ("WAIT = 5", Some(5)),
        ("wait=\"5\"", Some(5)),
        ("wait=0", Some(0)),
        ("wait=31", Some(30)),
        ("wait=99999999999999999999999", Some(30)),
        ("respond-async, wait=5; x=y", Some(5)),
        ("foo=\"a, wait=9\", wait=5", Some(5)),
        ("foo=\"\\\", wait=9\", wait=5", Some(5)),
        ("wait=5, wait=6", Some(5)),
        ("respond-async", None),
        ("", None),
        ("waiting=5", None),
    ] {
        assert_eq!(wait(value), Ok(seconds), "{value}");
    }
    for value in
        ["wait", "wait=", "wait=-1", "wait=1.5", "wait=abc", "wait=5 s", "wait=+5", "wait=\"5", "foo=\"a"]
    {
        assert_eq!(wait(value).unwrap_err().header, "Prefer", "{value}");
    }
    let several = headers("prefer", &[b"respond-async", b"wait=3"]);
    assert_eq!(PreferWait::of(&several), Ok(Some(PreferWait(Duration::from_secs(3)))));
}

#[test]
fn the_last_event_id_is_a_position() {
    assert_eq!(LastEventId::of(&one("last-event-id", "42")), Ok(Some(LastEventId(42))));
    for value in ["", "x", "-1", "+1", "1.0", "4 2", "0x1"] {
        assert_eq!(
            LastEventId::of(&one("last-event-id", value)).unwrap_err().header,
            "Last-Event-ID",
            "{value}"
        );
    }
}

#[test]
fn a_bearer_is_one_token_and_other_schemes_are_none() {
    let bearer = |value: &str| Bearer::of(&one("authorization", value));
    for value in ["Bearer s3cret!", "bearer s3cret!", "BEARER  s3cret!"] {
        let token = bearer(value).unwrap().unwrap();
        assert!(token.is("s3cret!") && !token.is("s3cret") && !token.is(""));
        assert_eq!(format!("{token:?}"), "Bearer(…)");
    }
    assert_eq!(bearer("Basic abc"), Ok(None));
    assert_eq!(bearer(""), Ok(None));
    for value in ["Bearer", "Bearer ", "Bearer a b"] {
        assert_eq!(bearer(value).unwrap_err().header, "Authorization", "{value}");
    }
}
