//! `events`: the log, listed, followed, shown, exported and imported.

use clap::{Args, Subcommand};
use serde_json::Value;

use super::{CommandFailure, DONE, Outcome, event, exchange, query};
use crate::{
    operator::{Operator, OperatorError},
    output::{Output, cell, line},
};

const PATH: &str = "/api/admin/events";

/// What may be told of events.
#[derive(Subcommand, Debug)]
pub(crate) enum Events {
    /// List events from a position on
    #[command(visible_alias = "ls")]
    List(List),
    /// Follow the log as it grows, one event a line
    Tail(Tail),
    /// Show one event whole
    Show {
        /// Its position
        position: u64,
    },
    /// Write events as CloudEvents 1.0, one JSON object a line; what is sealed stays sealed
    Export(exchange::Export),
    /// Take in what `events export` wrote; what is there already is passed over
    Import(exchange::Import),
}

/// Which events.
#[derive(Args, Clone, Debug)]
pub(crate) struct Which {
    /// Only streams of this category
    #[arg(long, value_name = "CATEGORY")]
    category: Option<String>,
    /// Only events of this type, under whatever name they were stored
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// Only this stream: category/id
    #[arg(long, value_name = "STREAM")]
    stream: Option<String>,
    /// Only events with this tag: key:value
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,
}

impl Which {
    pub(super) fn pairs(&self) -> Vec<(&'static str, Option<String>)> {
        let Self { category, kind, stream, tag } = self.clone();
        vec![("category", category), ("type", kind), ("stream", stream), ("tag", tag)]
    }
}

#[derive(Args, Debug)]
pub(crate) struct List {
    #[command(flatten)]
    which: Which,
    /// Only what this conversation led to
    #[arg(long, value_name = "ID")]
    correlation: Option<String>,
    /// The first position [default: 1, with --newest the head]
    #[arg(long, value_name = "POSITION")]
    from: Option<u64>,
    /// The newest first
    #[arg(long)]
    newest: bool,
    /// Only what was recorded from this time on (RFC 3339)
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only what was recorded before this time (RFC 3339)
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// How many at most
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    limit: u64,
}

#[derive(Args, Debug)]
pub(crate) struct Tail {
    #[command(flatten)]
    which: Which,
    /// The first position [default: what comes from now on]
    #[arg(long, value_name = "POSITION")]
    from: Option<u64>,
}

impl Events {
    pub(crate) async fn run(&self, operator: &dyn Operator, out: Output) -> Outcome {
        match self {
            Self::List(list) => list.run(operator, out).await,
            Self::Tail(tail) => tail.run(operator, out).await,
            Self::Show { position } => show(operator, out, *position).await,
            Self::Export(export) => export.run(operator).await,
            Self::Import(import) => import.run(operator, out).await,
        }
    }
}

impl List {
    /// Page by page, until there are as many as asked for.
    async fn run(&self, operator: &dyn Operator, out: Output) -> Outcome {
        let mut pairs = self.which.pairs();
        let order = self.newest.then(|| "newest".to_owned());
        pairs.extend([("correlation", self.correlation.clone()), ("order", order)]);
        pairs.extend([("since", self.since.clone()), ("until", self.until.clone())]);
        let (mut from, mut items) = (self.from, Vec::new());
        let mut page;
        loop {
            let left = self.limit.saturating_sub(u64::try_from(items.len()).unwrap_or(u64::MAX));
            let mut pairs = pairs.clone();
            pairs.extend([
                ("from", from.map(|from| from.to_string())),
                ("limit", Some(left.clamp(1, 1_000).to_string())),
            ]);
            page = operator.get(&format!("{PATH}{}", query(&pairs))).await?;
            items.extend(page["items"].as_array_mut().map(std::mem::take).unwrap_or_default());
            match page["next"].as_u64() {
                Some(next) if u64::try_from(items.len()).unwrap_or(u64::MAX) < self.limit => {
                    from = Some(next)
                }
                Some(_) | None => break,
            }
        }
        page["items"] = Value::Array(items);
        out.value(&page, listed)?;
        Ok(DONE)
    }
}

fn listed(page: &Value) -> String {
    let mut text = event::rows(page["items"].as_array().map_or(&[][..], Vec::as_slice));
    if let Some(next) = page["next"].as_u64() {
        text.push_str(&format!("\n\nthe log goes on: --from {next} (its head is {})", cell(&page["head"])));
    }
    text
}

impl Tail {
    async fn run(&self, operator: &dyn Operator, out: Output) -> Outcome {
        let mut from = match self.from {
            Some(from) => from,
            None => {
                let page = operator.get(&format!("{PATH}?limit=1")).await?;
                page["head"].as_u64().unwrap_or(0).saturating_add(1)
            }
        };
        loop {
            let mut pairs = self.which.pairs();
            pairs.extend([("from", Some(from.to_string())), ("limit", Some("1000".to_owned()))]);
            pairs.extend([("wait", Some("true".to_owned())), ("timeoutMs", Some("20000".to_owned()))]);
            let page = operator.get(&format!("{PATH}{}", query(&pairs))).await?;
            for event in page["items"].as_array().into_iter().flatten() {
                match out {
                    Output::Json => line(&event.to_string())?,
                    Output::Tables => line(&event::row(event).join("  "))?,
                }
            }
            let head = page["head"].as_u64().unwrap_or(0);
            from = page["next"].as_u64().unwrap_or_else(|| head.saturating_add(1)).max(from);
        }
    }
}

async fn show(operator: &dyn Operator, out: Output, position: u64) -> Outcome {
    let page = operator.get(&format!("{PATH}?from={position}&limit=1")).await?;
    let event = page["items"].get(0).filter(|event| event["position"] == position);
    let none = || {
        let detail = format!("there is no event at position {position}");
        CommandFailure::Operator(OperatorError::Refused { status: 404, detail })
    };
    out.value(event.ok_or_else(none)?, event::whole)?;
    Ok(DONE)
}
