//! Where commands go: to the application's own node on its store, or to a server that runs already.

use std::str::FromStr;

use diptych::{BoxError, CommandError, CommandOptions, Node};
use diptych_client::Client;
use shop::{
    accounts::{CreatePost, FollowUser, RegisterUser},
    orders::{AddItem, CancelOrder, CreateOrder, OrderId, PayOrder, ShipOrder, SubmitOrder},
};

use super::wish::{Line, Step, Wish};

/// Where commands go. Cheap to clone.
#[derive(Clone)]
pub(super) enum Target {
    /// A node in this process.
    Node(Node),
    /// A server.
    Server(Client),
}

/// What a command has led to.
pub(super) struct Sent {
    /// The id of the thing.
    pub(super) id: String,
    /// Up to where a reader must have read to see it.
    pub(super) position: u64,
}

/// Why a command was not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    /// The node says no.
    #[error(transparent)]
    Node(#[from] CommandError),
    /// The server says no, or cannot be reached.
    #[error(transparent)]
    Server(#[from] diptych_client::Error),
    /// What was drawn is nothing that the shop takes.
    #[error("a command that was drawn cannot be made")]
    Drawn(#[from] BoxError),
    /// A task broke.
    #[error("a task ended early")]
    Task(#[from] tokio::task::JoinError),
}

impl Target {
    /// Sends a command and waits for its receipt.
    pub(super) async fn send(&self, wish: Wish) -> Result<Sent, SendError> {
        match self {
            Self::Server(client) => {
                let (path, body) = wish.request();
                let receipt = client.post(&path, body).await?;
                Ok(Sent { id: receipt.id, position: receipt.position })
            }
            Self::Node(node) => execute(node, wish).await,
        }
    }
}

async fn execute(node: &Node, wish: Wish) -> Result<Sent, SendError> {
    let fresh = || node.ids().draw().to_string();
    let options = CommandOptions::default();
    let receipt = match wish {
        Wish::Register { email, name } => {
            let (user_id, email) = (drawn(&fresh())?, drawn(&email)?);
            let command = RegisterUser { user_id, email, display_name: Some(name), avatar_url: None };
            node.send(command, options).await?
        }
        Wish::Follow { follower, followed } => {
            let command = FollowUser { follower_id: drawn(&follower)?, followed_id: drawn(&followed)? };
            node.send(command, options).await?
        }
        Wish::Post { user, text } => {
            let command = CreatePost { post_id: drawn(&fresh())?, user_id: drawn(&user)?, text };
            node.send(command, options).await?
        }
        Wish::Create { customer, lines } => {
            let items = lines.iter().map(Line::item).collect::<Result<_, _>>()?;
            let (order_id, customer_id) = (drawn(&fresh())?, drawn(&customer)?);
            node.send(CreateOrder { order_id, customer_id, items }, options).await?
        }
        Wish::Then { order, step } => execute_step(node, drawn(&order)?, step).await?,
    };
    Ok(Sent { id: receipt.id().to_owned(), position: receipt.position.get() })
}

async fn execute_step(node: &Node, order_id: OrderId, step: Step) -> Result<diptych::Receipt, SendError> {
    let options = CommandOptions::default();
    Ok(match step {
        Step::Add(line) => node.send(AddItem { order_id, item: line.item()? }, options).await?,
        Step::Submit => node.send(SubmitOrder { order_id }, options).await?,
        Step::Pay { reference } => {
            node.send(PayOrder { order_id, payment_reference: Some(reference) }, options).await?
        }
        Step::Ship { tracking } => {
            node.send(ShipOrder { order_id, tracking_number: tracking }, options).await?
        }
        Step::Cancel { reason } => {
            node.send(CancelOrder { order_id, reason: Some(reason.to_owned()) }, options).await?
        }
    })
}

/// A value of the domain from the text that was drawn for it.
fn drawn<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(text: &str) -> Result<T, BoxError> {
    Ok(text.parse::<T>()?)
}
