//! What the OpenAPI document says of a route.

use http::Method;
use schemars::Schema;

/// One parameter in the query.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// Its JSON Schema.
    pub schema: Schema,
}

/// What kind of route, which tells the answers it may give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A command: 202 and a receipt.
    Command,
    /// The view of one thing.
    View,
    /// A part of a list.
    List,
    /// Any other value of a read model.
    Value,
    /// How far a command's effect has come.
    Status,
    /// Server-Sent Events.
    Stream,
}

/// One route, for the OpenAPI document.
#[derive(Clone, Debug)]
pub struct Documented {
    /// The method.
    pub method: Method,
    /// The path, with `{id}`.
    pub path: &'static str,
    /// What it does, in a sentence.
    pub summary: String,
    /// What kind of route.
    pub kind: Kind,
    /// The name of the command or the query that it takes; none where it takes neither.
    pub message: Option<&'static str>,
    /// What the thing's id is called in a receipt; for commands.
    pub member: Option<&'static str>,
    /// The JSON Schema of the body; for commands that take one.
    pub body: Option<Schema>,
    /// The JSON Schema of what a 200 holds; for a list, of one item.
    pub answer: Option<Schema>,
    /// Parameters in the query beside those of its kind.
    pub parameters: Vec<Parameter>,
}
