//! Statements whose counts nobody asks for: they go out together and are answered together, so that an event costs no round trip.
//!
//! Read [`Pipeline`] first. A text that is sent again and again is prepared once and then executed by name, many in one message:
//! parsing and planning it anew takes longer than running it. What is prepared belongs to the session, which behind a pooler is
//! somebody else's after the transaction; so it is let go before COMMIT, and with ROLLBACK ([`ROLL_BACK`]).
//!
//! What holds: statements run in the order in which they were sent. The first that fails is the one that is told of, with its
//! text; the server takes none after it.

use std::{
    collections::{HashMap, VecDeque},
    fmt::Write,
    future::ready,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use diptych_core::{SqlValue, sql::SqlError};
use futures::{TryStreamExt, future::BoxFuture, poll};
use tokio_postgres::{Client, Error, SimpleQueryMessage};

use crate::{
    guard,
    statement::{answered, execute},
    value::text_of,
};

/// How many statements are sent in one message.
const TOGETHER: usize = 128;
/// Of how many bytes a message is about, unless one statement alone has more.
const BYTES: usize = 64 << 10;
/// How many messages may be on their way: the server works on one while the next is made.
const UNDER_WAY: usize = 4;
/// From how many times on a text is prepared.
const AGAIN: usize = 4;
/// How many texts are prepared in a transaction.
const PREPARED: usize = 64;
/// How many texts are remembered, of which some may turn out to be sent again and again.
const TEXTS: usize = 256;

/// Ends a transaction in which statements may have been prepared. One message, so it reaches one session.
pub(crate) const ROLL_BACK: &str = "ROLLBACK; DO $$
DECLARE prepared text;
BEGIN
    FOR prepared IN SELECT name FROM pg_prepared_statements WHERE starts_with(name, 'diptych_') LOOP
        EXECUTE 'DEALLOCATE ' || quote_ident(prepared);
    END LOOP;
END $$";

/// Whether texts are prepared that are sent again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeated {
    Prepared,
    /// Where a transaction has but few statements.
    AsOthers,
}

/// See the page.
pub(crate) struct Pipeline<'a> {
    client: &'a Client,
    patience: Duration,
    repeated: Repeated,
    waiting: Vec<(Arc<str>, Vec<SqlValue>)>,
    bytes: usize,
    texts: HashMap<Arc<str>, Text>,
    prepared: usize,
    under_way: VecDeque<BoxFuture<'a, Result<(), SqlError>>>,
}

/// What is known of a text.
#[derive(Default)]
struct Text {
    times: usize,
    /// By what number it is prepared.
    number: Option<usize>,
}

/// Statements that go out in one message.
#[derive(Default)]
struct Message {
    sql: String,
    /// What each of them is the execution of.
    of: Vec<Arc<str>>,
}

impl<'a> Pipeline<'a> {
    pub(crate) fn new(client: &'a Client, patience: Duration, repeated: Repeated) -> Self {
        let (waiting, texts, under_way) = (Vec::new(), HashMap::new(), VecDeque::new());
        Self { client, patience, repeated, waiting, bytes: 0, texts, prepared: 0, under_way }
    }

    /// Takes a statement.
    ///
    /// # Errors
    /// [`SqlError`] where it is none, or of an earlier one.
    pub(crate) async fn send(&mut self, sql: &str, params: Vec<SqlValue>) -> Result<(), SqlError> {
        guard::check(sql).map_err(|error| SqlError::engine(sql, error))?;
        let text = match self.texts.get_key_value(sql) {
            Some((text, _)) => Arc::clone(text),
            None => Arc::from(sql),
        };
        if self.texts.len() > TEXTS {
            self.texts.retain(|_, text| text.number.is_some());
        }
        self.texts.entry(Arc::clone(&text)).or_default().times += 1;
        self.bytes += params.iter().map(size).sum::<usize>();
        self.waiting.push((text, params));
        if self.waiting.len() >= TOGETHER || self.bytes >= BYTES {
            self.let_go().await?;
            while self.under_way.len() > UNDER_WAY {
                self.first_answered().await?;
            }
        }
        Ok(())
    }

    /// Has all of them run; what is asked next sees what they wrote.
    ///
    /// # Errors
    /// [`SqlError`] of the first that failed.
    pub(crate) async fn flush(&mut self) -> Result<(), SqlError> {
        self.let_go().await?;
        while !self.under_way.is_empty() {
            self.first_answered().await?;
        }
        Ok(())
    }

    /// The same before COMMIT: nothing is left in the session.
    ///
    /// # Errors
    /// [`SqlError`] of the first that failed.
    pub(crate) async fn finish(&mut self) -> Result<(), SqlError> {
        self.let_go().await?;
        let names =
            (0..std::mem::take(&mut self.prepared)).map(|number| format!("DEALLOCATE diptych_{number}"));
        let sql = names.collect::<Vec<_>>().join(";");
        if !sql.is_empty() {
            self.texts.clear();
            self.go(Message { sql, of: Vec::new() }).await;
        }
        self.flush().await
    }

    async fn first_answered(&mut self) -> Result<(), SqlError> {
        match self.under_way.pop_front() {
            Some(answer) => answer.await,
            None => Ok(()),
        }
    }

    /// Sends what waits.
    async fn let_go(&mut self) -> Result<(), SqlError> {
        self.bytes = 0;
        let mut message = Message::default();
        for (text, params) in std::mem::take(&mut self.waiting) {
            match self.number(&text, &mut message).await {
                Some(number) => message.add(number, &text, &params)?,
                None => {
                    self.go(std::mem::take(&mut message)).await;
                    let (client, patience) = (self.client, self.patience);
                    let one = async move { execute(client, patience, &text, &params).await.map(drop) };
                    self.begin(Box::pin(one)).await;
                }
            }
        }
        self.go(message).await;
        Ok(())
    }

    /// The number by which a text is prepared. It is prepared now where it was not and is worth it, after what stands before it.
    async fn number(&mut self, text: &Arc<str>, before: &mut Message) -> Option<usize> {
        let known = self.texts.get_mut(text)?;
        let worth_it =
            self.repeated == Repeated::Prepared && known.times >= AGAIN && self.prepared < PREPARED;
        let preparable = guard::preparable(text).filter(|_| known.number.is_none() && worth_it);
        let Some(preparable) = preparable else { return known.number };
        let number = self.prepared;
        known.number = Some(number);
        self.prepared += 1;
        self.go(std::mem::take(before)).await;
        let (client, patience, text) = (self.client, self.patience, Arc::clone(text));
        let sql = format!("PREPARE diptych_{number} AS {preparable}");
        // By the protocol that takes one statement a message: what follows a semicolon must not run.
        let prepare =
            async move { answered(patience, &text, client.execute_typed(&sql, &[])).await.map(drop) };
        self.begin(Box::pin(prepare)).await;
        Some(number)
    }

    async fn go(&mut self, message: Message) {
        if !message.sql.is_empty() {
            let (client, patience) = (self.client, self.patience);
            self.begin(Box::pin(message.run(client, patience))).await;
        }
    }

    /// Polling it once hands it to the connection, in the order in which this is called. It may be answered before those before it
    /// were looked at, one of which may be why it failed.
    async fn begin(&mut self, mut answer: BoxFuture<'a, Result<(), SqlError>>) {
        self.under_way.push_back(match poll!(&mut answer) {
            Poll::Ready(answered) => Box::pin(ready(answered)),
            Poll::Pending => answer,
        });
    }
}

impl Message {
    fn add(&mut self, number: usize, text: &Arc<str>, params: &[SqlValue]) -> Result<(), SqlError> {
        let written = self.write(number, params);
        self.of.push(Arc::clone(text));
        written.map_err(|error| SqlError::engine(text, error))
    }

    fn write(&mut self, number: usize, params: &[SqlValue]) -> Result<(), Unholdable> {
        let begin = if self.sql.is_empty() { "" } else { ";" };
        // Writing to a text cannot fail.
        write!(self.sql, "{begin}EXECUTE diptych_{number}").map_err(|_| Unholdable)?;
        for (nth, value) in params.iter().enumerate() {
            self.sql.push(if nth == 0 { '(' } else { ',' });
            match text_of(value) {
                Some(text) => quote(&text, &mut self.sql)?,
                None => self.sql.push_str("NULL"),
            }
        }
        self.sql.push_str(if params.is_empty() { "" } else { ")" });
        Ok(())
    }

    /// Counts what was done, so that it is known which of them fails.
    async fn run(self, client: &Client, patience: Duration) -> Result<(), SqlError> {
        let mut done = 0;
        let running = async {
            let mut answers = std::pin::pin!(client.simple_query_raw(&self.sql).await?);
            while let Some(answer) = answers.try_next().await? {
                if let SimpleQueryMessage::CommandComplete(_) = answer {
                    done += 1;
                }
            }
            Ok::<(), Error>(())
        };
        let ran = tokio::time::timeout(patience, running).await;
        let failed = self.of.get(done).or(self.of.last()).map_or("DEALLOCATE", |text| &**text);
        match ran {
            Ok(ran) => ran.map_err(|error| SqlError::engine(failed, error)),
            Err(_) => Err(SqlError::engine(failed, crate::server::Silent(patience))),
        }
    }
}

/// A text in quotes, as the server reads it whatever it is set to take a backslash for.
fn quote(text: &str, out: &mut String) -> Result<(), Unholdable> {
    if text.contains('\0') {
        return Err(Unholdable);
    }
    out.push_str("E'");
    for part in text.split_inclusive(['\'', '\\']) {
        out.push_str(part);
        // What it ends with stands there twice.
        out.extend(part.chars().last().filter(|last| matches!(last, '\'' | '\\')));
    }
    out.push('\'');
    Ok(())
}

#[derive(Debug, thiserror::Error)]
#[error("PostgreSQL keeps no U+0000 in texts")]
struct Unholdable;

fn size(value: &SqlValue) -> usize {
    match value {
        SqlValue::Text(text) => text.len(),
        SqlValue::Blob(bytes) => bytes.len() * 2,
        SqlValue::Null | SqlValue::Integer(_) | SqlValue::Real(_) => 8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_text_is_doubled() {
        for (text, quoted) in [
            ("", "E''"),
            ("a", "E'a'"),
            ("it's", "E'it''s'"),
            ("\\", r"E'\\'"),
            ("'; DROP TABLE x; --\\'", r"E'''; DROP TABLE x; --\\'''"),
            ("ä'", "E'ä'''"),
        ] {
            let mut out = String::new();
            quote(text, &mut out).unwrap();
            assert_eq!(out, quoted, "{text}");
        }
        assert!(quote("a\0b", &mut String::new()).is_err());
    }
}
