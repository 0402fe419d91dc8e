//! `correlation`: the tree of commands and events that one request led to.

use clap::Subcommand;
use serde_json::Value;

use super::{DONE, Outcome, escaped, event};
use crate::{
    operator::Operator,
    output::{Output, cell},
};

/// What may be told of conversations.
#[derive(Subcommand, Debug)]
pub(crate) enum Correlation {
    /// Show it as a tree
    Show {
        /// The correlation id
        id: String,
    },
}

impl Correlation {
    pub(crate) async fn run(&self, operator: &dyn Operator, out: Output) -> Outcome {
        let Self::Show { id } = self;
        let tree = operator.get(&format!("/api/admin/correlations/{}", escaped(id))).await?;
        out.value(&tree, shown)?;
        Ok(DONE)
    }
}

fn shown(tree: &Value) -> String {
    let mut text = format!("{}\n", cell(&tree["correlationId"]));
    causes(&tree["commands"], "", &mut text);
    if let Some(next) = tree["next"].as_u64() {
        text.push_str(&format!("… it goes on from position {next}\n"));
    }
    text
}

fn causes(causes: &Value, indent: &str, text: &mut String) {
    let all = causes.as_array().map_or(&[][..], Vec::as_slice);
    for (at, cause) in all.iter().enumerate() {
        let below = branch(indent, at.saturating_add(1) == all.len(), text);
        let name = cause["command"].as_str().map_or_else(|| cell(&cause["causationId"]), str::to_owned);
        text.push_str(&format!("{name}\n"));
        events(&cause["events"], &below, text);
    }
}

fn events(events: &Value, indent: &str, text: &mut String) {
    let all = events.as_array().map_or(&[][..], Vec::as_slice);
    for (at, event) in all.iter().enumerate() {
        let below = branch(indent, at.saturating_add(1) == all.len(), text);
        let [position, time, kind, stream, revision, _] = event::row(event);
        text.push_str(&format!("{kind}  {stream} revision {revision}, at {position}, {time}\n"));
        causes(&event["commands"], &below, text);
    }
}

/// Draws the branch that leads to one, and answers what stands before those below it.
fn branch(indent: &str, is_last: bool, text: &mut String) -> String {
    text.push_str(indent);
    text.push_str(if is_last { "└─ " } else { "├─ " });
    format!("{indent}{}", if is_last { "   " } else { "│  " })
}
