//! A boundary by two tags and a type on PostgreSQL, on logs of three sizes; see [`crate::rows::boundary`].

use async_trait::async_trait;
use diptych::{App, Result};
use diptych_postgres::PostgresDatabase;

use crate::{
    hand::postgres::Place,
    row::{Detail, First, Measure, Pair, Row, Running, Setting, Target},
    rows::boundary::{self, make, sizes},
};

/// See the page.
pub(crate) struct Boundary;

struct Prepared {
    places: Vec<Place>,
    logs: boundary::Prepared,
}

#[async_trait]
impl Row for Boundary {
    fn name(&self) -> &'static str {
        "pg-boundary"
    }

    fn needs_postgres(&self) -> bool {
        true
    }

    fn measures(&self) -> Vec<Measure> {
        let measure = |name, title| Measure {
            name,
            title,
            unit: "µs",
            target: Target::AtMost(1.5),
            decoded: "no",
            baseline: "ours, on a log of a hundredth of the events",
        };
        vec![
            measure(
                "pg-boundary-rare",
                "PostgreSQL: boundary by a common tag, a rare tag and a type: 1 M events to 10 k",
            ),
            measure(
                "pg-boundary-middle",
                "PostgreSQL: boundary by two tags on 200 events each and a type: 1 M events to 10 k",
            ),
        ]
    }

    async fn prepare(&self, setting: &Setting) -> Result<Box<dyn Running>> {
        let node = App::open("memory:")?.start().await?;
        let (mut places, mut logs) = (Vec::new(), Vec::new());
        for events in sizes(setting.scale) {
            let place = Place::new(setting, &format!("log{events}")).await?;
            let store = PostgresDatabase::open(&place.url(), Default::default()).await?.store();
            logs.push(make(setting, &node, store, events).await?);
            places.push(place);
        }
        node.shut_down().await?;
        // As it is soon after, by the server itself: all logs alike.
        setting.tell.now("VACUUM ANALYZE");
        places[0].client().await?.batch_execute("VACUUM ANALYZE").await?;
        let chart = ("pg-boundary", "PostgreSQL: reading and judging a boundary of two tags and a type");
        let logs = boundary::Prepared { logs, times: setting.scale.of(30, 150), chart };
        Ok(Box::new(Prepared { places, logs }))
    }
}

#[async_trait]
impl Running for Prepared {
    async fn pair(&mut self, first: First) -> Result<Vec<Pair>> {
        self.logs.pair(first).await
    }

    async fn details(&mut self) -> Result<Vec<Detail>> {
        self.logs.details().await
    }

    async fn end(self: Box<Self>) -> Result {
        Box::new(self.logs).end().await?;
        for place in &self.places {
            place.remove().await?;
        }
        Ok(())
    }
}
