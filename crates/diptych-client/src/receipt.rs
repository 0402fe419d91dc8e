//! What a command is answered with: ids and places, never data.
//!
//! A receipt is all that is needed to read one's own write, on any node, after any restart. So it can be stored and
//! handed on: it serialises to the JSON that the server sent. The member with the id is named after the thing
//! (`orderId`, `userId`); both the name and the id are kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The server's word that a command is recorded, durably.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct Receipt {
    /// The id of the thing, chosen by the caller or made by the server.
    pub id: String,
    /// The name of the member that held the id: `orderId`, `userId`, `articleId`, …
    pub id_member: String,
    /// The conversation that the command belongs to.
    pub correlation_id: String,
    /// Place of the stream's last event, 0-based and gapless; what a view calls its `version`.
    pub revision: u64,
    /// Place in the whole store, 1-based, with gaps; a view that has come so far holds what this command did.
    pub position: u64,
    /// How far the views were when the command was answered.
    pub status: ReceiptStatus,
    /// Where to look.
    pub links: Links,
}

/// How far the views of a thing are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum ReceiptStatus {
    /// At least one is not there yet.
    Processing,
    /// All of them hold it.
    Completed,
}

/// Where to look: paths at the server that gave the receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Links {
    /// The view of the thing.
    #[serde(rename = "self")]
    pub view: String,
    /// How far the views are, without waiting.
    pub status: String,
    /// The view as soon as it holds this, as Server-Sent Events.
    pub stream: String,
}

/// The JSON of a receipt, in which the id has no fixed name.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
    correlation_id: String,
    revision: u64,
    position: u64,
    status: ReceiptStatus,
    links: Links,
}

impl TryFrom<Wire> for Receipt {
    type Error = &'static str;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        let mut ids = wire.rest.into_iter().filter(|(member, _)| member.ends_with("Id"));
        let id = ids.find_map(|(member, value)| Some((member, value.as_str()?.to_owned())));
        let (id_member, id) = id.ok_or("a receipt names the thing in a member that ends in `Id`")?;
        let Wire { correlation_id, revision, position, status, links, .. } = wire;
        Ok(Self { id, id_member, correlation_id, revision, position, status, links })
    }
}

impl From<Receipt> for Wire {
    fn from(receipt: Receipt) -> Self {
        let Receipt { id, id_member, correlation_id, revision, position, status, links } = receipt;
        let rest = BTreeMap::from([(id_member, Value::String(id))]);
        Self { correlation_id, revision, position, status, links, rest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json, to_value};

    #[test]
    fn a_receipt_is_read_and_written_as_the_server_sends_it() {
        let sent = json!({
            "orderId": "ORD-001", "correlationId": "c-1", "revision": 3, "position": 42, "status": "PROCESSING",
            "links": {
                "self": "/api/orders/ORD-001",
                "status": "/api/orders/ORD-001/status?correlation=c-1",
                "stream": "/api/orders/ORD-001/stream?correlation=c-1&once=true",
            },
        });
        let receipt: Receipt = from_value(sent.clone()).unwrap();
        assert_eq!((receipt.id_member.as_str(), receipt.id.as_str()), ("orderId", "ORD-001"));
        assert_eq!(to_value(receipt).unwrap(), sent);
    }

    #[test]
    fn a_receipt_without_the_id_of_a_thing_is_none() {
        let links = json!({ "self": "/a", "status": "/a/status", "stream": "/a/stream" });
        let sent = json!({ "correlationId": "c", "revision": 0, "position": 1, "status": "PROCESSING", "links": links });
        assert!(from_value::<Receipt>(sent).unwrap_err().to_string().contains("`Id`"));
    }
}
