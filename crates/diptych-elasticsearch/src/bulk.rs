//! Writing documents by bulk requests, and judging each document on its own.
//!
//! Of one answer, some documents are written, some are found to be older than what is there (which is as good), some may be taken
//! later and are sent again after a pause, and one may be refused: that is an event's fault, and names it. What holds: after an error the
//! documents may be written or not; written again, they are found to be there.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use diptych_core::{Failure, FailureKind, documents::Entry};
use http::Method;
use serde::Deserialize;

use crate::{
    failure::{Cause, Meaning, Told},
    mapping::Fields,
    server::Server,
};

/// A request holds about so many bytes; a document that is larger stands alone.
const REQUEST: usize = 4 << 20;
/// Nor more documents than this.
const DOCUMENTS: usize = 2_000;

/// Where documents are written.
#[derive(Clone, Copy)]
pub(crate) struct Bulk<'a> {
    pub(crate) server: &'a Server,
    pub(crate) alias: &'a str,
    pub(crate) fields: &'a Fields,
}

/// What became of all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrote {
    /// Each is durable, or something newer is.
    All,
    /// The index is not there any more.
    NoIndex,
}

/// A document as it is sent.
struct Line {
    id: String,
    bytes: Vec<u8>,
}

/// What became of a request.
enum Sent<'a> {
    /// These may be taken later.
    Left(Vec<&'a Line>, Option<Told>),
    /// The request is too much, or one of its documents is.
    Refused(Told),
    NoIndex,
}

#[derive(Deserialize)]
struct Answered {
    #[serde(default)]
    errors: bool,
    #[serde(default)]
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    index: Judged,
}

#[derive(Deserialize)]
struct Judged {
    status: u16,
    #[serde(default)]
    error: Option<Cause>,
}

fn pauses() -> impl Iterator<Item = Duration> {
    let first = Duration::from_millis(50);
    ExponentialBuilder::default().with_min_delay(first).with_max_times(6).with_jitter().build()
}

impl Bulk<'_> {
    fn doing(self) -> String {
        format!("writing documents of {} in {}", self.alias, self.server.kind().name())
    }

    pub(crate) async fn write(self, entries: &[Entry]) -> Result<Wrote, Failure> {
        let lines = entries.iter().map(|entry| self.line(entry)).collect::<Result<Vec<_>, _>>()?;
        for request in requests(&lines) {
            if self.write_some(request).await? == Wrote::NoIndex {
                return Ok(Wrote::NoIndex);
            }
        }
        Ok(Wrote::All)
    }

    fn line(self, entry: &Entry) -> Result<Line, Failure> {
        let bytes = self.fields.lines(entry);
        let bytes = bytes.map_err(|error| Failure::new(FailureKind::Internal, self.doing(), error))?;
        Ok(Line { id: entry.id.clone(), bytes })
    }

    async fn write_some(self, lines: Vec<&Line>) -> Result<Wrote, Failure> {
        let (mut to_send, mut pauses) = (vec![lines], pauses());
        while let Some(lines) = to_send.pop() {
            match self.send(&lines).await? {
                Sent::Left(left, _) if left.is_empty() => {}
                Sent::Left(left, told) => {
                    let Some(pause) = pauses.next() else { return Err(self.overloaded(told)) };
                    tokio::time::sleep(pause).await;
                    to_send.push(left);
                }
                Sent::Refused(told) => match lines.as_slice() {
                    [line] => return Err(self.refused(line, told)),
                    // Perhaps it was only too much at once.
                    several => {
                        let (one, other) = several.split_at(several.len() / 2);
                        to_send.extend([other.to_vec(), one.to_vec()]);
                    }
                },
                Sent::NoIndex => return Ok(Wrote::NoIndex),
            }
        }
        Ok(Wrote::All)
    }

    async fn send<'a>(self, lines: &[&'a Line]) -> Result<Sent<'a>, Failure> {
        let body: Vec<u8> = lines.iter().flat_map(|line| line.bytes.iter().copied()).collect();
        let filter = "filter_path=errors,items.*.status,items.*.error";
        let path = format!("/{}/_bulk?require_alias=true&{filter}&{}", self.alias, self.server.timeout());
        let doing = self.doing();
        let answer = self.server.again(Method::POST, &path, body, &doing).await?;
        if let Some(told) = answer.told() {
            return match told.meaning() {
                Meaning::Busy => Ok(Sent::Left(lines.to_vec(), Some(told))),
                Meaning::Refused => Ok(Sent::Refused(told)),
                Meaning::NoIndex => Ok(Sent::NoIndex),
                Meaning::Conflict | Meaning::Unavailable => Err(told.failure(&doing)),
            };
        }
        let Answered { errors, items } = answer.read(&doing)?;
        if !errors {
            return Ok(Sent::Left(Vec::new(), None));
        }
        if items.len() != lines.len() {
            let text = format!("{doing}: {} were sent, and {} answered", lines.len(), items.len());
            return Err(Failure::plain(FailureKind::Unavailable, text));
        }
        self.judge(lines, items)
    }

    /// Looks at each document's own answer.
    fn judge<'a>(self, lines: &[&'a Line], items: Vec<Item>) -> Result<Sent<'a>, Failure> {
        let (mut left, mut why) = (Vec::new(), None);
        for (line, Item { index: Judged { status, error } }) in lines.iter().zip(items) {
            let Some(told) = error.map(|cause| Told::by(status, &cause)) else { continue };
            match told.meaning() {
                Meaning::Conflict => {}
                Meaning::Busy => {
                    left.push(*line);
                    why = Some(told);
                }
                Meaning::NoIndex => return Ok(Sent::NoIndex),
                Meaning::Unavailable => return Err(told.failure(&self.doing())),
                Meaning::Refused => return Err(self.refused(line, told)),
            }
        }
        Ok(Sent::Left(left, why))
    }

    fn refused(self, line: &Line, told: Told) -> Failure {
        let text = format!("{} refuses the document {:?}", self.server.kind().name(), line.id);
        Failure::new(FailureKind::Invalid, text, told)
    }

    fn overloaded(self, told: Option<Told>) -> Failure {
        let text = format!("{}: it has too much to do", self.doing());
        match told {
            Some(told) => Failure::new(FailureKind::Unavailable, text, told),
            None => Failure::plain(FailureKind::Unavailable, text),
        }
    }
}

/// Cuts what is written into requests.
fn requests(lines: &[Line]) -> Vec<Vec<&Line>> {
    let mut requests: Vec<Vec<&Line>> = Vec::new();
    let mut bytes = 0;
    for line in lines {
        bytes += line.bytes.len();
        match requests.last_mut().filter(|last| bytes <= REQUEST && last.len() < DOCUMENTS) {
            Some(last) => last.push(line),
            None => {
                bytes = line.bytes.len();
                requests.push(vec![line]);
            }
        }
    }
    requests
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_cut_by_bytes_and_by_number() {
        let line = |bytes: usize| Line { id: String::new(), bytes: vec![b' '; bytes] };
        let sizes = |sizes: &[usize]| -> Vec<usize> {
            let lines: Vec<_> = sizes.iter().map(|size| line(*size)).collect();
            requests(&lines).iter().map(Vec::len).collect()
        };
        assert_eq!(sizes(&[]), Vec::<usize>::new());
        assert_eq!(sizes(&[1, REQUEST - 1, 1]), [2, 1]);
        assert_eq!(sizes(&[1, REQUEST + 1, 1, 1]), [1, 1, 2]);
        assert_eq!(sizes(&vec![1; DOCUMENTS + 1]), [DOCUMENTS, 1]);
    }
}
