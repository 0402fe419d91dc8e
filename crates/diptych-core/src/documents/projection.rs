//! Projections into documents: which documents an event touches, and a pure fold of each.
//!
//! Neither does I/O, so a batch of events becomes one write of each document, and doing it again gives the same. Events of several
//! streams may touch one document: they are folded in the order of their positions.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::shape::Shape;
use crate::{
    codec,
    event::{Event, RecordedEvent},
    failure::BoxError,
    metadata::Metadata,
    projection::ProjectionSpec,
};

/// A projection whose read model is documents, one type of them.
///
/// ```text
/// struct Balances;
///
/// impl Documents for Balances {
///     type Event = BankEvent;
///     type Document = Balance;
///
///     fn spec(&self) -> ProjectionSpec {
///         ProjectionSpec::new("balances").events::<BankEvent>()
///     }
///
///     fn shape(&self) -> Shape {
///         Shape::new().keyword("owner").integer("cents")
///     }
///
///     fn touches(&self, event: &BankEvent) -> Vec<String> {
///         vec![event.account().to_owned()]
///     }
///
///     fn apply(&self, event: &BankEvent, _: &Metadata, _: &str, document: &mut Option<Balance>) -> Result<(), BoxError> {
///         match event {
///             BankEvent::Opened { owner, .. } => *document = Some(Balance { owner: owner.clone(), cents: 0 }),
///             BankEvent::Deposited { cents, .. } => document.as_mut().ok_or("no such account")?.cents += cents,
///         }
///         Ok(())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a projection into documents",
    label = "not a projection into documents",
    note = "implement `diptych::documents::Documents` for it: `touches` names documents, `apply` folds one"
)]
pub trait Documents: Send + Sync + 'static {
    /// The events that it takes.
    type Event: Event;
    /// What is kept. Serialises to a JSON object.
    type Document: Serialize + DeserializeOwned;

    /// What is declared of it. Its `schema` is not used; the shape is.
    fn spec(&self) -> ProjectionSpec;

    /// What can be asked of its documents. A change of it, as of the documents, wants a new version in the spec.
    fn shape(&self) -> Shape;

    /// The ids of the documents that this event may change.
    fn touches(&self, event: &Self::Event) -> Vec<String>;

    /// What this event makes of the document of that id: none before it is there, and none to delete it. Pure: no I/O, no clock.
    ///
    /// # Errors
    /// Any error; the event is then the one at fault, and the document stays as it was.
    fn apply(
        &self,
        event: &Self::Event,
        at: &Metadata,
        id: &str,
        document: &mut Option<Self::Document>,
    ) -> Result<(), BoxError>;
}

/// A projection into documents, of whatever type: what engines are given.
pub trait DocumentProjection: Send + Sync + 'static {
    /// What is declared of it.
    fn spec(&self) -> ProjectionSpec;

    /// What can be asked of its documents.
    fn shape(&self) -> Shape;

    /// Reads an event, to be folded into the documents that it touches.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn folding<'a>(&'a self, event: &'a RecordedEvent) -> Result<Vec<Box<dyn Folding + 'a>>, BoxError>;
}

/// One fact, read, and about to be folded. A stored event is mostly one fact; upcast, it may be several.
pub trait Folding: Send {
    /// The ids of the documents that it touches.
    fn touches(&self) -> Vec<String>;

    /// Folds it into one of them.
    ///
    /// # Errors
    /// Where the projection refuses it.
    fn fold(&self, id: &str, document: &mut Option<Value>) -> Result<(), BoxError>;
}

struct Fact<'a, P: Documents> {
    projection: &'a P,
    event: P::Event,
    at: &'a Metadata,
}

impl<P: Documents> Folding for Fact<'_, P> {
    fn touches(&self) -> Vec<String> {
        self.projection.touches(&self.event)
    }

    fn fold(&self, id: &str, document: &mut Option<Value>) -> Result<(), BoxError> {
        let mut typed = document.take().map(serde_json::from_value).transpose()?;
        self.projection.apply(&self.event, self.at, id, &mut typed)?;
        *document = typed.map(serde_json::to_value).transpose()?;
        Ok(())
    }
}

impl<P: Documents> DocumentProjection for P {
    fn spec(&self) -> ProjectionSpec {
        Documents::spec(self)
    }

    fn shape(&self) -> Shape {
        Documents::shape(self)
    }

    fn folding<'a>(&'a self, event: &'a RecordedEvent) -> Result<Vec<Box<dyn Folding + 'a>>, BoxError> {
        let facts = codec::decode::<P::Event>(event)?.into_iter();
        let folding = facts.map(|fact| -> Box<dyn Folding + 'a> {
            Box::new(Fact { projection: self, event: fact, at: &event.metadata })
        });
        Ok(folding.collect())
    }
}
