//! `app.test()`: a question sees all that was recorded before it, and time is the test's.

use std::time::Duration;

use diptych::{Context, Never, Timestamp, prelude::*};
use diptych_testkit::TestApp;

#[derive(Id)]
struct BellId(String);

#[derive(Event)]
enum BellEvent {
    Rung,
}

#[derive(State)]
#[state(category = "bell", events = BellEvent)]
struct Bell {
    rung: u32,
}

impl Bell {
    fn evolve(&mut self, _: &BellEvent) {
        self.rung = self.rung.saturating_add(1);
    }
}

#[derive(Command)]
#[command(on = Bell, id = bell, rejection = Never)]
struct Ring {
    bell: BellId,
}

impl Ring {
    fn decide(&self, _: &Bell, _: &Context) -> Result<BellEvent, Never> {
        Ok(BellEvent::Rung)
    }
}

#[projection(sql = "CREATE TABLE rings (position BIGINT PRIMARY KEY, at TEXT NOT NULL)")]
async fn rings(_event: &BellEvent, at: &Metadata, tx: &mut Tx<'_>) -> Result {
    tx.execute("INSERT INTO rings VALUES ($1, $2)", (at.position, at.recorded_at)).await?;
    Ok(())
}

struct Times;

#[query(reads = rings)]
async fn times(_query: &Times, db: &Reader) -> Result<Vec<Timestamp>> {
    let rows = db.rows("SELECT at FROM rings ORDER BY position", ()).await?;
    Ok(rows.iter().map(|row| row.get("at")).collect::<Result<_, _>>()?)
}

fn bell() -> Ring {
    Ring { bell: "B".parse().expect("an id") }
}

#[tokio::test]
async fn a_question_sees_what_was_recorded_and_when_by_the_tests_clock() {
    let app = App::open("sqlite:never-made").expect("a URL");
    let app = app.command::<Ring>().projection(rings).query(times).test().await;
    app.execute(bell()).await.expect("a receipt");
    app.clock().advance(Duration::from_secs(60));
    app.execute(bell()).await.expect("a receipt");
    let seen: Vec<_> = app.ask(Times).await.iter().map(ToString::to_string).collect();
    assert_eq!(seen, ["2026-01-01T00:00:00.000000Z", "2026-01-01T00:01:00.000000Z"]);
    assert!(!std::path::Path::new("never-made").exists());
}
