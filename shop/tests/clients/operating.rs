//! The command line as an operator uses it: on the store itself, and with `--url` on a server, which show the same.

use std::{path::Path, process::ExitStatus};

use diptych_testkit::{
    deadline::within,
    postgres::{self, Schemas},
};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::{
    program::{Program, customer, order, output, shop, text},
    restart::folder,
};

/// What came of a command: the exit code, what it printed, and what it complained of.
struct Told {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Told {
    fn of(status: ExitStatus, out: &[u8], err: &[u8]) -> Self {
        Self { code: status.code(), out: text(out), err: text(err) }
    }

    fn done(self) -> String {
        assert_eq!(self.code, Some(0), "{}{}", self.out, self.err);
        self.out
    }

    fn json(self) -> Value {
        serde_json::from_str(&self.done()).unwrap()
    }
}

/// Runs `shop WORDS`, the last of which says on which store or server.
async fn told(words: &str, on: [&str; 2]) -> Told {
    let arguments: Vec<_> = words.split(' ').chain(on).collect();
    let ended = output(&arguments).await;
    Told::of(ended.status, &ended.stdout, &ended.stderr)
}

async fn with_orders(shop: &Program, orders: usize) -> (String, String) {
    let client = shop.client();
    let customer = customer(&client).await;
    let mut last = String::new();
    for _ in 0..orders {
        let receipt = order(&client, &customer).await;
        last = receipt.correlation_id;
    }
    (customer, last)
}

/// Looks at everything through the server, stops it, and looks again at the store itself.
async fn both_show_the_same(store: &str) {
    let shop = Program::serving(store).await;
    let (customer, correlation) = with_orders(&shop, 3).await;
    let streams = told("streams list --category order --json", ["--url", &shop.url]).await.json();
    let id = streams["items"][0]["id"].as_str().unwrap().to_owned();
    let all = [
        "events list".to_owned(),
        "events list --json --limit 3".to_owned(),
        "events list --json --category order --type OrderCreated".to_owned(),
        format!("events list --json --tag customer:{customer}"),
        format!("events list --correlation {correlation}"),
        "events show 2".to_owned(),
        "events export".to_owned(),
        "streams list".to_owned(),
        format!("streams show order/{id}"),
        format!("streams show order/{id} --json --at 0"),
        format!("correlation show {correlation}"),
    ];
    let mut shown = Vec::new();
    for words in &all {
        shown.push(told(words, ["--url", &shop.url]).await.done());
    }
    shop.kill().await;
    for (words, shown) in all.iter().zip(&shown) {
        assert!(shown.len() > 20, "{words} shows {shown}");
        assert_eq!(
            told(words, ["--store", store]).await.done(),
            *shown,
            "{words} on the store and through a server"
        );
    }
    let tree = &shown[10];
    assert!(tree.contains("└─ CreateOrder") && tree.contains("└─ OrderCreated  order/"), "{tree}");
    let states = &shown[8];
    assert!(states.contains("state  {") && states.contains("\"draft\""), "{states}");
}

#[tokio::test]
async fn the_embedded_store_and_its_server_show_the_same() {
    let (_folder, store) = folder();
    both_show_the_same(&store).await;
}

#[tokio::test]
async fn a_database_and_its_server_show_the_same() {
    if postgres::is_there() {
        let schemas = Schemas::fresh();
        both_show_the_same(&schemas.url()).await;
    }
}

/// An operator's round: look, pause, resume, try a rebuild, do it, verify, promote, go back.
async fn a_round(on: [&str; 2]) {
    let told = async |words: &str| told(&format!("projections {words}"), on).await;
    let all = told("list").await.done();
    assert!(all.starts_with("NAME ") && all.contains("order_views"), "{all}");
    assert!(told("pause order_views").await.done().contains("paused"));
    assert_eq!(told("pause order_views").await.code, Some(3), "it is paused already");
    assert_eq!(told("pause nothing").await.code, Some(4), "there is none of this name");
    assert_eq!(told("dance").await.code, Some(2), "there is no such command");
    assert!(told("show order_views").await.done().contains("was paused by an operator"));
    told("resume order_views").await.done();
    let tried = told("rebuild order_views --dry-run --json").await.json();
    assert_eq!((&tried["same"], &tried["differing"]), (&json!(true), &json!(0)), "{tried}");
    let done = told("rebuild order_views --verify --promote").await.done();
    assert!(done.contains("no row differs"), "{done}");
    let verified = told("verify order_views").await.done();
    assert!(verified.contains("order_views") && verified.contains("same"), "{verified}");
    let back = told("rollback order_views --json").await.json();
    assert_eq!(back["generation"], tried["live"], "{back}");
    assert_eq!(told("retry order_views").await.code, Some(3), "it has not failed");
}

#[tokio::test]
async fn projections_are_operated_on_the_store_and_through_a_server() {
    let (_folder, store) = folder();
    let shop = Program::serving(&store).await;
    with_orders(&shop, 5).await;
    a_round(["--url", &shop.url]).await;
    shop.kill().await;
    a_round(["--store", &store]).await;
    let told = told("projections pause user_views", ["--store", &store]).await.done();
    assert!(told.contains("paused"), "{told}");
    let shop = Program::serving(&store).await;
    let status = self::told("projections show user_views --json", ["--url", &shop.url]).await.json();
    assert_eq!(status["state"], "paused", "{status}");
}

#[tokio::test]
async fn projections_of_a_database_are_operated_beside_the_process_that_serves_it() {
    if !postgres::is_there() {
        return;
    }
    let schemas = Schemas::fresh();
    let shop = Program::serving(&schemas.url()).await;
    with_orders(&shop, 5).await;
    let before = told("projections list --json", ["--store", &schemas.url()]).await.json();
    // Every node has an index of products of its own.
    let shared = |one: &&Value| one["name"] != "product_search";
    let by_server = before["items"].as_array().unwrap().iter().filter(shared);
    let all = by_server.clone().count();
    let owner = format!("pid {} ", shop.id());
    let led = by_server.filter(|one| one["owner"].as_str().unwrap().starts_with(&owner)).count();
    assert_eq!(led, all, "who looks runs nothing: {before}");
    a_round(["--store", &schemas.url()]).await;
    a_round(["--url", &shop.url]).await;
}

#[tokio::test]
async fn a_folder_that_is_served_says_who_has_it_and_to_use_the_url() {
    let (_folder, store) = folder();
    let shop = Program::serving(&store).await;
    let told = told("projections list", ["--store", &store]).await;
    assert_eq!(told.code, Some(1));
    let process = format!("process {}", shop.id());
    assert!(told.err.contains(&process) && told.err.contains("--url"), "{}", told.err);
}

#[tokio::test]
async fn what_is_exported_is_imported_once_and_is_the_same_log() {
    let ((_one, store), (two, other)) = (folder(), folder());
    let shop = Program::serving(&store).await;
    with_orders(&shop, 20).await;
    let file = two.path().join("log.jsonl").display().to_string();
    told(&format!("events export --output {file}"), ["--url", &shop.url]).await.done();
    shop.kill().await;
    let log = std::fs::read_to_string(&file).unwrap();
    let first: Value = serde_json::from_str(log.lines().next().unwrap()).unwrap();
    assert_eq!((&first["specversion"], &first["type"]), (&json!("1.0"), &json!("UserRegistered")), "{first}");
    let import = format!("events import {file} --json");
    let count = log.lines().count();
    assert_eq!(told(&import, ["--store", &other]).await.json(), json!({ "recorded": count, "known": 0 }));
    assert_eq!(told(&import, ["--store", &other]).await.json(), json!({ "recorded": 0, "known": count }));
    assert_eq!(told("events export", ["--store", &other]).await.done(), log);
    let gap: String =
        log.lines().filter(|line| !line.contains("\"revision\":\"0\"")).map(|l| format!("{l}\n")).collect();
    std::fs::write(&file, format!("{}\n{gap}", first.to_string().replace("\"0\"", "\"7\""))).unwrap();
    let (_third, empty) = folder();
    let refused = told(&import, ["--store", &empty]).await;
    assert!(refused.code == Some(1) && refused.err.contains("has no events"), "{}", refused.err);
}

fn database(store: &str, file: &str) -> rusqlite::Connection {
    rusqlite::Connection::open(Path::new(store.strip_prefix("sqlite:").unwrap()).join(file)).unwrap()
}

#[tokio::test]
async fn a_check_finds_a_changed_row_a_changed_event_and_one_that_is_gone() {
    let (_folder, store) = folder();
    let shop = Program::serving(&store).await;
    with_orders(&shop, 10).await;
    let sound = told("check", ["--url", &shop.url]).await.done();
    assert!(sound.contains("all is as it should be"), "{sound}");
    shop.kill().await;
    told("check", ["--store", &store]).await.done();
    let changed = database(&store, "models/order_views-1.db")
        .execute("UPDATE order_views SET total_cents = total_cents + 1 WHERE rowid = 3", [])
        .unwrap();
    assert_eq!(changed, 1);
    let found = told("check --json", ["--store", &store]).await;
    assert_eq!(found.code, Some(1), "{}", found.err);
    let found: Value = serde_json::from_str(&found.out).unwrap();
    let difference = found["differences"][0].as_str().unwrap();
    assert_eq!(found["differing"], 1, "{found}");
    assert!(
        difference.starts_with("order_views differs") && difference.contains("is another one"),
        "{found}"
    );
    let log = database(&store, "log.db");
    log.execute(
        "UPDATE diptych_events SET payload = CAST('{\"not\":\"it\"}' AS BLOB) WHERE position = 4",
        [],
    )
    .unwrap();
    log.execute("DELETE FROM diptych_events WHERE position = 1", []).unwrap();
    drop(log);
    let found = told("check --only-log", ["--store", &store]).await;
    assert_eq!(found.code, Some(1));
    assert!(found.out.contains("event 4, ") && found.out.contains("- event "), "{}", found.out);
}

#[tokio::test]
async fn a_backup_is_made_while_commands_go_on_and_put_back_as_a_store() {
    let ((place, store), (_other, restored)) = (folder(), folder());
    let shop = Program::serving(&store).await;
    let (customer, _) = with_orders(&shop, 10).await;
    let copy = place.path().join("copy").display().to_string();
    let backup = format!("backup {copy}");
    let client = shop.client();
    let ordering = async {
        let mut orders = 0_usize;
        loop {
            order(&client, &customer).await;
            orders += 1;
            assert!(orders < 100_000, "the backup does not end");
        }
    };
    let copied = tokio::select! {
        told = told(&backup, ["--store", &store]) => told,
        () = ordering => unreachable!(),
    };
    assert!(copied.done().contains("copied to"));
    with_orders(&shop, 3).await;
    shop.kill().await;
    told(&format!("restore {copy}"), ["--store", &restored]).await.done();
    let sound = told("check", ["--store", &restored]).await.done();
    assert!(sound.contains("all is as it should be"), "{sound}");
    let again = told(&format!("restore {copy}"), ["--store", &restored]).await;
    assert!(again.code == Some(1) && again.err.contains("with other things in it"), "{}", again.err);
    let (whole, copied) = (
        told("events export", ["--store", &store]).await.done(),
        told("events export", ["--store", &restored]).await.done(),
    );
    assert!(whole.starts_with(&copied) && copied.lines().count() > 10, "a copy is the beginning of the log");
    let shop = Program::serving(&restored).await;
    let user: Value = shop.client().get(&format!("/api/users/{customer}?wait=true")).await.unwrap().value;
    assert_eq!(user["displayName"], "Ada Lovelace", "personal data can be read");
}

#[tokio::test]
async fn the_log_is_followed_as_it_grows_and_an_interrupt_ends_it() {
    let serving = Program::serving("memory:").await;
    let arguments = ["events", "tail", "--json", "--category", "order", "--from", "1", "--url", &serving.url];
    let mut tail = shop(&arguments).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(tail.stdout.take().unwrap()).lines();
    let (customer, _) = with_orders(&serving, 1).await;
    let line = within("an event is told", lines.next_line()).await.unwrap().unwrap();
    let event: Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&event["type"], &event["data"]["customerId"]), (&json!("OrderCreated"), &json!(customer)));
    let interrupted =
        std::process::Command::new("kill").args(["-INT", &tail.id().unwrap().to_string()]).status();
    assert!(interrupted.unwrap().success());
    let ended = within("it ends", tail.wait()).await.unwrap();
    assert_eq!(ended.code(), Some(130));
}

#[tokio::test]
async fn shells_and_manuals_are_given_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().display().to_string();
    let written = output(&["man", "--folder", &pages]).await;
    assert!(written.status.success());
    for page in ["shop.1", "shop-projections-rebuild.1", "shop-events-import.1", "shop-check.1"] {
        assert!(folder.path().join(page).exists(), "{page}");
    }
    for shell in ["bash", "zsh", "fish"] {
        let completions = text(&output(&["completions", shell]).await.stdout);
        for word in ["projections", "rebuild", "dry-run", "correlation", "backup"] {
            assert!(completions.contains(word), "{word} in {shell}");
        }
    }
    let help = text(&output(&["--help"]).await.stdout);
    for word in
        ["projections", "events", "streams", "correlation", "check", "top", "backup", "restore", "Exit codes"]
    {
        assert!(help.contains(word), "{word} is not in {help}");
    }
}
