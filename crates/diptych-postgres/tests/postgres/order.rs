//! Commit order is position order because the lock is taken in an earlier statement than the check, under READ COMMITTED.
//! The variants that look nearly the same are shown to let two unique rows in: a test of the test.

use tokio_postgres::Client;

use crate::server::{Place, run};

const CHECKED: &str =
    "INSERT INTO taken SELECT 'a' FROM waited WHERE NOT EXISTS (SELECT 1 FROM taken WHERE mail = 'a')";

/// Two writers who both want to be the only one: the second waits for the lock while the first has not committed. Answers
/// how many rows there are in the end.
async fn rows_after(place: &Place, second: impl AsyncFnOnce(&Client)) -> i64 {
    let schema = &place.schema;
    let (first, other, looking) = (Place::client().await, Place::client().await, Place::client().await);
    let make = format!("CREATE SCHEMA {schema}; CREATE TABLE {schema}.taken (mail text)");
    looking.batch_execute(&make).await.unwrap();
    for client in [&first, &other, &looking] {
        client.batch_execute(&format!("SET search_path TO {schema}")).await.unwrap();
    }
    let waiter: i32 = other.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
    let insert =
        "BEGIN; SELECT pg_advisory_xact_lock(hashtext(current_schema())); INSERT INTO taken VALUES ('a')";
    first.batch_execute(insert).await.unwrap();
    let freed = async {
        let sql = "SELECT 1 FROM pg_locks WHERE pid = $1 AND locktype = 'advisory' AND NOT granted";
        while looking.query(sql, &[&waiter]).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        first.batch_execute("COMMIT").await.unwrap();
    };
    tokio::join!(second(&other), freed);
    looking.query_one("SELECT count(*) FROM taken", &[]).await.unwrap().get(0)
}

async fn together(client: &Client, statements: &[&str]) {
    for statement in statements {
        client.batch_execute(statement).await.unwrap();
    }
}

const LOCK: &str = "SELECT pg_advisory_xact_lock(hashtext(current_schema()))";

#[test]
fn lock_and_check_in_one_statement_let_two_unique_rows_in() {
    run(async {
        let one = format!("WITH waited AS MATERIALIZED ({LOCK}) {CHECKED}");
        let rows = rows_after(&Place::new(), async |client: &Client| together(client, &[&one]).await).await;
        assert_eq!(rows, 2, "rows that were to be unique");
    });
}

#[test]
fn repeatable_read_lets_two_unique_rows_in() {
    run(async {
        let check = format!("WITH waited AS (SELECT 1) {CHECKED}");
        let all = ["BEGIN ISOLATION LEVEL REPEATABLE READ", LOCK, &check, "COMMIT"];
        let rows = rows_after(&Place::new(), async |client: &Client| together(client, &all).await).await;
        assert_eq!(rows, 2, "rows that were to be unique");
    });
}

#[test]
fn the_lock_in_an_earlier_statement_keeps_unique_rows_unique() {
    run(async {
        let check = format!("WITH waited AS (SELECT 1) {CHECKED}");
        let all = ["BEGIN ISOLATION LEVEL READ COMMITTED", LOCK, &check, "COMMIT"];
        let rows = rows_after(&Place::new(), async |client: &Client| together(client, &all).await).await;
        assert_eq!(rows, 1, "rows that were to be unique");
    });
}
