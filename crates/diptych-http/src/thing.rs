//! A kind of thing as HTTP shows it: where its view is, how it is asked for, and what a receipt calls its id.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use diptych::{
    Answered, AskOptions, Failure, FailureKind, Identifier, Node, Position, Query, QueryError, Revision,
    Shown, StreamId,
};
use futures::future::BoxFuture;
use serde::Serialize;

/// One thing's view as JSON.
#[derive(Clone, Debug)]
pub(crate) struct Rendered {
    pub(crate) json: Bytes,
    pub(crate) version: Revision,
    pub(crate) changed: Position,
}

type Ask = dyn Fn(Node, String, AskOptions) -> BoxFuture<'static, Result<Answered<Option<Rendered>>, QueryError>>
    + Send
    + Sync;

struct Facts {
    category: &'static str,
    path: &'static str,
    member: &'static str,
    updated: &'static str,
    projections: fn(&Node) -> Vec<&'static str>,
    ask: Box<Ask>,
    schema: schemars::Schema,
    query: &'static str,
}

/// A kind of thing. Cheap to clone.
#[derive(Clone)]
pub struct Thing(Arc<Facts>);

impl Thing {
    /// A kind of thing: the category of its streams, where its view is (`/api/orders/{id}`), what a receipt calls its id
    /// (`orderId`), what a change of its view is called (`OrderViewUpdated`), and the query that answers the view.
    pub fn new<I, Q, V>(
        category: &'static str,
        path: &'static str,
        member: &'static str,
        updated: &'static str,
        query: impl Fn(I) -> Q + Send + Sync + Clone + 'static,
    ) -> Self
    where
        I: Identifier,
        Q: Query<Answer = Option<Shown<V>>>,
        V: Serialize + schemars::JsonSchema + Send + 'static,
    {
        let ask = move |node: Node, id: String, options: AskOptions| -> BoxFuture<'static, _> {
            let query = query.clone();
            Box::pin(async move {
                let Ok(id) = id.parse::<I>() else {
                    return Ok(Answered { value: None, position: Position::START });
                };
                let answered = node.ask_with(query(id), options).await?;
                let value = answered.value.map(render).transpose()?;
                Ok(Answered { value, position: answered.position })
            })
        };
        Self(Arc::new(Facts {
            category,
            path,
            member,
            updated,
            projections: |node| node.reads_of::<Q>(),
            ask: Box::new(ask),
            schema: crate::openapi::schema_of_answer::<V>(),
            query: Q::NAME,
        }))
    }

    /// The category of its streams.
    #[must_use]
    pub fn category(&self) -> &'static str {
        self.0.category
    }

    /// Where its view is, with `{id}`.
    #[must_use]
    pub fn path(&self) -> &'static str {
        self.0.path
    }

    /// What a receipt calls its id.
    #[must_use]
    pub fn member(&self) -> &'static str {
        self.0.member
    }

    /// What a change of its view is called.
    #[must_use]
    pub fn updated(&self) -> &'static str {
        self.0.updated
    }

    /// The JSON Schema of its view.
    #[must_use]
    pub fn schema(&self) -> &schemars::Schema {
        &self.0.schema
    }

    /// The name of the query that answers its view.
    pub(crate) fn query(&self) -> &'static str {
        self.0.query
    }

    /// The projections that serve its view.
    pub(crate) fn projections(&self, node: &Node) -> Vec<&'static str> {
        (self.0.projections)(node)
    }

    pub(crate) async fn ask(
        &self,
        node: &Node,
        id: &str,
        options: AskOptions,
    ) -> Result<Answered<Option<Rendered>>, QueryError> {
        (self.0.ask)(node.clone(), id.to_owned(), options).await
    }

    /// Its stream; none where the id breaks the rules of ids.
    pub(crate) fn stream(&self, id: &str) -> Option<StreamId> {
        StreamId::parse(self.category(), id).ok()
    }

    /// Where the view of this one is. Ids need no escaping in a path.
    pub(crate) fn path_of(&self, id: &str) -> String {
        self.path().replace("{id}", id)
    }
}

impl fmt::Debug for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Thing({})", self.category())
    }
}

fn render<V: Serialize>(shown: Shown<V>) -> Result<Rendered, QueryError> {
    let json = serde_json::to_vec(&shown.view)
        .map_err(|error| Failure::new(FailureKind::Internal, "writing a view as JSON", error))?;
    Ok(Rendered { json: json.into(), version: shown.version, changed: shown.changed })
}
