//! `GET /api/orders/{id}`: the server's processor time for a request, the shop's beside that of a bare axum handler.

use std::{process::Command, sync::Arc};

use async_trait::async_trait;
use diptych::Result;
use rusqlite::{Connection as Database, OpenFlags};

use crate::{
    callers::Callers,
    child::{Server, seeded},
    http::Connection,
    number::float,
    row::{First, Measure, Pair, Row, Running, Setting, Target},
};

/// See the page.
pub(crate) struct GetOrder;

/// Orders in the store.
const ORDERS: usize = 20_000;

struct Prepared {
    shop: Server,
    bare: Server,
    orders: Arc<[String]>,
    callers: Callers,
}

#[async_trait]
impl Row for GetOrder {
    fn name(&self) -> &'static str {
        "get-order"
    }

    fn measures(&self) -> Vec<Measure> {
        vec![Measure {
            name: "get-order",
            title: "`GET /api/orders/{id}`, the server's processor time per request",
            unit: "µs of processor time/request",
            target: Target::AtMost(1.4),
            decoded: "a row, not events; ours opens two sealed values",
            baseline: "axum, the same `SELECT` on the same file from the runtime's own threads, a struct, JSON; sealed values stay sealed",
        }]
    }

    async fn prepare(&self, setting: &Setting) -> Result<Box<dyn Running>> {
        let folder = seeded(setting, setting.scale.of(500, ORDERS))?;
        let shop = Server::shop(&folder)?;
        shop.ready().await?;
        let model = folder.join("models").join("order_views-1.db");
        let orders = {
            let rows = Database::open_with_flags(&model, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            let mut ids = rows.prepare("SELECT order_id FROM order_views ORDER BY random() LIMIT 1000")?;
            ids.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?
        };
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--bare-server".as_ref(), model.as_os_str()]);
        let bare = Server::start(command)?;
        let callers = Callers { callers: 8, each: setting.scale.of(100, 1_500) };
        Ok(Box::new(Prepared { shop, bare, orders: orders.into(), callers }))
    }
}

impl Prepared {
    async fn ask(&self, server: &Server) -> Result<f64> {
        let mut connections = Vec::new();
        for _ in 0..self.callers.callers {
            let connection = Connection::open(&server.address).await?;
            connections.push(Arc::new(tokio::sync::Mutex::new(connection)));
        }
        let orders = Arc::clone(&self.orders);
        let begun = server.processor()?;
        let asked = self.callers.run(move |caller, n| {
            let connection = Arc::clone(&connections[caller]);
            let path = format!("/api/orders/{}", orders[(caller * 131 + n) % orders.len()]);
            async move {
                let answer = connection.lock().await.get(&path).await?;
                if answer.status == 200 && answer.body.len() > 100 {
                    Ok(())
                } else {
                    Err(format!("{path} was answered with {}", answer.status).into())
                }
            }
        });
        asked.await?;
        Ok((server.processor()? - begun) / float(self.callers.calls()))
    }
}

#[async_trait]
impl Running for Prepared {
    async fn pair(&mut self, first: First) -> Result<Vec<Pair>> {
        let (ours, bare) = first.in_turn(self.ask(&self.shop), self.ask(&self.bare)).await?;
        Ok(vec![Pair::of(ours, bare)])
    }

    async fn end(self: Box<Self>) -> Result {
        self.shop.stop().await
    }
}
