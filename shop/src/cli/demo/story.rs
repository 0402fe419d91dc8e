//! The story: a customer, an order, and everything that can be asked of it; two commands are refused on the way.
//!
//! It holds the shop to what it tells: a refusal that does not come, or an answer that does not fit, ends it with an error.

use diptych_client::{Client, Command, Error, Receipt};
use serde_json::{Value, json};

use super::narrator::Narrator;

/// What is to be learnt from it.
const MORAL: &str =
    "Commands answer with receipts, queries with views; a receipt is all it takes to read one's own write.";

/// Why the story does not come to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum StoryError {
    /// The server says no, or cannot be reached.
    #[error(transparent)]
    Client(#[from] Error),
    /// It cannot be printed.
    #[error("printing the story")]
    Terminal(#[from] std::io::Error),
    /// A command was taken that should have been refused.
    #[error("{method} {path} was taken, and should have been refused")]
    NotRefused {
        /// The command's method.
        method: &'static str,
        /// The command's path.
        path: String,
    },
}

/// Whoever tells the story, and to whom the requests go.
struct Telling {
    client: Client,
    narrator: Narrator,
}

/// Plays it, to the end or until nobody listens any more (`shop demo | head`).
pub(super) async fn play(client: Client, narrator: Narrator) -> Result<(), StoryError> {
    match tell(client, narrator).await {
        Err(StoryError::Terminal(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        played => played,
    }
}

async fn tell(client: Client, narrator: Narrator) -> Result<(), StoryError> {
    let mut telling = Telling { client, narrator };
    let customer = telling.register().await?;
    let order = telling.order(&customer).await?;
    telling.submit(&order).await?;
    let shipped = telling.pay_and_ship(&order).await?;
    telling.stale_version(&customer).await?;
    telling.statistics(&shipped).await?;
    telling.narrator.ends(MORAL)?;
    Ok(())
}

impl Telling {
    /// Registers a customer; the path of their view.
    async fn register(&mut self) -> Result<Receipt, StoryError> {
        self.narrator
            .step("Ada registers. A command is answered with a receipt: ids and places, no data.")
            .await?;
        let unlike = Command::delete("/").idempotency_key().chars().rev().take(8).collect::<String>();
        let body = json!({ "email": format!("ada.{unlike}@example.org"), "displayName": "Ada Lovelace" });
        self.post("/api/users", body).await
    }

    /// Creates an order, looks at it, and adds to it; the path of its view.
    async fn order(&mut self, customer: &Receipt) -> Result<String, StoryError> {
        self.narrator.step("She puts a keyboard into a new order.").await?;
        let keyboard = json!({ "name": "Mechanical keyboard", "price": 129.99, "quantity": 1 });
        let body = json!({ "customerId": customer.id, "items": [keyboard] });
        let created = self.post("/api/orders", body).await?;
        let order = created.links.view.clone();

        self.narrator.step("How far are the read models? The receipt says where to ask.").await?;
        self.get(&created.links.status).await?;

        self.narrator.step("Reading her own write: the query waits for the receipt's position.").await?;
        self.get_at(&order, &created).await?;

        self.narrator.step("Two mice more, and a lamp.").await?;
        let items = format!("{order}/items");
        self.post(&items, json!({ "name": "Wireless mouse", "price": 34.99, "quantity": 2 })).await?;
        self.post(&items, json!({ "name": "Desk lamp", "price": 39.5, "quantity": 1 })).await?;
        Ok(order)
    }

    async fn submit(&mut self, order: &str) -> Result<(), StoryError> {
        self.narrator.step("She submits the order.").await?;
        let submitted = self.post(&format!("{order}/submit"), Value::Null).await?;

        self.narrator.step("One thing more? Too late: the domain refuses, and says why.").await?;
        let body = json!({ "name": "Webcam", "price": 79.99, "quantity": 1 });
        self.refused(
            "POST",
            Command::post(format!("{order}/items"), &body)?,
            &format!("{order}/items"),
            &body,
        )
        .await?;

        self.narrator.step("The order as it stands now.").await?;
        self.get_at(order, &submitted).await
    }

    async fn pay_and_ship(&mut self, order: &str) -> Result<Receipt, StoryError> {
        self.narrator.step("She pays.").await?;
        self.post(&format!("{order}/pay"), json!({ "paymentReference": "PAY-2026-0042" })).await?;

        self.narrator.step("The shop ships it.").await?;
        let shipped = self.post(&format!("{order}/ship"), json!({ "trackingNumber": "TRK000042" })).await?;
        self.get_at(order, &shipped).await?;
        Ok(shipped)
    }

    /// Two who both change version 0 of a profile: the second one loses, and is told which version there is now.
    async fn stale_version(&mut self, customer: &Receipt) -> Result<(), StoryError> {
        let path = &customer.links.view;
        self.narrator.step("Two windows are open on Ada's profile; both have seen its version 0.").await?;
        self.get_at(path, customer).await?;

        self.narrator.step("The first one changes her name.").await?;
        let body = json!({ "version": 0, "displayName": "Ada King" });
        self.narrator.asks("PATCH", path, &body)?;
        let receipt = self.client.patch(path, &body).await?;
        self.narrator.taken(&receipt)?;

        self.narrator.step("The second one comes too late: its version is stale.").await?;
        let body = json!({ "version": 0, "displayName": "Countess of Lovelace" });
        self.refused("PATCH", Command::patch(path.as_str(), &body)?, path, &body).await
    }

    async fn statistics(&mut self, shipped: &Receipt) -> Result<(), StoryError> {
        self.narrator.step("The dashboard, kept by a projection and not computed for this request.").await?;
        self.get_at("/api/stats/dashboard", shipped).await?;

        self.narrator.step("What was submitted, day by day.").await?;
        self.get_at("/api/stats/daily", shipped).await
    }

    async fn post(&self, path: &str, body: Value) -> Result<Receipt, StoryError> {
        self.narrator.asks("POST", path, &body)?;
        let receipt = self.client.post(path, &body).await?;
        self.narrator.taken(&receipt)?;
        Ok(receipt)
    }

    async fn get(&self, path: &str) -> Result<(), StoryError> {
        self.narrator.asks("GET", path, &Value::Null)?;
        self.narrator.shown(&self.client.get::<Value>(path).await?)?;
        Ok(())
    }

    async fn get_at(&self, path: &str, receipt: &Receipt) -> Result<(), StoryError> {
        self.narrator.asks(
            "GET",
            &format!("{path}?position={}&wait=true", receipt.position),
            &Value::Null,
        )?;
        self.narrator.shown(&self.client.get_at::<Value>(path, receipt).await?)?;
        Ok(())
    }

    /// Sends a command that must be refused.
    async fn refused(
        &self,
        method: &'static str,
        command: Command,
        path: &str,
        body: &Value,
    ) -> Result<(), StoryError> {
        self.narrator.asks(method, path, body)?;
        match self.client.send(&command).await {
            Ok(_) => Err(StoryError::NotRefused { method, path: path.to_owned() }),
            Err(Error::Rejected(problem) | Error::StaleVersion { problem, .. }) => {
                self.narrator.refused(&problem)?;
                Ok(())
            }
            Err(other) => Err(other.into()),
        }
    }
}
