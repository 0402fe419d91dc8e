//! A JSON value for people: indented, its parts told apart, what is sealed shown as sealed. And what changed between two.

use maud::{Markup, html};
use serde_json::Value;

/// How deep a value is shown.
const DEEP: usize = 24;

/// A value, indented.
pub(super) fn pretty(value: &Value) -> Markup {
    html! { pre class="json" tabindex="0" { code { (at_depth(value, 0)) } } }
}

/// A value on one line, as a table shows it.
pub(super) fn inline(value: &Value) -> Markup {
    if is_sealed(value) {
        return sealed();
    }
    match value {
        Value::Array(_) | Value::Object(_) => html! { code { (value.to_string()) } },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            html! { code { (at_depth(value, 0)) } }
        }
    }
}

fn at_depth(value: &Value, depth: usize) -> Markup {
    if depth > DEEP {
        return html! { "…" };
    }
    match value {
        _ if is_sealed(value) => sealed(),
        Value::Object(members) if members.is_empty() => html! { "{}" },
        Value::Object(members) => html! {
            "{\n"
            @for (at, (name, member)) in members.iter().enumerate() {
                (indent(depth + 1)) span class="key" { (Value::from(name.as_str()).to_string()) } ": "
                (at_depth(member, depth + 1))
                @if at + 1 < members.len() { "," } "\n"
            }
            (indent(depth)) "}"
        },
        Value::Array(items) if items.is_empty() => html! { "[]" },
        Value::Array(items) => html! {
            "[\n"
            @for (at, item) in items.iter().enumerate() {
                (indent(depth + 1)) (at_depth(item, depth + 1))
                @if at + 1 < items.len() { "," } "\n"
            }
            (indent(depth)) "]"
        },
        Value::String(_) => html! { span class="string" { (value.to_string()) } },
        Value::Number(_) => html! { span class="number" { (value.to_string()) } },
        Value::Bool(_) | Value::Null => html! { span class="word" { (value.to_string()) } },
    }
}

fn indent(depth: usize) -> String {
    "  ".repeat(depth)
}

fn is_sealed(value: &Value) -> bool {
    value
        .as_object()
        .is_some_and(|members| members.len() == 1 && members.get("sealed") == Some(&Value::Bool(true)))
}

fn sealed() -> Markup {
    html! { span class="sealed" title="Personal data: sealed, and not opened here" { "sealed" } }
}

/// One place where two values differ.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Change {
    /// A JSON pointer; empty for the whole.
    pub(super) path: String,
    pub(super) before: Option<Value>,
    pub(super) after: Option<Value>,
}

/// Where two values differ, down to their leaves.
pub(super) fn changes(before: &Value, after: &Value) -> Vec<Change> {
    let mut all = Vec::new();
    compare(Some(before), Some(after), String::new(), &mut all);
    all
}

fn compare(before: Option<&Value>, after: Option<&Value>, path: String, all: &mut Vec<Change>) {
    if before == after {
        return;
    }
    let member = |value: Option<&Value>, name: &str| match value {
        Some(Value::Object(members)) => members.get(name).cloned(),
        Some(Value::Array(items)) => name.parse().ok().and_then(|at: usize| items.get(at).cloned()),
        _ => None,
    };
    let names: Vec<String> = match (before, after) {
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            a.keys().chain(b.keys().filter(|name| !a.contains_key(*name))).cloned().collect()
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            (0..a.len().max(b.len())).map(|at| at.to_string()).collect()
        }
        _ => {
            all.push(Change { path, before: before.cloned(), after: after.cloned() });
            return;
        }
    };
    for name in names {
        let (one, other) = (member(before, &name), member(after, &name));
        let escaped = name.replace('~', "~0").replace('/', "~1");
        compare(one.as_ref(), other.as_ref(), format!("{path}/{escaped}"), all);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_escaped_and_what_is_sealed_is_shown_so() {
        let page =
            pretty(&json!({ "<b>": "</script>", "name": { "sealed": true }, "n": [1, null] })).into_string();
        assert!(page.contains("&lt;b&gt;") && page.contains("&lt;/script&gt;"), "{page}");
        assert!(page.contains(">sealed</span>") && !page.contains("{\n    <span class=\"key\">&quot;sealed"));
    }

    #[test]
    fn what_changed_is_told_leaf_by_leaf() {
        let change = |path: &str, before: Option<Value>, after: Option<Value>| Change {
            path: path.to_owned(),
            before,
            after,
        };
        let (before, after) =
            (json!({ "a": 1, "b": [1, 2], "c": {} }), json!({ "a": 2, "b": [1], "d": true }));
        assert_eq!(
            changes(&before, &after),
            [
                change("/a", Some(json!(1)), Some(json!(2))),
                change("/b/1", Some(json!(2)), None),
                change("/c", Some(json!({})), None),
                change("/d", None, Some(json!(true))),
            ]
        );
        assert!(changes(&before, &before).is_empty());
    }
}
