//! A node in this process, on the store that the settings name. It runs no projection but one that the operator acts on.

use async_trait::async_trait;
use axum::body::Body;
use diptych::{App, BoxError, Node};
use diptych_http::OperatorHere;
use futures::StreamExt;
use http::Request;

use super::{Answer, Call, Operator};
use crate::{CliError, serve::ServingError};

/// See the page.
pub(crate) struct Here {
    node: Node,
    calls: OperatorHere,
    store: String,
}

impl Here {
    /// Opens the store.
    ///
    /// # Errors
    /// [`CliError`]; where another process serves the folder, the text says who.
    pub(crate) async fn open(app: App) -> Result<Self, CliError> {
        let store = app.store_url().map_or_else(|| "the store".to_owned(), ToString::to_string);
        let node = app.only_looking().start().await.map_err(ServingError::Start)?;
        let calls = OperatorHere::of(node.clone());
        Ok(Self { node, calls, store })
    }
}

#[async_trait]
impl Operator for Here {
    fn whom(&self) -> String {
        self.store.clone()
    }

    async fn send(&self, call: Call) -> Result<Answer, BoxError> {
        let request = Request::builder().method(call.method).uri(call.path).body(Body::from(call.body))?;
        let (head, body) = self.calls.answer(request).await.into_parts();
        let body = body.into_data_stream().map(|piece| piece.map_err(Into::into)).boxed();
        Ok(Answer { status: head.status.as_u16(), body })
    }

    async fn close(&self) -> Result<(), BoxError> {
        Ok(self.node.shut_down().await?)
    }
}
