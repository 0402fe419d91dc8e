//! The rules of bodies, each as the contract has it.

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::json;

use super::*;
use crate::Money;

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateOrder {
    order_id: Option<String>,
    customer_id: Text<1, 20>,
    items: Option<Vec<Item>>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Item {
    name: Text<1, 4>,
    price: Money,
    quantity: Integer<1, 10_000>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Submit {}

#[derive(Debug, Deserialize, PartialEq)]
struct Ship;

/// Any of serde's shapes, so that each is read at least once.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Shapes {
    word: Option<Word>,
    pair: Option<(u8, i128)>,
    float: Option<f64>,
    flag: Option<bool>,
    any: Option<serde_json::Value>,
    map: Option<std::collections::BTreeMap<String, u32>>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
enum Word {
    Draft,
    Other(String),
    Two(u8, u8),
    Named { cents: Money },
}

fn malformed(bytes: &[u8]) -> (String, usize, usize) {
    match from_json::<Submit>(bytes) {
        Err(BodyError::Malformed { detail, line, column }) => (detail, line, column),
        other => panic!("{:?} is {other:?}", String::from_utf8_lossy(bytes)),
    }
}

#[track_caller]
fn invalid<T: serde::de::DeserializeOwned + std::fmt::Debug>(text: &str) -> (String, String) {
    match from_json::<T>(text.as_bytes()) {
        Err(BodyError::Invalid { pointer, detail }) => (pointer.to_string(), detail),
        other => panic!("{text} is {other:?}"),
    }
}

#[track_caller]
fn item(price: &str, quantity: &str) -> (String, String) {
    let item = format!(r#"{{"name":"A","price":{price},"quantity":{quantity}}}"#);
    invalid::<CreateOrder>(&format!(r#"{{"customerId":"C","items":[{item}]}}"#))
}

#[test]
fn what_is_not_json_is_refused_with_its_place() {
    assert_eq!(malformed(b"\xEF\xBB\xBF{}").0, "the text starts with a byte order mark");
    assert_eq!(malformed(b"{\n \"\xC3\xA4\": \xFF}"), ("the text is not UTF-8".to_owned(), 2, 7));
    assert_eq!(malformed(b"{} x"), ("something follows the JSON".to_owned(), 1, 4));
    assert_eq!(malformed(b" ").0, "a value is missing");
    assert_eq!(malformed(br#"{"a":"\uD800"}"#).0, "a surrogate stands without its other half");
    assert_eq!(malformed(br#"{"a":"\uDC00\uD800"}"#).0, "a surrogate stands without its other half");
    assert_eq!(malformed(b"{\"a\":\"\t\"}").0, "a control character stands in a text without being escaped");
    for bad in [
        "{'a':1}",
        "{a:1}",
        "[1,]",
        "{\"a\":1,}",
        "01",
        "+1",
        "1.",
        ".5",
        "NaN",
        "nul",
        "nullx",
        "\"",
        "{",
        "//",
    ] {
        malformed(bad.as_bytes());
    }
}

#[test]
fn a_member_given_twice_is_refused_also_when_spelled_with_escapes() {
    let (detail, line, column) = malformed(br#"{"b":[{"a":1, "\u0061":2}]}"#);
    assert_eq!((detail.as_str(), line, column), ("the member /b/0/a is given twice", 1, 15));
    assert!(check(br#"{"a":{"a":1},"b":{"a":1}}"#).is_ok());
}

#[test]
fn nesting_is_taken_to_127_and_refused_from_128_on() {
    let lists = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    let objects = |depth: usize| r#"{"a":"#.repeat(depth) + "1" + &"}".repeat(depth);
    for (depth, taken) in [(127, true), (128, false), (200_000, false)] {
        assert_eq!(check(lists(depth).as_bytes()).is_ok(), taken);
        assert_eq!(check(objects(depth).as_bytes()).is_ok(), taken);
    }
    let unclosed = "[".repeat(LIMIT);
    assert!(check(unclosed.as_bytes()).is_err());
}

#[test]
fn what_is_not_json_comes_before_what_has_the_wrong_shape() {
    malformed(br#"{"unknown":1, "a":}"#);
}

#[test]
fn the_size_of_a_number_is_no_question_of_json() {
    let digits = "9".repeat(10_000);
    for number in ["1e400", "-1e999999999", "1299.990000000000001", &digits] {
        assert!(check(number.as_bytes()).is_ok());
    }
}

#[test]
fn a_command_without_members_takes_nothing_or_an_empty_object() {
    assert_eq!(from_json::<Submit>(b""), Ok(Submit {}));
    assert_eq!(from_json::<Submit>(b" {} "), Ok(Submit {}));
    assert_eq!(from_json::<Ship>(b""), Ok(Ship));
    assert_eq!(from_json::<Ship>(b"{}"), Ok(Ship));
    assert_eq!(invalid::<Submit>(r#"{"a/b~":1}"#).0, "/a~1b~0");
    assert_eq!(invalid::<Ship>(r#"{"a":1}"#).0, "/a");
    assert!(matches!(from_json::<CreateOrder>(b""), Err(BodyError::Malformed { .. })));
}

#[test]
fn a_body_that_is_no_object_is_wrong_as_a_whole() {
    for text in ["[]", "3", "null", "\"x\"", "true", r#"["C","D",null]"#] {
        assert_eq!(invalid::<CreateOrder>(text).0, "");
        assert_eq!(invalid::<Submit>(text).0, "");
        assert_eq!(invalid::<Ship>(text).0, "");
    }
}

#[test]
fn null_means_absent_where_a_member_is_optional() {
    let order = from_json::<CreateOrder>(br#"{"orderId":null,"customerId":"C","items":null}"#).unwrap();
    assert_eq!((order.order_id, order.items), (None, None));
    assert_eq!(invalid::<CreateOrder>(r#"{"customerId":null}"#).0, "/customerId");
}

#[test]
fn a_missing_member_is_pointed_at_where_it_should_be() {
    assert_eq!(invalid::<CreateOrder>("{}"), ("/customerId".to_owned(), "is missing".to_owned()));
    let nested = r#"{"customerId":"C","items":[{"name":"A","price":1,"quantity":1},{"name":"A","price":1}]}"#;
    assert_eq!(invalid::<CreateOrder>(nested).0, "/items/1/quantity");
}

#[test]
fn an_unknown_member_is_named_with_those_that_are_known() {
    let (pointer, detail) = invalid::<CreateOrder>(r#"{"customerId":"C","total":{"deep":[1]}}"#);
    assert_eq!(pointer, "/total");
    assert_eq!(detail, "is unknown: the members here are orderId, customerId, items");
}

#[test]
fn a_list_never_stands_for_an_object() {
    let (pointer, detail) = invalid::<CreateOrder>(r#"{"customerId":"C","items":[["A",1,1]]}"#);
    assert_eq!((pointer.as_str(), detail.as_str()), ("/items/0", "must be an object, but is a list"));
}

#[test]
fn a_wrong_type_is_told_in_plain_words() {
    assert_eq!(
        invalid::<CreateOrder>(r#"{"customerId":7}"#),
        ("/customerId".to_owned(), "must be a text of 1 to 20 characters, but is 7".to_owned())
    );
    assert_eq!(
        invalid::<CreateOrder>(r#"{"customerId":"C","items":{}}"#),
        ("/items".to_owned(), "must be a list, but is an object".to_owned())
    );
    assert_eq!(
        invalid::<Shapes>(r#"{"map":{"a/b":4294967296}}"#),
        ("/map/a~1b".to_owned(), "must be a whole number from 0 to 4294967295, but is 4294967296".to_owned())
    );
    assert_eq!(invalid::<Shapes>(r#"{"flag":"true"}"#).1, "must be true or false, but is a text");
}

#[test]
fn characters_are_counted_and_not_bytes() {
    let with = |name: &str| json!({"customerId": "C", "items": [{"name": name, "price": 1, "quantity": 1}]});
    assert!(from_json::<CreateOrder>(with("ääää").to_string().as_bytes()).is_ok());
    assert!(from_json::<CreateOrder>(with("😀😀😀😀").to_string().as_bytes()).is_ok());
    for bad in ["", "äääää"] {
        assert_eq!(invalid::<CreateOrder>(&with(bad).to_string()).0, "/items/0/name");
    }
}

#[test]
fn u_0000_is_refused_in_every_text_with_its_pointer() {
    assert_eq!(invalid::<CreateOrder>(r#"{"orderId":"a\u0000b","customerId":"C"}"#).0, "/orderId");
    assert_eq!(invalid::<Submit>(r#"{"unknown":["\u0000"]}"#).0, "/unknown/0");
    assert_eq!(invalid::<Submit>(r#"{"a\u0000":1}"#).0, "/a\0");
}

#[test]
fn a_quantity_is_written_as_a_whole_number() {
    for quantity in [
        "0",
        "10001",
        "1.0",
        "1e1",
        "1E0",
        "-1",
        "-0",
        "99999999999999999999",
        "1e400",
        "\"1\"",
        "true",
        "[1]",
    ] {
        assert_eq!(item("1", quantity).0, "/items/0/quantity", "{quantity}");
    }
    assert_eq!(item("1", &"9".repeat(10_000)).0, "/items/0/quantity");
    assert_eq!(
        item("1", "1.0").1,
        "must be a whole number from 1 to 10000, but is written with a fraction or an exponent"
    );
    assert_eq!(item("1", "0").1, "must be a whole number from 1 to 10000, but is 0");
}

#[test]
fn minus_zero_is_zero() {
    #[derive(Debug, Deserialize)]
    struct Zero {
        plain: u32,
        bounded: Integer<0, 9>,
        money: Money,
    }
    let zero: Zero = from_json(br#"{"plain":-0,"bounded":-0,"money":-0}"#).unwrap();
    assert_eq!((zero.plain, zero.bounded.get(), zero.money), (0, 0, Money::default()));
}

#[test]
fn a_price_is_taken_at_the_exact_value_of_its_literal() {
    for (price, cents) in [("10.10", 1010), ("1e2", 10_000), ("-0", 0), ("999", 99_900), ("1299.99", 129_999)]
    {
        let text = format!(r#"{{"name":"A","price":{price},"quantity":1}}"#);
        assert_eq!(from_json::<Item>(text.as_bytes()).unwrap().price, Money::from_cents(cents));
    }
    for price in
        ["1e400", "1299.990000000000001", "1e999999999", "1e-999999999", "\"10\"", "[]", "{}", "null", "true"]
    {
        assert_eq!(item(price, "1").0, "/items/0/price", "{price}");
    }
    assert_eq!(item("0.001", "1").1, "must have at most two fraction digits");
    assert_eq!(item("\"10\"", "1").1, "must be a number, but is a text");
}

#[test]
fn every_shape_of_serde_is_read() {
    let text = r#"{ "word" : "draft" , "pair" : [ 1 , -170141183460469231731687303715884105728 ] , "float" : 1e2 ,
        "flag" : false , "any" : [ {"a":[ ]} , 1.5, -3, null, "\u00e4\ud83d\ude00" ] , "map" : { "a" : 1 , "b" : 2 } }"#;
    let shapes: Shapes = from_json(text.as_bytes()).unwrap();
    assert_eq!(shapes.word, Some(Word::Draft));
    assert_eq!(shapes.pair, Some((1, i128::MIN)));
    assert_eq!(shapes.float, Some(100.0));
    assert_eq!(shapes.any, Some(json!([{"a": []}, 1.5, -3, null, "ä😀"])));
    assert_eq!(shapes.map.unwrap().len(), 2);
}

#[test]
fn cases_with_data_are_objects_with_one_member() {
    let word = |text: &str| from_json::<Shapes>(format!(r#"{{"word":{text}}}"#).as_bytes()).unwrap().word;
    assert_eq!(word(r#"{"other":"x"}"#), Some(Word::Other("x".to_owned())));
    assert_eq!(word(r#"{"two":[1,2]}"#), Some(Word::Two(1, 2)));
    assert_eq!(word(r#"{"named":{"cents":1.5}}"#), Some(Word::Named { cents: Money::from_cents(150) }));
    for (text, pointer) in [
        (r#"{"word":"paid"}"#, "/word"),
        (r#"{"word":3}"#, "/word"),
        (r#"{"word":{}}"#, "/word"),
        (r#"{"word":{"draft":null}}"#, "/word"),
        (r#"{"word":{"named":{"cents":"x"}}}"#, "/word/named/cents"),
        (r#"{"word":{"two":[1,"x"]}}"#, "/word/two/1"),
        (r#"{"word":{"other":"x","b":1}}"#, "/word/b"),
        (r#"{"pair":[1,2,3]}"#, "/pair"),
        (r#"{"pair":[1]}"#, "/pair"),
    ] {
        assert_eq!(invalid::<Shapes>(text).0, pointer, "{text}");
    }
}

#[test]
fn no_detail_names_a_type_of_rust() {
    for text in [
        r#"{"word":1}"#,
        r#"{"pair":1}"#,
        r#"{"float":"x"}"#,
        r#"{"map":[]}"#,
        r#"{"flag":1}"#,
        r#"{"pair":[1]}"#,
    ] {
        let (_, detail) = invalid::<Shapes>(text);
        for word in ["enum", "struct", "tuple", "f64", "u8", "i128", "Word", "Shapes", "Option"] {
            assert!(!detail.contains(word), "{detail}");
        }
    }
}

#[test]
fn schemas_tell_the_bounds() {
    #[derive(schemars::JsonSchema)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    #[allow(dead_code, reason = "only its schema is looked at")]
    struct AddItem {
        id: Option<crate::ids::Id>,
        name: Text<1, 200>,
        price: Money,
        quantity: Integer<1, 10_000>,
    }
    let schema = schemars::schema_for!(AddItem).to_value();
    let members = &schema["properties"];
    assert_eq!(
        members["name"],
        json!({"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[^\\u0000]*$"})
    );
    assert_eq!(members["quantity"], json!({"type": "integer", "minimum": 1, "maximum": 10_000}));
    assert_eq!(members["price"]["type"], "number");
    assert_eq!(members["id"]["maxLength"], 128);
    assert_eq!(schema["required"], json!(["name", "price", "quantity"]));
    assert_eq!(schema["additionalProperties"], false);
}

#[tokio::test]
async fn a_body_is_read_up_to_one_mebibyte_and_not_a_byte_more() {
    let none = http::HeaderMap::new();
    let body = |length: usize| axum::body::Body::from(vec![b' '; length]);
    assert_eq!(read(&none, body(LIMIT)).await.map(|bytes| bytes.len()), Ok(LIMIT));
    assert_eq!(read(&none, body(LIMIT + 1)).await, Err(BodyError::TooLarge));
    let endless = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 1000]));
    assert_eq!(read(&none, axum::body::Body::from_stream(endless)).await, Err(BodyError::TooLarge));
}

#[tokio::test]
async fn an_announced_length_over_the_limit_is_refused_before_the_first_byte() {
    let never = axum::body::Body::from_stream(futures::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let headers =
        [(http::header::CONTENT_LENGTH, "99999999999999999999999".parse().unwrap())].into_iter().collect();
    assert_eq!(read(&headers, never).await, Err(BodyError::TooLarge));
}

#[tokio::test]
async fn any_content_encoding_is_refused() {
    for encoding in ["gzip", "identity", ""] {
        let headers = [(http::header::CONTENT_ENCODING, encoding.parse().unwrap())].into_iter().collect();
        assert_eq!(read(&headers, axum::body::Body::from("{}")).await, Err(BodyError::Encoded));
    }
}

/// Bytes that are often nearly JSON.
fn near_json() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        prop::sample::select(vec![
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            " ",
            "\n",
            "null",
            "true",
            "false",
            "0",
            "-",
            "1",
            "12",
            ".",
            "e",
            "E+",
            "\"a\"",
            "\"\\u0061\"",
            "\"\\ud83d\\ude00\"",
            "\"\\ud83d\"",
            "\"",
            "\\",
            "\"ä\"",
            "{}",
            "[]",
            "\"b\":1",
            "\u{feff}",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        any::<u8>().prop_map(|byte| vec![byte]),
    ];
    prop::collection::vec(token, 0..12).prop_map(|tokens| tokens.concat())
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|value| json!(value)),
        any::<i64>().prop_map(|value| json!(value)),
        any::<f64>().prop_filter("finite", |value| value.is_finite()).prop_map(|value| json!(value)),
        any::<String>().prop_map(|value| json!(value)),
    ];
    leaf.prop_recursive(6, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(|items| json!(items)),
            prop::collection::hash_map(any::<String>(), inner, 0..6).prop_map(|members| json!(members)),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_taken_is_what_serde_json_takes_but_for_members_given_twice(bytes in near_json()) {
        let theirs = serde_json::from_slice::<serde_json::Value>(&bytes);
        match check(&bytes) {
            Ok(_) => prop_assert!(theirs.is_ok() || theirs.unwrap_err().to_string().contains("out of range")),
            Err(BodyError::Malformed { detail, .. }) => {
                prop_assert!(theirs.is_err() || detail.contains("given twice"), "{}", detail);
            }
            Err(other) => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn no_bytes_whatever_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = from_json::<CreateOrder>(&bytes);
        let _ = from_json::<Shapes>(&bytes);
    }

    #[test]
    fn any_json_is_read_as_what_was_written(value in any_json()) {
        let text = json!({ "any": value }).to_string();
        prop_assume!(!text.contains("\\u0000"));
        let read = from_json::<Shapes>(text.as_bytes()).map(|shapes| shapes.any.unwrap_or_default());
        prop_assert_eq!(read, Ok(value));
    }
}
