//! `projections`: what they do, and operating them.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::{CommandFailure, DIFFERS, DONE, Outcome, comparison, escaped, query};
use crate::{
    operator::Operator,
    output::{Bar, Output, cell, line, table},
};

const PATH: &str = "/api/admin/projections";
/// How often it is asked how far a generation is.
const OFTEN: Duration = Duration::from_millis(200);

/// What may be told of projections.
#[derive(Subcommand, Debug)]
pub(crate) enum Projections {
    /// List projections and event handlers, and say why those stand that do
    #[command(visible_alias = "ls")]
    List,
    /// Show one, with what it could not take
    Show(One),
    /// Stop it after the current batch; it stays so across restarts
    Pause(One),
    /// Let one that was paused go on
    Resume(One),
    /// Fill a new generation beside the live one, and wait until it has caught up
    Rebuild(Rebuild),
    /// Compare the live generation with the one beside it, at one position; exit code 1 where rows differ
    Verify(Verify),
    /// Make the new generation the one that queries read
    Promote(Promote),
    /// Make the previous generation the one that queries read
    Rollback(One),
    /// Leave out the event it failed on, and go on
    Skip(One),
    /// Try the event it failed on again, and those that are parked
    Retry(One),
    /// Put the event it failed on aside, and go on
    Park(Park),
}

/// Which.
#[derive(Args, Debug)]
pub(crate) struct One {
    /// Its name, as `projections list` shows it
    name: String,
}

#[derive(Args, Debug)]
pub(crate) struct Rebuild {
    #[command(flatten)]
    one: One,
    /// Only say which rows would change; exit code 1 where some would
    #[arg(long)]
    dry_run: bool,
    /// Compare it with the live one once it has caught up
    #[arg(long)]
    verify: bool,
    /// Make it the live one once it has caught up, and, with --verify, if no row differs
    #[arg(long)]
    promote: bool,
    /// Do not wait until it has caught up; with --url only, since otherwise nobody fills it
    #[arg(long, conflicts_with_all = ["verify", "promote", "dry_run"])]
    detach: bool,
    /// How many rows that differ are shown
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    rows: u32,
}

#[derive(Args, Debug)]
pub(crate) struct Verify {
    #[command(flatten)]
    one: One,
    /// How many rows that differ are shown
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    rows: u32,
}

#[derive(Args, Debug)]
pub(crate) struct Promote {
    #[command(flatten)]
    one: One,
    /// Only say which rows would change; exit code 1 where some would
    #[arg(long)]
    dry_run: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Park {
    #[command(flatten)]
    one: One,
    /// What happens to the later events of its stream
    #[arg(long, value_enum, default_value_t = Later::Go)]
    later: Later,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Later {
    /// They are taken as ever
    Go,
    /// They wait behind it
    Wait,
}

impl Projections {
    pub(crate) async fn run(&self, operator: &dyn Operator, out: Output) -> Outcome {
        let act = |one: &One, what: &str| format!("{PATH}/{}/{what}", escaped(&one.name));
        let path = match self {
            Self::List => return list(operator, out).await,
            Self::Show(one) => return show(operator, out, &one.name).await,
            Self::Rebuild(rebuild) => return rebuild.run(operator, out).await,
            Self::Verify(Verify { one, rows }) => {
                return compare(operator, out, &act(one, "verify"), *rows).await;
            }
            Self::Promote(Promote { one, dry_run: true }) => {
                return compare(operator, out, &act(one, "promote"), 20).await;
            }
            Self::Promote(Promote { one, .. }) => act(one, "promote"),
            Self::Pause(one) => act(one, "pause"),
            Self::Resume(one) => act(one, "resume"),
            Self::Rollback(one) => act(one, "rollback"),
            Self::Skip(one) => act(one, "skip"),
            Self::Retry(one) => act(one, "retry"),
            Self::Park(Park { one, later }) => match later {
                Later::Go => act(one, "park"),
                Later::Wait => act(one, "park?later=wait"),
            },
        };
        let status = operator.post(&path, "").await?;
        out.value(&status, |status| listed(std::slice::from_ref(status)))?;
        Ok(DONE)
    }
}

async fn list(operator: &dyn Operator, out: Output) -> Outcome {
    let all = operator.get(PATH).await?;
    out.value(&all, |all| listed(all["items"].as_array().map_or(&[][..], Vec::as_slice)))?;
    Ok(DONE)
}

fn listed(all: &[Value]) -> String {
    let row = |status: &Value| {
        let lag =
            format!("{} ({:.1} s)", cell(&status["lagEvents"]), status["lagSeconds"].as_f64().unwrap_or(0.0));
        let kind = if status["kind"] == "projection" { "projection" } else { "handler" };
        [
            cell(&status["name"]),
            kind.to_owned(),
            state(status),
            cell(&status["position"]),
            lag,
            format!("{:.0}/s", status["rate"].as_f64().unwrap_or(0.0)),
            cell(&status["deadLetters"]),
            cell(&status["owner"]),
        ]
    };
    let mut text =
        table(&["name", "kind", "state", "position", "lag", "rate", "parked", "run by"], all.iter().map(row));
    if all.len() > 1 && all.iter().all(|status| status["owner"] == "") {
        text.push_str("\n\nNo process serves this store now, so nothing goes on.");
    }
    let idle = |status: &&Value| status["owner"] == "" && status["state"] == "catching_up";
    for why in all.iter().filter(|status| !idle(status)).filter_map(|status| status["why"].as_str()) {
        text.push_str("\n\n");
        text.push_str(why);
        text.push('.');
    }
    text
}

/// In words: a rebuild with how far it is.
fn state(status: &Value) -> String {
    let state = cell(&status["state"]).replace('_', " ");
    let candidate = &status["candidate"];
    if candidate.is_null() {
        return state;
    }
    format!("{state} (generation {} at {})", candidate["generation"], candidate["position"])
}

async fn show(operator: &dyn Operator, out: Output, name: &str) -> Outcome {
    let path = format!("{PATH}/{}", escaped(name));
    let mut status = operator.get(&path).await?;
    let parked = operator.get(&format!("{path}/parked?limit=1000")).await?;
    status["parked"] = parked["items"].clone();
    out.value(&status, shown)?;
    Ok(DONE)
}

fn shown(status: &Value) -> String {
    let members = status.as_object().into_iter().flatten();
    let plain = members.filter(|(name, _)| !["parked", "why", "lastError"].contains(&name.as_str()));
    let mut text = table(&["what", "value"], plain.map(|(name, value)| [name.clone(), cell(value)]));
    if let Some(why) = status["why"].as_str() {
        text = format!("{why}.\n\n{text}");
    }
    let parked = status["parked"].as_array().map_or(&[][..], Vec::as_slice);
    if !parked.is_empty() {
        let row = |event: &Value| {
            let stream = format!("{}/{}", cell(&event["stream"]["category"]), cell(&event["stream"]["id"]));
            let [position, attempts, at, error] =
                ["position", "attempts", "at", "error"].map(|name| cell(&event[name]));
            [position, stream, attempts, at, error]
        };
        text.push_str("\n\n");
        text.push_str(&table(&["parked", "stream", "tried", "at", "error"], parked.iter().map(row)));
    }
    text
}

async fn compare(operator: &dyn Operator, out: Output, path: &str, rows: u32) -> Outcome {
    let dry = path.ends_with("verify");
    let dry_run = (!dry).then(|| "true".to_owned());
    let path = format!("{path}{}", query(&[("rows", Some(rows.to_string())), ("dryRun", dry_run)]));
    let comparison = operator.post(&path, "").await?;
    out.value(&comparison, comparison::shown)?;
    Ok(if comparison["same"] == json!(true) { DONE } else { DIFFERS })
}

impl Rebuild {
    async fn run(&self, operator: &dyn Operator, out: Output) -> Outcome {
        let path = format!("{PATH}/{}", escaped(&self.one.name));
        if self.dry_run {
            let rebuild = format!("{path}/rebuild");
            let comparing = compare(operator, out, &rebuild, self.rows);
            return with_bar(operator, &path, "rehearsal", comparing).await;
        }
        let begun = operator.post(&format!("{path}/rebuild"), "").await?;
        if self.detach {
            out.value(&begun, |status| listed(std::slice::from_ref(status)))?;
            return Ok(DONE);
        }
        self.caught_up(operator, &path).await?;
        if self.verify {
            let outcome = compare(operator, out, &format!("{path}/verify"), self.rows).await?;
            if outcome != DONE {
                return Ok(outcome);
            }
        }
        let status = if self.promote {
            operator.post(&format!("{path}/promote"), "").await?
        } else {
            operator.get(&path).await?
        };
        if out == Output::Json && self.verify {
            return Ok(DONE);
        }
        out.value(&status, |status| listed(std::slice::from_ref(status)))?;
        if !self.promote && out == Output::Tables {
            line(&format!(
                "\nThe new generation has caught up: `projections verify {0}`, `projections promote {0}`.",
                self.one.name
            ))?;
        }
        Ok(DONE)
    }

    async fn caught_up(&self, operator: &dyn Operator, path: &str) -> Result<(), CommandFailure> {
        let bar = Bar::of("rebuilding");
        loop {
            let status = operator.get(path).await?;
            let Some(candidate) = status.get("candidate") else { return Ok(()) };
            let at = |value: &Value| value.as_u64().unwrap_or(0);
            bar.at(None, at(&candidate["position"]), at(&status["head"]));
            if candidate["failed"] == json!(true) {
                return Err(CommandFailure::Text(cell(&status["why"])));
            }
            if at(&candidate["position"]) >= at(&status["position"]) {
                return Ok(());
            }
            tokio::time::sleep(OFTEN).await;
        }
    }
}

/// Shows how far a generation is while something else is waited for.
async fn with_bar(
    operator: &dyn Operator,
    path: &str,
    member: &str,
    work: impl Future<Output = Outcome>,
) -> Outcome {
    let bar = Bar::of("filling");
    let telling = async {
        loop {
            tokio::time::sleep(OFTEN).await;
            if let Ok(status) = operator.get(path).await {
                let at = |value: &Value| value.as_u64().unwrap_or(0);
                bar.at(None, at(&status[member]["position"]), at(&status["position"]));
            }
        }
    };
    tokio::select! {
        done = work => done,
        () = telling => Ok(DONE),
    }
}
