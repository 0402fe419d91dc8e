//! `check`: the store, and every projection against the log.

use clap::Args;
use futures::StreamExt;
use http::Method;
use serde_json::{Value, json};

use super::{CommandFailure, DIFFERS, DONE, Outcome};
use crate::{
    operator::{Operator, OperatorError},
    output::{Bar, Output, cell},
};

#[derive(Args, Debug)]
#[group(skip)]
pub(crate) struct Check {
    /// Check the log only, not the projections against it
    #[arg(long)]
    only_log: bool,
}

impl Check {
    pub(crate) async fn run(&self, operator: &dyn Operator, out: Output) -> Outcome {
        let path = format!("/api/admin/check?onlyLog={}", self.only_log);
        let mut lines = operator.lines(Method::POST, &path).await?;
        let bar = Bar::of("log");
        let mut result = None;
        while let Some(line) = lines.next().await {
            let mut told: Value = serde_json::from_str(&line?)
                .map_err(|error| OperatorError::Odd { whom: operator.whom(), source: error.into() })?;
            let progress = &told["progress"];
            if let (Some(what), Some(position), Some(head)) =
                (progress["what"].as_str(), progress["position"].as_u64(), progress["head"].as_u64())
            {
                bar.at(Some(what), position, head);
            }
            if let Some(problem) = told["problem"].as_str() {
                return Err(CommandFailure::Text(problem.to_owned()));
            }
            result = Some(told["result"].take()).filter(|result| !result.is_null()).or(result);
        }
        drop(bar);
        let broken_off = || CommandFailure::Text("the check was broken off".to_owned());
        let result = result.ok_or_else(broken_off)?;
        out.value(&result, shown)?;
        Ok(if result["differing"] == json!(0) { DONE } else { DIFFERS })
    }
}

fn shown(result: &Value) -> String {
    let [events, streams, head] = ["events", "streams", "head"].map(|name| cell(&result[name]));
    let seconds = result["logSeconds"].as_f64().unwrap_or(0.0);
    let projections = result["projections"].as_array().map_or(0, Vec::len);
    let mut text = format!(
        "{events} events in {streams} streams up to {head} checked in {seconds:.1} s, {projections} projections held against them\n"
    );
    for reason in result["unchecked"].as_array().into_iter().flatten() {
        text.push_str(&format!("  not held against them: {}\n", cell(reason)));
    }
    for difference in result["differences"].as_array().into_iter().flatten() {
        text.push_str(&format!("- {}\n", cell(difference)));
    }
    match result["differing"].as_u64() {
        Some(0) => text.push_str("all is as it should be"),
        _ => text.push_str(&format!("{} differences", cell(&result["differing"]))),
    }
    text
}
