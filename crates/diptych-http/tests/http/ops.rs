//! What `ops/` watches is there: every metric of the dashboard and of the alert rules.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::Value;

use crate::served::{Served, within};

const ALERTS: &str = include_str!("../../../../ops/prometheus/alerts.yml");
const DASHBOARD: &str = include_str!("../../../../ops/grafana/diptych.json");

/// The names of metrics in a text.
fn named(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_lowercase() || c == '_';
    let words = text.split(|c: char| !is_part(c)).filter(|word| word.starts_with("diptych_"));
    words.map(str::to_owned).collect()
}

/// The dashboard's expressions.
fn expressions(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| expressions(item, found)),
        Value::Object(members) => {
            found.extend(members.get("expr").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| expressions(member, found));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn every_metric_that_the_dashboard_and_the_alerts_use_is_there() {
    let bank = Served::start().await;
    bank.open("A-1", "P-1").await;
    bank.json("/api/accounts/A-1?wait=true").await;
    let answer = within(bank.request(Method::GET, "/metrics").send()).await.unwrap();
    let text = answer.text().await.unwrap();
    let told: BTreeSet<_> = text.lines().filter_map(|line| line.split(['{', ' ']).next()).collect();
    let mut used = Vec::new();
    expressions(&serde_json::from_str(DASHBOARD).unwrap(), &mut used);
    assert!(used.len() > 20, "the dashboard has {} expressions", used.len());
    used.extend(ALERTS.lines().filter(|line| line.trim_start().starts_with("expr:")).map(str::to_owned));
    for name in used.iter().flat_map(|expression| named(expression)) {
        assert!(told.contains(name.as_str()), "{name} is not in\n{text}");
    }
    bank.stopped().await;
}

#[test]
fn every_alert_says_when_how_bad_it_is_and_what_to_do() {
    let count = |key: &str| ALERTS.lines().filter(|line| line.trim_start().starts_with(key)).count();
    let alerts = count("- alert:");
    assert!(alerts >= 10);
    for key in ["expr:", "for:", "severity:", "summary:", "description:"] {
        assert_eq!(count(key), alerts, "{key}");
    }
}
