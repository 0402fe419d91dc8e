//! `streams`: a list, and one with the folded state after each event.

use clap::{Args, Subcommand};
use serde_json::Value;

use super::{CommandFailure, DONE, Outcome, escaped, event, query};
use crate::{
    operator::{Operator, OperatorError},
    output::{Output, cell, table},
};

const PATH: &str = "/api/admin/streams";

/// What may be told of streams.
#[derive(Subcommand, Debug)]
pub(crate) enum Streams {
    /// List streams, about in the order in which they began
    #[command(visible_alias = "ls")]
    List(List),
    /// Show the events of a stream, and the folded state after each
    Show(Show),
}

#[derive(Args, Debug)]
pub(crate) struct List {
    /// Only streams of this category
    #[arg(long, value_name = "CATEGORY")]
    category: Option<String>,
    /// Go on after this number, as the list before has told it
    #[arg(long, value_name = "NUMBER")]
    after: Option<u64>,
    /// How many at most
    #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    limit: u64,
}

#[derive(Args, Debug)]
pub(crate) struct Show {
    /// Which: category/id
    stream: String,
    /// Only the event that was the last at this revision or time (RFC 3339), and the state then
    #[arg(long, value_name = "REVISION|TIME")]
    at: Option<String>,
}

impl Streams {
    pub(crate) async fn run(&self, operator: &dyn Operator, out: Output) -> Outcome {
        match self {
            Self::List(list) => list.run(operator, out).await,
            Self::Show(show) => show.run(operator, out).await,
        }
    }
}

impl List {
    async fn run(&self, operator: &dyn Operator, out: Output) -> Outcome {
        let pairs = [
            ("category", self.category.clone()),
            ("after", self.after.map(|after| after.to_string())),
            ("limit", Some(self.limit.to_string())),
        ];
        let page = operator.get(&format!("{PATH}{}", query(&pairs))).await?;
        out.value(&page, |page| {
            let row = |stream: &Value| {
                let name = format!("{}/{}", cell(&stream["category"]), cell(&stream["id"]));
                [name, cell(&stream["revision"]), cell(&stream["position"])]
            };
            let items = page["items"].as_array().into_iter().flatten().map(row);
            let mut text = table(&["stream", "revision", "position"], items);
            if let Some(next) = page["next"].as_u64() {
                text.push_str(&format!("\n\nthere are more: --after {next}"));
            }
            text
        })?;
        Ok(DONE)
    }
}

impl Show {
    async fn run(&self, operator: &dyn Operator, out: Output) -> Outcome {
        let (category, id) = self.stream.split_once('/').unwrap_or((&self.stream, ""));
        let path = format!("{PATH}/{}/{}", escaped(category), escaped(id));
        let (mut from, mut items) = (1, Vec::new());
        loop {
            let mut page = operator.get(&format!("{path}?from={from}&limit=1000")).await?;
            items.extend(page["items"].as_array_mut().map(std::mem::take).unwrap_or_default());
            match page["next"].as_u64() {
                Some(next) => from = next,
                None => break,
            }
        }
        match &self.at {
            None => {
                let all = serde_json::json!({ "items": items });
                out.value(&all, |all| steps(all["items"].as_array().map_or(&[][..], Vec::as_slice)))?;
            }
            Some(at) => {
                let step = items.iter().rfind(|step| is_before(step, at));
                let none = || {
                    let detail = format!("{} had no event at {at}", self.stream);
                    CommandFailure::Operator(OperatorError::Refused { status: 404, detail })
                };
                out.value(step.ok_or_else(none)?, |step| steps(std::slice::from_ref(step)))?;
            }
        }
        Ok(DONE)
    }
}

/// Whether an event was recorded up to a revision or a time.
fn is_before(step: &Value, at: &str) -> bool {
    match at.parse::<u64>() {
        Ok(revision) => step["revision"].as_u64().is_some_and(|own| own <= revision),
        Err(_) => {
            match (diptych::Timestamp::parse(at), diptych::Timestamp::parse(&cell(&step["recordedAt"]))) {
                (Ok(at), Ok(own)) => own <= at,
                (Ok(_) | Err(_), Ok(_) | Err(_)) => false,
            }
        }
    }
}

fn steps(steps: &[Value]) -> String {
    let mut text = String::new();
    for step in steps {
        let [position, at, kind, _, revision, _] = event::row(step);
        text.push_str(&format!("{revision}  {kind}  at {position}, {at}\n"));
        text.push_str(&format!("   event  {}\n", step["data"]));
        match (&step["state"], &step["error"]) {
            (Value::Null, Value::Null) => {}
            (Value::Null, error) => text.push_str(&format!("   error  {}\n", cell(error))),
            (state, _) => text.push_str(&format!("   state  {state}\n")),
        }
    }
    text
}
