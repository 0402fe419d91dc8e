//! Functions that became values: projections, queries and event handlers.

use std::sync::{Arc, Mutex};

use diptych::{
    EventHandler, Filter, InlineProjection, Metadata, Position, ProjectionError, Query, QueryHandler, Reader,
    Recorded, Result, SqlProjection, SqlRow, SqlValue, Tx,
    model::ReadHandle,
    personal::Sealed,
    projection::name_of,
    sql::{Opener, Source, SqlError, SqlReader, SqlTransaction},
};
use diptych_core::__private::async_trait::async_trait;
use diptych_macros::{event_handler, projection, query};

use crate::{
    bank::{AccountEvent, Balance, balance, balances},
    given::stored,
};

#[projection(name = "sums", sql = "CREATE TABLE sums (cents INTEGER)")]
async fn in_batches(events: &[Recorded<AccountEvent>], tx: &mut Tx<'_>) -> Result<(), SqlError> {
    tx.execute("batch", (i64::try_from(events.len()).unwrap_or_default(),)).await?;
    Ok(())
}

#[projection]
async fn never(tx: &mut Tx<'_>, events: &[Recorded<AccountEvent>]) -> Result {
    tx.execute("never", ()).await?;
    match events.last() {
        Some(last) => Err(ProjectionError { position: last.at.position, source: "never".into() }.into()),
        None => Ok(()),
    }
}

#[projection(inline)]
async fn ledger(event: &AccountEvent, tx: &mut Tx<'_>) -> Result {
    if let AccountEvent::Withdrawn { .. } = event {
        return Err("the ledger is closed".into());
    }
    tx.execute("ledger", ()).await?;
    Ok(())
}

struct Everything;

#[query(reads = [balances, "sums", self::in_batches])]
async fn everything(_: &Everything, db: &Reader) -> std::result::Result<Position, SqlError> {
    Ok(db.position())
}

#[event_handler(name = "welcome-mail")]
async fn welcome(event: &AccountEvent, at: &Metadata) -> Result {
    match event {
        AccountEvent::Opened { owner } => Err(format!("no mail to {owner} at {}", at.position).into()),
        AccountEvent::Deposited { .. } | AccountEvent::Withdrawn { .. } => Ok(()),
    }
}

/// An engine that keeps the statements it was given.
#[derive(Clone, Default)]
struct Statements(Arc<Mutex<Vec<Statement>>>);

type Statement = (String, Vec<SqlValue>);

#[async_trait]
impl SqlTransaction for Statements {
    async fn execute(&mut self, sql: &str, params: Vec<SqlValue>) -> Result<u64, SqlError> {
        self.0.lock().unwrap().push((sql.to_owned(), params));
        Ok(1)
    }

    async fn query(&mut self, _: &str, _: Vec<SqlValue>) -> Result<Vec<SqlRow>, SqlError> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl SqlReader for Statements {
    async fn query(&self, _: &str, params: Vec<SqlValue>) -> Result<Vec<SqlRow>, SqlError> {
        let found = params == [SqlValue::Text("A-1".into())];
        let columns: Arc<[String]> = Arc::from(["cents".to_owned()]);
        Ok(found.then(|| SqlRow::new(columns, vec![SqlValue::Integer(5)])).into_iter().collect())
    }
}

impl ReadHandle for Statements {
    fn position(&self) -> Position {
        Position::from_i64(9)
    }
    fn sql(&self) -> Option<&dyn SqlReader> {
        Some(self)
    }
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

#[derive(Debug)]
struct NoKeys;

#[async_trait]
impl Opener for NoKeys {
    async fn open(&self, _: &Sealed) -> Result<Option<Vec<u8>>, diptych::Failure> {
        Ok(None)
    }
}

fn reader() -> Reader {
    let handle = Box::new(Statements::default());
    Reader::new(
        vec![Source { name: name_of(balances), position: Position::from_i64(9), handle }],
        Arc::new(NoKeys),
    )
}

#[test]
fn a_projection_is_declared_by_its_attribute_and_its_events() {
    let spec = SqlProjection::spec(&balances);
    assert_eq!((&*spec.name, spec.version), ("balances", 2));
    assert_eq!(spec.schema, "CREATE TABLE balances (account TEXT PRIMARY KEY, cents INTEGER NOT NULL);\n");
    let Filter::Any(scopes) = spec.filter else { panic!("a filter by type") };
    let types: Vec<_> = scopes[0].types.iter().map(|name| &**name).collect();
    assert_eq!(types, ["Deposited", "Opened", "Withdrawn"]);
    let spec = SqlProjection::spec(&in_batches);
    assert_eq!((&*spec.name, spec.version, &*spec.schema), ("sums", 1, "CREATE TABLE sums (cents INTEGER)"));
    assert_eq!(InlineProjection::spec(&ledger).name, "ledger");
}

#[tokio::test]
async fn a_projection_takes_events_one_by_one_or_in_batches() {
    let mut engine = Statements::default();
    let events = [stored("Opened", 1, r#"{"owner":"Ann"}"#), stored("Deposited", 1, r#"{"cents":5}"#)];
    SqlProjection::apply(&balances, &events, &mut Tx::new(&mut engine)).await.unwrap();
    SqlProjection::apply(&in_batches, &events, &mut Tx::new(&mut engine)).await.unwrap();
    SqlProjection::apply(&in_batches, &[], &mut Tx::new(&mut engine)).await.unwrap();
    let seen = engine.0.lock().unwrap().clone();
    let deposit = ("deposit".to_owned(), vec![SqlValue::Text("A-1".into()), SqlValue::Integer(5)]);
    assert_eq!(seen, [deposit, ("batch".to_owned(), vec![SqlValue::Integer(2)])]);
}

#[tokio::test]
async fn an_event_that_cannot_be_read_or_projected_is_named() {
    let mut engine = Statements::default();
    let error =
        SqlProjection::apply(&balances, &[stored("Deposited", 1, "{}")], &mut Tx::new(&mut engine)).await;
    assert_eq!(error.unwrap_err().to_string(), "event 7 could not be projected");
    let mut events = [stored("Deposited", 1, r#"{"cents":1}"#), stored("Withdrawn", 1, r#"{"cents":1}"#)];
    events[1].metadata.position = Position::from_i64(8);
    let error = SqlProjection::apply(&never, &events, &mut Tx::new(&mut engine)).await.unwrap_err();
    assert_eq!((error.position, error.source.to_string().as_str()), (Position::from_i64(8), "never"));
    let [deposited, withdrawn] = events;
    assert!(ledger.apply(&deposited, &mut Tx::new(&mut engine)).await.is_ok());
    let refused = ledger.apply(&withdrawn, &mut Tx::new(&mut engine)).await.unwrap_err();
    assert_eq!(refused.to_string(), "the ledger is closed");
}

/// As the application's builder takes them.
fn registered<Q: Query>(
    _: impl SqlProjection,
    _: impl InlineProjection,
    _: impl EventHandler,
    _: impl QueryHandler<Q>,
) {
}

#[test]
fn what_the_attributes_leave_is_registered_by_name_and_takes_no_other_name() {
    registered(balances, ledger, welcome, balance);
    let balance = Balance { account: "A-1".into() };
    let Balance { account: balances } = balance;
    assert_eq!(balances, "A-1");
}

#[tokio::test]
async fn a_query_declares_what_it_reads_and_answers() {
    assert_eq!((Balance::NAME, Everything::NAME), ("Balance", "Everything"));
    assert_eq!(QueryHandler::reads(&balance), ["balances"]);
    assert_eq!(QueryHandler::reads(&everything), ["balances", "sums", "sums"]);
    for (account, cents) in [("A-1", Some(5)), ("A-2", None)] {
        assert_eq!(balance.answer(&Balance { account: account.into() }, &reader()).await.unwrap(), cents);
    }
    assert_eq!(everything.answer(&Everything, &reader()).await.unwrap(), Position::from_i64(9));
}

#[tokio::test]
async fn an_event_handler_has_a_name_and_a_filter_and_is_given_its_events() {
    assert_eq!(welcome.name(), "welcome-mail");
    let opened = stored("Opened", 1, r#"{"owner":"Ann"}"#);
    assert!(welcome.filter().passes(opened.stream(), &opened.event_type, &[]));
    assert!(!welcome.filter().passes(opened.stream(), "Shipped", &[]));
    assert_eq!(welcome.handle(&opened).await.unwrap_err().to_string(), "no mail to Ann at 7");
    assert!(welcome.handle(&stored("Deposited", 1, r#"{"cents":1}"#)).await.is_ok());
}
