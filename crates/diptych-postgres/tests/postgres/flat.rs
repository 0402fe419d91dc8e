//! A boundary by tags costs the same however long the log is: what its statements touch is counted by the server.

use diptych_testkit::{Effort, Evidence};
use tokio_postgres::Client;

use crate::server::Place;

const HINDERING: &str = include_str!("../../sql/append/hindering/of_tags.sql");
const READ: &str = include_str!("../../sql/read/of_tags.sql");

/// By hashes: every second event is tagged 1, every sixteenth 2, and tags from 1,000 on are on about ten events each.
const FILL: &str = "
    INSERT INTO {schema}.diptych_categories VALUES (1, 'thing');
    INSERT INTO {schema}.diptych_types SELECT id, 'T' || id FROM generate_series(1, 8) AS id;
    INSERT INTO {schema}.diptych_streams SELECT id, 1, 's' || id FROM generate_series(0, {count} / 10) AS id;
    INSERT INTO {schema}.diptych_events
    SELECT p, p / 10, p % 10, 1 + (hashint8(p) & 7), 1, 0, gen_random_uuid(), 'c', 'c', NULL,
        ARRAY[
            CASE hashint8(p * 3) & 1 WHEN 0 THEN 1 ELSE 99 END,
            CASE hashint8(p * 5) & 15 WHEN 0 THEN 2 ELSE 100 END,
            1000 + abs(hashint8(p * 7)::bigint) % ({count} / 10)
        ], 'x'
    FROM generate_series(1, {count}) AS p;
    INSERT INTO {schema}.diptych_event_tags
    SELECT DISTINCT tag, type, position FROM {schema}.diptych_events, unnest(tags) AS tag;
    ANALYZE {schema}.diptych_events; ANALYZE {schema}.diptych_event_tags; ANALYZE {schema}.diptych_streams";

/// What running a statement touched.
#[derive(Clone, Copy, Debug, Default)]
struct Touched {
    /// Entries of indexes and rows of tables.
    rows: u64,
    /// Pages, in the server's memory or not.
    pages: u64,
}

impl Touched {
    /// Runs it. Its text is JSON, of which the numbers of scans are picked.
    async fn by(client: &Client, sql: &str) -> Self {
        let sql = format!("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}");
        let rows = client.simple_query(&sql).await.unwrap();
        let text: String = rows
            .iter()
            .filter_map(|row| {
                let tokio_postgres::SimpleQueryMessage::Row(row) = row else { return None };
                row.get(0)
            })
            .collect();
        let plan: serde_json::Value = serde_json::from_str(&text).unwrap();
        let root = &plan[0]["Plan"];
        let number = |name: &str| root[name].as_u64().unwrap();
        let mut touched = Self { rows: 0, pages: number("Shared Hit Blocks") + number("Shared Read Blocks") };
        touched.scans(root);
        touched
    }

    fn scans(&mut self, node: &serde_json::Value) {
        let of_log = node["Relation Name"].as_str().is_some_and(|name| name.starts_with("diptych_event"));
        if of_log {
            let kind = node["Node Type"].as_str().unwrap();
            assert!(kind.starts_with("Index"), "the log is gone through by a {kind}: {node:#}");
            let removed = node["Rows Removed by Filter"].as_f64().unwrap_or(0.0);
            let each = node["Actual Rows"].as_f64().unwrap() + removed;
            let all = each * node["Actual Loops"].as_f64().unwrap();
            self.rows += format!("{all:.0}").parse::<u64>().unwrap();
        }
        for child in node["Plans"].as_array().into_iter().flatten() {
            self.scans(child);
        }
    }
}

/// The statement of a condition, or of a page, with values in place of parameters.
fn with_values(sql: &str, place: &Place, values: &[&str]) -> String {
    let sql: String =
        sql.lines().filter(|line| !line.starts_with("--")).map(|line| format!("{line}\n")).collect();
    let mut sql = sql.replace("{schema}", &place.schema).replace("{order}", "ASC").replace("{start}", "$1");
    sql = sql.replace("{farthest}", "max").replace("{from}", ">=").replace("{step}", "+");
    for (nth, value) in (1..).zip(values) {
        sql = sql.replace(&format!("${nth}"), value);
    }
    sql
}

/// The checks and reads of boundaries of two tags and a type, in a log of so many events.
async fn touched(client: &Client, count: u64) -> Vec<(String, Touched)> {
    let place = Place::new();
    drop(place.opened().await);
    let fill = FILL.replace("{schema}", &place.schema).replace("{count}", &count.to_string());
    client.batch_execute(&fill).await.unwrap();
    // VACUUM lets an index answer by itself; it takes no transaction.
    client.batch_execute(&format!("VACUUM {}.diptych_event_tags", place.schema)).await.unwrap();
    let sql = format!(
        "SELECT position, tags[3]::text, type::text FROM {}.diptych_events
        WHERE tags[1] = 1 AND position > $1::bigint ORDER BY position LIMIT 1",
        place.schema
    );
    let row = client.query_one(&sql, &[&i64::try_from(count / 2).unwrap()]).await.unwrap();
    let (middle, rare, event_type): (i64, String, String) = (row.get(0), row.get(1), row.get(2));
    let middle = u64::try_from(middle).unwrap();
    let mut all = Vec::new();
    for (name, tags) in [("rare and common", format!("{{{rare},1}}")), ("two common", "{2,1}".to_owned())] {
        for (since, after) in [("the start", 0), ("the middle", middle), ("the last few", count - 10)] {
            let (after, of_type) =
                (format!("ARRAY[{after}]::bigint[]"), format!("ARRAY['{{{event_type}}}']"));
            let (none, tags) = ("ARRAY[NULL]::bigint[]", format!("ARRAY['{tags}']"));
            let values = ["ARRAY[0]::bigint[]", &after, none, none, &tags, &of_type];
            let sql = with_values(HINDERING, &place, &values);
            all.push((format!("a condition on {name} since {since}"), Touched::by(client, &sql).await));
        }
        let (tags, of_type) = (format!("'{tags}'::bigint[]"), format!("'{{{event_type}}}'::bigint[]"));
        let values =
            ["0::bigint", &format!("{count}::bigint"), "20::bigint", "NULL::bigint", &tags, &of_type];
        let sql = with_values(READ, &place, &values);
        all.push((format!("twenty events of {name}"), Touched::by(client, &sql).await));
    }
    all
}

#[test]
fn a_boundary_by_two_tags_and_a_type_touches_as_much_of_a_long_log_as_of_a_short_one() {
    let effort = Effort::of_environment();
    let [short, long] =
        [effort.of(4_000, 10_000), effort.of(40_000, 1_000_000)].map(|n| u64::try_from(n).unwrap());
    let proof = async move {
        let mut evidence = Evidence::of("a boundary by tags is flat", "PostgreSQL");
        let client = Place::client().await;
        let (few, many) = (touched(&client, short).await, touched(&client, long).await);
        assert!(few.iter().map(|(_, few)| few.rows).sum::<u64>() > 50, "there is something to be found");
        for ((name, few), (_, many)) in few.into_iter().zip(many) {
            eprintln!("{name}: {few:?} of {short}, {many:?} of {long}");
            assert!(2 * many.rows <= 3 * few.rows.max(8), "{name}: {few:?} of {short}, {many:?} of {long}");
            // An index of a longer log may be two levels higher.
            assert!(many.pages <= 2 * few.pages.max(10), "{name}: {few:?} of {short}, {many:?} of {long}");
        }
        evidence.add("events in the short log", short);
        evidence.add("events in the long log", long);
        evidence.hand_in();
    };
    if crate::server::is_there() {
        diptych_testkit::deadline::prove(proof);
    }
}
