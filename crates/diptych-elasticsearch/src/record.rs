//! Records that are changed by compare-and-set: the server refuses a change of what is no longer as it was read (`if_seq_no`, `if_primary_term`).
//!
//! They are read in real time, not as they were last searchable. What holds: a record is only written by an alias that is there, so
//! one whose index was removed is not made anew.

use diptych_core::{Failure, FailureKind, documents::Record};
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    failure::{Meaning, unanswered},
    server::{Server, Unanswered},
};

/// Which writing of a document the server has; the next one names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Seen {
    #[serde(rename = "_seq_no")]
    seq_no: u64,
    #[serde(rename = "_primary_term")]
    primary_term: u64,
}

/// What became of a compare-and-set.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Set {
    /// It is durable.
    Done(Seen),
    /// Someone was first; nothing was changed.
    Changed,
    /// There is no such alias; nothing was changed.
    NoIndex,
}

/// Where a record is.
#[derive(Clone, Copy)]
pub(crate) struct RecordAt<'a> {
    pub(crate) server: &'a Server,
    pub(crate) alias: &'a str,
    /// Of signs that stand in a URL as they are.
    pub(crate) id: &'a str,
}

#[derive(Deserialize)]
struct Got {
    #[serde(flatten)]
    seen: Seen,
    #[serde(rename = "_source")]
    source: Source,
}

#[derive(Serialize, Deserialize)]
struct Source {
    place: Kept,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    revision: u64,
    value: Value,
}

impl RecordAt<'_> {
    fn doing(self, what: &str) -> String {
        format!("{what} {} of {} in {}", self.id, self.alias, self.server.kind().name())
    }

    pub(crate) async fn read(self) -> Result<Option<(Record, Seen)>, Failure> {
        let doing = self.doing("reading the record");
        let path = format!("/{}/_doc/{}", self.alias, self.id);
        let answer = self.server.again(Method::GET, &path, "", &doing).await?;
        // There is no such index, or no such document in it; a proxy's 404 is of another form.
        if answer.status == 404 && answer.is_of_the_server() {
            return Ok(None);
        }
        let Got { seen, source: Source { place: Kept { revision, value } } } = answer.read(&doing)?;
        Ok(Some((Record { revision, value }, seen)))
    }

    /// Writes it, if the one there is still as it was seen; if it was not there, if there is none.
    pub(crate) async fn write(self, record: &Record, before: Option<Seen>) -> Result<Set, Failure> {
        let doing = self.doing("setting the record");
        let Record { revision, value } = record.clone();
        let body = serde_json::to_vec(&Source { place: Kept { revision, value } })
            .map_err(|error| Failure::new(FailureKind::Internal, &doing, error))?;
        let condition = match before {
            Some(Seen { seq_no, primary_term }) => {
                format!("if_seq_no={seq_no}&if_primary_term={primary_term}")
            }
            None => "op_type=create".to_owned(),
        };
        let timeout = self.server.timeout();
        let path = format!("/{}/_doc/{}?require_alias=true&{condition}&{timeout}", self.alias, self.id);
        let answer = self.server.ask(Method::PUT, &path, body).await.map_err(|error| {
            let was_sent = !matches!(error, Unanswered::Away(_));
            if was_sent {
                Failure::new(FailureKind::OutcomeUnknown, &doing, error)
            } else {
                unanswered(&doing, error)
            }
        })?;
        let Some(told) = answer.told() else { return Ok(Set::Done(answer.read(&doing)?)) };
        match told.meaning() {
            Meaning::Conflict => Ok(Set::Changed),
            Meaning::NoIndex => Ok(Set::NoIndex),
            // The server, or one before it, broke off somewhere on the way.
            Meaning::Unavailable if told.status >= 500 => {
                Err(Failure::new(FailureKind::OutcomeUnknown, doing, told))
            }
            Meaning::Busy | Meaning::Unavailable | Meaning::Refused => Err(told.failure(&doing)),
        }
    }
}
