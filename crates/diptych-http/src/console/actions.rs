//! What an operator may ask of a projection: which buttons there are, what each of them says before it acts, and the act.

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;

use super::{
    Console,
    api::Refusal,
    figures::{self, encoded, number, text},
    frame,
    login::not_ours,
    session::Visit,
};

pub(super) const PATH: &str = "/console/projections/{name}/{operation}";

/// Something that can be asked.
struct Action {
    operation: &'static str,
    name: &'static str,
    /// What it does, in a sentence, before one agrees.
    says: String,
    /// Whether one should think twice.
    danger: bool,
}

/// What the form of an action sends.
#[derive(Deserialize)]
pub(super) struct Asked {
    csrf: String,
    #[serde(default)]
    later: String,
}

pub(super) async fn act(
    State(console): State<Console>,
    visit: Visit,
    Path((name, operation)): Path<(String, String)>,
    Form(asked): Form<Asked>,
) -> Response {
    match ask(&console, &visit, &name, &operation, &asked).await {
        // Whoever loads the page again does not act again.
        Ok(()) => frame::guarded(
            Redirect::to(&format!("{}?done={}", figures::projection_path(&name), encoded(&operation)))
                .into_response(),
        ),
        Err(refusal) => frame::answer(&console, &visit, Err(refusal)),
    }
}

async fn ask(
    console: &Console,
    visit: &Visit,
    name: &str,
    operation: &str,
    asked: &Asked,
) -> Result<(), Refusal> {
    if !visit.sent_by_us(&asked.csrf) {
        return Err(not_ours());
    }
    let mut path = format!("/api/admin/projections/{}/{}", encoded(name), encoded(operation));
    if !asked.later.is_empty() {
        path = format!("{path}?later={}", encoded(&asked.later));
    }
    console.api().post(&visit.caller, &path).await.map(drop)
}

/// The actions that the state allows, each with its confirmation.
pub(super) fn buttons(visit: &Visit, status: &Value) -> Markup {
    let name = text(status, "name");
    html! {
        div class="actions" {
            @for action in possible(status) {
                details class={ "confirm" @if action.danger { " danger" } } id={ "act-" (action.operation) } name="actions" {
                    summary { (action.name) }
                    form method="post" action={ (figures::projection_path(name)) "/" (action.operation) } {
                        (frame::hidden(visit))
                        p { (action.says) }
                        @if action.operation == "park" {
                            label class="check" {
                                input type="checkbox" name="later" value="wait";
                                "Later events of its stream wait behind it"
                            }
                        }
                        button class=(if action.danger { "primary danger" } else { "primary" }) {
                            "Yes, " (action.name.to_lowercase()) " " (name)
                        }
                    }
                }
            }
        }
    }
}

fn possible(status: &Value) -> Vec<Action> {
    let state = text(status, "state");
    let (paused, failed) = (state == "paused", state == "failed");
    let action = |operation, name, says: String| Action { operation, name, says, danger: false };
    let dangerous = |operation, name, says: String| Action { operation, name, says, danger: true };
    let at = &status["lastError"]["position"];
    let event = at.as_u64().map_or_else(|| "the event".to_owned(), |at| format!("event {at}"));
    let mut all = Vec::new();
    if failed {
        all.push(action(
            "retry",
            "Retry",
            format!("Tries {event} again, now that what it failed on is mended."),
        ));
        if at.is_u64() {
            all.push(action(
                "park",
                "Park",
                format!("Puts {event} aside with its error and goes on. It can be tried again later."),
            ));
            all.push(dangerous(
                "skip",
                "Skip",
                format!("Leaves {event} out for good and goes on. Its rows will lack it until a rebuild."),
            ));
        }
    } else if number(status, "deadLetters") > 0 && !paused {
        all.push(action(
            "retry",
            "Retry parked",
            "Tries every parked event again, in the order of the log.".to_owned(),
        ));
    }
    if let Some(candidate) = status["candidate"].as_object() {
        let position = candidate["position"].as_u64().unwrap_or_default();
        if position >= number(status, "position") {
            all.push(action("promote", "Promote", format!("From then on queries read generation {}. The old one is kept running, so it can be gone back to.", candidate["generation"])));
        }
    } else {
        all.push(action("rebuild", "Rebuild", "Fills a new generation from the first event on, beside the live one. Queries go on reading the live one until it is promoted.".to_owned()));
    }
    if !status["previous"].is_null() {
        all.push(action(
            "rollback",
            "Roll back",
            format!("Queries read generation {} again, which was kept up to date.", status["previous"]),
        ));
    }
    if paused {
        all.push(action("resume", "Resume", "Goes on from its checkpoint.".to_owned()));
    } else {
        all.push(action(
            "pause",
            "Pause",
            "Stops after the current batch. Queries go on answering from the rows there are.".to_owned(),
        ));
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names(status: &Value) -> Vec<&'static str> {
        possible(status).into_iter().map(|action| action.operation).collect()
    }

    #[test]
    fn only_what_the_state_allows_can_be_asked() {
        assert_eq!(names(&json!({ "state": "live" })), ["rebuild", "pause"]);
        assert_eq!(names(&json!({ "state": "paused", "deadLetters": 1 })), ["rebuild", "resume"]);
        let failed = json!({ "state": "failed", "lastError": { "position": 7 } });
        assert_eq!(names(&failed), ["retry", "park", "skip", "rebuild", "pause"]);
        let rebuilding =
            json!({ "state": "rebuilding", "position": 9, "candidate": { "position": 8, "generation": 2 } });
        assert_eq!(names(&rebuilding), ["pause"]);
        let ready = json!({ "state": "rebuilding", "position": 9, "candidate": { "position": 9, "generation": 2 }, "previous": 1 });
        assert_eq!(names(&ready), ["promote", "rollback", "pause"]);
    }
}
