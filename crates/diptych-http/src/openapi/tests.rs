//! Facts about the document.

use http::Method;
use schemars::JsonSchema;
use serde_json::{Value, json};

use super::{document, example, schema_of_answer};
use crate::routes::{Documented, Kind};

#[derive(serde::Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "read by its schema alone")]
struct View {
    order_id: String,
    lines: Vec<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_at: Option<String>,
}

#[derive(serde::Serialize, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Line {
    name: String,
    quantity: u32,
    next: Option<Box<Line>>,
}

#[derive(serde::Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "read by its schema alone")]
struct Create {
    order_id: Option<String>,
    customer_id: String,
    items: Option<Vec<Line>>,
}

fn route(method: Method, path: &'static str, kind: Kind) -> Documented {
    let (member, summary) = (Some("orderId"), String::new());
    Documented {
        method,
        path,
        summary,
        kind,
        message: None,
        member,
        body: None,
        answer: None,
        parameters: Vec::new(),
    }
}

fn routes() -> Vec<Documented> {
    vec![
        Documented {
            body: Some(schemars::schema_for!(Create)),
            ..route(Method::POST, "/api/orders", Kind::Command)
        },
        Documented {
            answer: Some(schema_of_answer::<View>()),
            ..route(Method::GET, "/api/orders/{id}", Kind::View)
        },
        Documented {
            answer: Some(schema_of_answer::<View>()),
            ..route(Method::GET, "/api/orders", Kind::List)
        },
        route(Method::GET, "/api/orders/{id}/status", Kind::Status),
        route(Method::GET, "/api/orders/{id}/stream", Kind::Stream),
    ]
}

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| references(member, found));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document::of("Bank", &routes(), true);
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 100);
    for reference in found {
        let target = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(target).is_some(), "{reference}");
    }
}

#[test]
fn every_operation_has_a_name_of_its_own_and_says_how_it_refuses() {
    let document = document::of("Bank", &routes(), false);
    let mut names = Vec::new();
    for operation in
        document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap().values())
    {
        names.push(operation["operationId"].as_str().unwrap());
        assert!(operation["responses"]["400"].is_object() && operation["responses"]["403"].is_object());
    }
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
    assert!(names.contains(&"get_api_orders_id_stream"));
}

#[test]
fn an_answer_has_no_members_but_those_listed_and_all_that_are_always_there() {
    let document = document::of("Bank", &routes(), false);
    let view = &document["components"]["schemas"]["View"];
    assert_eq!(view["additionalProperties"], json!(false));
    assert_eq!(view["required"], json!(["orderId", "lines"]));
}

#[test]
fn types_of_one_name_that_differ_are_kept_apart() {
    let document = document::of("Bank", &routes(), false);
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["Line"]["required"], json!(["name", "quantity"]));
    assert_eq!(schemas["Line2"]["required"], json!(["name", "quantity", "next"]));
    assert_eq!(schemas["View"]["properties"]["lines"]["items"]["$ref"], "#/components/schemas/Line2");
}

#[test]
fn only_where_a_token_is_set_it_is_asked_for() {
    let security = |has_token| {
        document::of("Bank", &[], has_token)["paths"]["/api/admin/events"]["get"]["security"].clone()
    };
    assert_eq!(security(false), Value::Null);
    assert_eq!(security(true), json!([{ "operator": [] }]));
}

#[test]
fn an_example_has_the_members_that_are_required() {
    let document = document::of("Bank", &routes(), false);
    let body = &document["paths"]["/api/orders"]["post"]["requestBody"];
    assert_eq!(body["required"], json!(true));
    let made = example(&document, &body["content"]["application/json"]["schema"]);
    assert_eq!(made, json!({ "customerId": "text" }));
}
