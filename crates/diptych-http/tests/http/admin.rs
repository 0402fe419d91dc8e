//! The operator's calls.

use diptych_http::ServerOptions;
use reqwest::Method;
use serde_json::{Value, json};

use crate::served::{Served, within};

async fn status_of(bank: &Served, name: &str) -> Value {
    let all = bank.json("/api/admin/projections").await;
    all["items"].as_array().unwrap().iter().find(|status| status["name"] == name).unwrap().clone()
}

#[tokio::test]
async fn a_projection_is_paused_and_resumed_and_says_so() {
    let bank = Served::start().await;
    bank.open("A-1", "P-1").await;
    let pause = "/api/admin/projections/account_views/pause";
    let answer = bank.post(pause, json!({})).await;
    assert_eq!(answer.status(), 202);
    let status: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!((&status["name"], &status["state"]), (&json!("account_views"), &json!("paused")));
    assert_eq!(status_of(&bank, "account_views").await["state"], "paused");
    assert_ne!(status_of(&bank, "person_views").await["state"], "paused");
    assert_eq!(bank.post(pause, json!({})).await.status(), 409);
    let receipt = bank.deposit("A-1", 5).await;
    let read = format!("/api/accounts/A-1?position={}", receipt.position);
    assert_eq!(bank.get(&read).await.status(), 202);
    assert_eq!(bank.post("/api/admin/projections/account_views/resume", json!({})).await.status(), 202);
    assert_eq!(bank.json(&format!("{read}&wait=true")).await["cents"], 5);
    bank.stopped().await;
}

#[tokio::test]
async fn what_no_projection_does_is_not_found() {
    let bank = Served::start().await;
    for path in ["nobody/pause", "account_views/dance", "nobody/verify", "a/b/c"] {
        let answer = bank.post(&format!("/api/admin/projections/{path}"), json!({})).await;
        assert_eq!(answer.status(), 404, "{path}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
    let answer = bank.post("/api/admin/projections/account_views/pause", json!({ "now": true })).await;
    assert_eq!(answer.status(), 422);
    assert_eq!(bank.get("/api/admin/projections/nobody").await.status(), 404);
    assert_eq!(bank.get("/api/admin/projections/nobody/parked").await.status(), 404);
    for path in ["", "/account_views", "/account_views/parked"] {
        assert_eq!(
            bank.post(&format!("/api/admin/projections{path}"), json!({})).await.status(),
            405,
            "{path}"
        );
    }
    bank.stopped().await;
}

#[tokio::test]
async fn the_log_is_shown_from_a_position_on_with_what_is_sealed_left_out() {
    let bank = Served::start().await;
    let opened = bank.open("A-1", "P-1").await;
    let deposited = bank.deposit("A-1", 5).await;
    let all = bank.json("/api/admin/events").await;
    assert_eq!(all["head"], deposited.position);
    assert!(all.get("next").is_none());
    let first = &all["items"][0];
    assert_eq!(first["stream"], json!({ "category": "account", "id": "A-1" }));
    assert_eq!(
        (&first["type"], &first["revision"], &first["schemaVersion"]),
        (&json!("Opened"), &json!(0), &json!(1))
    );
    assert_eq!(first["data"], json!({ "owner": "P-1", "name": { "sealed": true } }));
    assert_eq!(
        (&first["correlationId"], &first["tags"]),
        (&json!(opened.correlation), &json!(["person:P-1"]))
    );
    assert!(first["causationId"].as_str().unwrap().starts_with("Open:"));
    assert!(first.get("actor").is_none() && first.get("error").is_none());
    let second = bank.json("/api/admin/events?limit=1").await;
    assert_eq!(second["items"].as_array().unwrap().len(), 1);
    let rest = bank.json(&format!("/api/admin/events?from={}", second["next"])).await;
    assert_eq!(rest["items"][0], all["items"][1]);
    bank.stopped().await;
}

#[tokio::test]
async fn the_log_is_narrowed_by_each_parameter() {
    let bank = Served::start().await;
    bank.open("A-1", "P-1").await;
    let second = bank.open("A-2", "P-2").await;
    bank.deposit("A-1", 5).await;
    bank.taken("/api/persons/P-1/greet", json!({ "word": "hello" })).await;
    for (query, expected) in [
        ("category=person", vec!["person/P-1"]),
        ("type=Opened", vec!["account/A-1", "account/A-2"]),
        ("type=Opened&category=person", vec![]),
        ("stream=account/A-1", vec!["account/A-1", "account/A-1"]),
        ("tag=person:P-2", vec!["account/A-2"]),
        ("tag=", vec!["account/A-1", "account/A-2", "account/A-1", "person/P-1"]),
        (&format!("correlation={}", second.correlation), vec!["account/A-2"]),
        (&format!("correlation={}&type=Deposited", second.correlation), vec![]),
        ("correlation=unknown", vec![]),
    ] {
        let found = bank.json(&format!("/api/admin/events?{query}")).await;
        let stream = |event: &Value| {
            let stream = &event["stream"];
            format!("{}/{}", stream["category"].as_str().unwrap(), stream["id"].as_str().unwrap())
        };
        let streams: Vec<_> = found["items"].as_array().unwrap().iter().map(stream).collect();
        assert_eq!(streams, expected, "{query}");
    }
    for query in ["limit=1001", "limit=0", "from=-1", "stream=account", "stream=account/a%20b", "tag=person"]
    {
        assert_eq!(bank.get(&format!("/api/admin/events?{query}")).await.status(), 422, "{query}");
    }
    bank.stopped().await;
}

#[tokio::test]
async fn a_stream_is_shown_with_the_state_after_each_event() {
    let bank = Served::start().await;
    bank.open("A-1", "P-1").await;
    bank.deposit("A-1", 5).await;
    bank.deposit("A-1", 6).await;
    let stream = bank.json("/api/admin/streams/account/A-1").await;
    let states: Vec<_> =
        stream["items"].as_array().unwrap().iter().map(|event| event["state"].clone()).collect();
    let state = |cents| json!({ "open": true, "cents": cents, "name": { "sealed": true } });
    assert_eq!(states, [state(0), state(5), state(11)]);
    let part = bank.json("/api/admin/streams/account/A-1?from=2&limit=1").await;
    assert_eq!(part["items"], json!([stream["items"][1]]));
    let rest = bank.json(&format!("/api/admin/streams/account/A-1?from={}", part["next"])).await;
    assert_eq!((&rest["items"], rest.get("next")), (&json!([stream["items"][2]]), None));
    bank.taken("/api/persons/P-1/greet", json!({ "word": "hello" })).await;
    let without_form = bank.json("/api/admin/streams/person/P-1").await;
    assert!(without_form["items"][0].get("state").is_none());
    for path in ["account/A-9", "nothing/A-1", "account/a%20b"] {
        assert_eq!(bank.get(&format!("/api/admin/streams/{path}")).await.status(), 404, "{path}");
    }
    bank.stopped().await;
}

#[tokio::test]
async fn a_conversation_is_shown_as_a_tree() {
    let bank = Served::start().await;
    let send = |path: &'static str, body: Value| {
        let request =
            bank.request(Method::POST, path).header("x-correlation-id", "C-1").body(body.to_string());
        async move { assert_eq!(within(request.send()).await.unwrap().status(), 202) }
    };
    send("/api/accounts", json!({ "accountId": "A-1", "owner": "P-1", "name": "Ann" })).await;
    send("/api/accounts/A-1/deposit", json!({ "cents": 5 })).await;
    bank.deposit("A-1", 6).await;
    let tree = bank.json("/api/admin/correlations/C-1").await;
    let commands = tree["commands"].as_array().unwrap();
    assert_eq!(commands.iter().map(|cause| &cause["command"]).collect::<Vec<_>>(), ["Open", "Deposit"]);
    assert_eq!(commands[1]["events"][0]["data"], json!({ "cents": 5 }));
    assert_eq!((&tree["position"], &tree["head"]), (&json!(2), &json!(3)));
    assert!(tree["things"].as_array().unwrap().contains(&json!("account:A-1")));
    assert_eq!(bank.get("/api/admin/correlations/C-9").await.status(), 404);
    bank.stopped().await;
}

#[tokio::test]
async fn where_a_token_is_set_it_is_asked_for() {
    let token = Some("secret".to_owned());
    let bank = Served::with(ServerOptions { token, ..ServerOptions::default() }).await;
    for path in ["/api/admin/projections", "/api/admin/nothing", "/api/admin/streams/account/A-1"] {
        let answer = bank.get(path).await;
        assert_eq!(answer.status(), 401, "{path}");
        assert_eq!(answer.headers()["www-authenticate"], "Bearer");
    }
    let with =
        |token: &str| bank.request(Method::GET, "/api/admin/projections").header("authorization", token);
    assert_eq!(within(with("Bearer wrong").send()).await.unwrap().status(), 401);
    assert_eq!(within(with("Bearer secret").send()).await.unwrap().status(), 200);
    bank.stopped().await;
}

#[tokio::test]
async fn a_rebuild_is_tried_verified_promoted_and_rolled_back() {
    let bank = Served::start().await;
    bank.open("A-1", "P-1").await;
    let last = bank.deposit("A-1", 5).await;
    let call = async |what: &str, status: u16| -> Value {
        let answer = bank.post(&format!("/api/admin/projections/account_views/{what}"), json!({})).await;
        assert_eq!(answer.status(), status, "{what}");
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    };
    let refused = call("verify", 409).await;
    assert!(refused["detail"].as_str().unwrap().contains("rebuild makes one"), "{refused}");
    let tried = call("rebuild?dryRun=true", 200).await;
    assert_eq!(
        (&tried["same"], &tried["position"], &tried["rows"]),
        (&json!(true), &json!(last.position), &json!([]))
    );
    assert_eq!(status_of(&bank, "account_views").await["generation"], 1);
    call("pause?dryRun=true", 422).await;
    call("rebuild", 202).await;
    for what in ["verify", "promote?dryRun=true"] {
        let verified = call(what, 200).await;
        assert_eq!((&verified["same"], &verified["other"]), (&json!(true), &json!(3)));
        assert_eq!(verified["tables"][0]["live"], verified["tables"][0]["other"]);
        assert_eq!(verified["tables"][0]["live"]["rows"], 1);
    }
    assert_eq!(call("promote", 202).await["generation"], 3);
    assert_eq!(call("verify?rows=0", 200).await["other"], 1);
    assert_eq!(call("rollback", 202).await["generation"], 1);
    let one = bank.json("/api/admin/projections/account_views").await;
    assert_eq!((&one["previous"], one.get("why")), (&json!(3), None));
    assert_eq!(bank.json("/api/admin/projections/account_views/parked").await, json!({ "items": [] }));
    bank.stopped().await;
}

#[tokio::test]
async fn the_log_is_shown_newest_first_and_by_time() {
    let bank = Served::start().await;
    bank.open("A-1", "P-1").await;
    for cents in 1..=5 {
        bank.deposit("A-1", cents).await;
    }
    let positions = |found: &Value| {
        let items = found["items"].as_array().unwrap().iter();
        items.map(|event| event["position"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    let first = bank.json("/api/admin/events?order=newest&limit=2").await;
    assert_eq!((positions(&first), &first["next"]), (vec![6, 5], &json!(4)));
    let second = bank.json("/api/admin/events?order=newest&limit=3&from=4").await;
    assert_eq!((positions(&second), &second["next"]), (vec![4, 3, 2], &json!(1)));
    let last = bank.json("/api/admin/events?order=newest&from=1").await;
    assert_eq!((positions(&last), last.get("next")), (vec![1], None));
    let only = bank.json("/api/admin/events?order=newest&type=Opened").await;
    assert_eq!((positions(&only), only.get("next")), (vec![1], None));
    let third = bank.json("/api/admin/events?from=3&limit=1").await;
    let at = third["items"][0]["recordedAt"].as_str().unwrap().to_owned();
    let since = bank.json(&format!("/api/admin/events?since={at}")).await;
    assert_eq!(positions(&since), [3, 4, 5, 6]);
    let until = bank.json(&format!("/api/admin/events?until={at}&order=newest&limit=1")).await;
    assert_eq!((positions(&until), &until["next"]), (vec![2], &json!(1)));
    assert_eq!(positions(&bank.json("/api/admin/events?until=2000-01-01T00:00:00Z").await), [0; 0]);
    for query in ["order=up", "since=yesterday", "until=2026-13-01T00:00:00Z"] {
        assert_eq!(bank.get(&format!("/api/admin/events?{query}")).await.status(), 422, "{query}");
    }
    let part = bank.json("/api/admin/streams/account/A-1?revision=4").await;
    assert_eq!((positions(&part), &part["revision"]), (vec![5, 6], &json!(5)));
    bank.stopped().await;
}
