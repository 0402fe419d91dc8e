//! Proof: a planted personal text is in no file of the data folder but sealed, in no log line, in no error told to others.
//!
//! The texts come in by every door ([`doors`]), while a projection fails, and while the program is killed; they are looked
//! for in every form ([`planted`]) in every byte of every file, while it runs, after the kill and after a stop in order,
//! and in everything that it has printed at `--log trace`, for people and for programs. The last tests are of the test.

mod doors;
mod planted;

use std::path::Path;

use diptych_testkit::{Evidence, deadline};
use futures::future::join_all;
use rusqlite::Connection;

use self::planted::{Forms, MAILBOX, NAME, PICTURE, email, forms_of};
use crate::{
    program::Program,
    shop::{Shop, Store, fresh_folder},
};

#[test]
fn a_planted_person_is_nowhere_but_sealed_on_sqlite() {
    for format in ["human", "json"] {
        let mut evidence = Evidence::of("leaks: a planted person", format!("SQLite, logs for {format}"));
        deadline::prove(async {
            let (folder, forms) = (fresh_folder(), forms());
            let store = format!("sqlite:{}", folder.display());
            let mut bytes = 0;
            let mut clean = |when: &str| {
                let (size, found) = forms.in_folder(&folder);
                assert_eq!(found, None, "{when}");
                bytes += size;
            };
            let program = started(&store, format).await;
            let user = doors::all(&program.shop).await;
            clean("while it runs");
            nothing_is_told(&forms, &program.shop, &user).await;
            a_projection_fails(&program.shop, &folder, &user).await;
            nothing_is_told(&forms, &program.shop, &user).await;
            clean("after a projection has failed");
            let mut printed = killed_among_registrations(program).await;
            clean("after a kill");
            let program = started(&store, format).await;
            let orders = program.shop.get(&format!("/api/customers/{user}/orders")).await;
            assert!(orders.text().contains(NAME), "it is there, and can be read");
            printed.extend(program.stop().await);
            clean("after a stop in order");
            assert_eq!(forms.in_bytes(&printed), None, "it is printed");
            let says_something = printed.windows(12).any(|word| word == b"RegisterUser");
            assert!(says_something, "what was done is printed");
            evidence.add("bytes of files looked through", bytes);
            evidence.add("bytes of logs looked through", printed.len());
        });
        evidence.hand_in();
    }
}

#[test]
fn a_planted_person_is_in_no_log_line_on_memory() {
    deadline::prove(async {
        let mut evidence = Evidence::of("leaks: a planted person", "memory");
        let (program, forms) = (started(&Store::Memory.fresh(), "human").await, forms());
        let user = doors::all(&program.shop).await;
        nothing_is_told(&forms, &program.shop, &user).await;
        let printed = program.stop().await;
        assert_eq!(forms.in_bytes(&printed), None, "it is printed");
        evidence.add("bytes of logs looked through", printed.len());
        evidence.hand_in();
    });
}

fn forms() -> Forms {
    let numbers = (1..130).map(email);
    Forms::new(&numbers.chain(["keyed", "other", "none"].map(email)).collect::<Vec<_>>())
}

async fn started(store: &str, format: &str) -> Program {
    Program::start_with(&["--store", store, "--log", "trace", "--log-format", format]).await
}

async fn nothing_is_told(forms: &Forms, shop: &Shop, user: &str) {
    let told = doors::told_to_others(shop, user).await;
    let found = forms.in_bytes(&told);
    assert_eq!(found, None);
}

/// Takes the row away from under a projection, so that the next event about the person cannot be applied; then puts
/// that event aside, as an operator does.
async fn a_projection_fails(shop: &Shop, folder: &Path, user: &str) {
    let rows = Connection::open(folder.join("models/user_views-1.db")).unwrap();
    let gone = rows.execute("DELETE FROM user_views WHERE user_id = ?", (user,)).unwrap();
    assert_eq!(gone, 1);
    drop(rows);
    let path = format!("/api/users/{user}");
    let changed = serde_json::json!({ "version": 120, "displayName": NAME, "email": email("failing") });
    shop.patch(&path, changed).await.receipt("userId");
    let of = |list: &serde_json::Value| {
        let items = list["items"].as_array().unwrap();
        items.iter().find(|item| item["name"] == "user_views").unwrap().clone()
    };
    let failed = async {
        loop {
            let projection = of(&shop.get("/api/admin/projections").await.json());
            if projection["lastError"].is_object() {
                return;
            }
        }
    };
    deadline::within("the projection fails", failed).await;
    shop.get("/readyz").await.is(200);
    // It may be about to try once more, which an operator has to wait for.
    let skipped = shop.call("POST", "/api/admin/projections/user_views/skip").answer().await;
    assert!([202, 409].contains(&skipped.status), "{}", skipped.text());
}

/// Kills it while people register; answers what it has printed.
async fn killed_among_registrations(program: Program) -> Vec<u8> {
    let register = |number: usize| {
        let shop = program.shop.clone();
        async move {
            let person = doors::person(&email(format!("crash-{number}")));
            let call = shop.call("POST", "/api/users").json(&person);
            call.try_answer().await
        }
    };
    let going: Vec<_> = (0..64).map(|number| tokio::spawn(register(number))).collect();
    register(64).await.expect("it is up").is(202);
    let printed = program.kill().await;
    join_all(going).await;
    printed
}

/// Tests of the test: each form is found in a file, in a table's page, and in a line.
mod tests {
    use super::*;

    #[test]
    fn every_form_is_found_in_a_file() {
        let forms = forms();
        for text in [NAME, MAILBOX, PICTURE, &NAME.to_uppercase()] {
            for (form, bytes) in forms_of(text) {
                let folder = tempfile::tempdir().unwrap();
                std::fs::create_dir(folder.path().join("models")).unwrap();
                let around = [&[0xff; 5000][..], &bytes, &[0; 5000]].concat();
                std::fs::write(folder.path().join("models/rows.db-wal"), around).unwrap();
                let (size, found) = forms.in_folder(folder.path());
                assert!(size > 10_000 && found.is_some(), "{text} as {form} is not found");
            }
        }
    }

    #[test]
    fn what_is_not_sealed_is_found_in_a_database() {
        let folder = tempfile::tempdir().unwrap();
        let plain = Connection::open(folder.path().join("rows.db")).unwrap();
        plain.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE people (name TEXT)").unwrap();
        assert_eq!(forms().in_folder(folder.path()).1, None);
        plain.execute("INSERT INTO people VALUES (?)", (NAME,)).unwrap();
        assert!(forms().in_folder(folder.path()).1.is_some(), "it is in the write-ahead log");
        plain.execute_batch("PRAGMA journal_mode = DELETE").unwrap();
        assert!(forms().in_folder(folder.path()).1.is_some());
    }

    #[test]
    fn a_hash_without_a_key_and_an_encoded_line_are_found() {
        use sha2::Digest;
        let hash = sha2::Sha256::digest(email(1).as_bytes());
        assert!(forms().in_bytes(&[b"key=".as_slice(), &hash].concat()).is_some());
        let line = serde_json::json!({ "fields": { "email": email(7).to_uppercase() } }).to_string();
        assert!(forms().in_bytes(line.as_bytes()).is_some());
        assert_eq!(forms().in_bytes(b"v1:USR-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), None);
    }
}
