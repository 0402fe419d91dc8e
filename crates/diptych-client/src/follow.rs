//! Following one thing: its view now, and again after every change, for as long as the caller cares.
//!
//! A connection that breaks is taken up with `Last-Event-ID`, so that no state is given twice and the latest is not
//! missed; changes that come faster than they are read are merged by the server. Read `events.rs` first.

use std::marker::PhantomData;
use std::time::Duration;

use futures::{Stream, StreamExt, stream};
use reqwest::Url;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep};

use crate::events::{Events, Next, Resume};
use crate::{Client, Error, View};

/// A following under way.
struct Following<T> {
    client: Client,
    url: Url,
    resume: Resume,
    connection: Option<Connection>,
    delays: Box<dyn Iterator<Item = Duration> + Send>,
    ended: bool,
    view: PhantomData<fn() -> T>,
}

struct Connection {
    events: Events,
    since: Instant,
}

impl Client {
    /// The view at a path, and again after each change.
    ///
    /// Positions only grow. The stream ends with an error that no reconnecting helps against ([`Error::NotFound`],
    /// [`Error::Gone`]), or with the last one after as many failed attempts in a row as the
    /// [`RetryPolicy`](crate::RetryPolicy) allows; else it goes on until it is dropped.
    ///
    /// ```no_run
    /// use futures::StreamExt;
    ///
    /// # async fn example(shop: diptych_client::Client) -> Result<(), diptych_client::Error> {
    /// let mut order = shop.follow::<serde_json::Value>("/api/orders/ORD-001")?;
    /// while let Some(view) = order.next().await {
    ///     println!("{}", view?.value["status"]);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::BadRequest`] when the path is none.
    pub fn follow<T: DeserializeOwned + Send + 'static>(
        &self,
        path: &str,
    ) -> Result<impl Stream<Item = Result<View<T>, Error>> + Send + Unpin + use<T>, Error> {
        let mut url = self.url(path)?;
        url.set_path(&format!("{}/stream", url.path().trim_end_matches('/')));
        let following = Following {
            client: self.clone(),
            url,
            resume: Resume::default(),
            connection: None,
            delays: Box::new(self.policy.delays()),
            ended: false,
            view: PhantomData,
        };
        Ok(stream::unfold(following, |mut following| async { Some((following.next().await?, following)) })
            .fuse()
            .boxed())
    }
}

impl<T: DeserializeOwned> Following<T> {
    async fn next(&mut self) -> Option<Result<View<T>, Error>> {
        while !self.ended {
            let error = match self.step().await {
                Ok(Some(view)) => return Some(Ok(view)),
                Ok(None) => continue,
                Err(error) => error,
            };
            self.leave();
            match self.delays.next().filter(|_| error.is_transient()) {
                Some(delay) => {
                    let asked = self.resume.pause.max(error.retry_after().unwrap_or_default());
                    sleep(asked + delay).await;
                }
                None => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }

    /// Connects, or takes the next event from the connection.
    async fn step(&mut self) -> Result<Option<View<T>>, Error> {
        let Some(connection) = &mut self.connection else {
            match self.client.open_events(self.url.clone(), &self.resume, None).await? {
                Some(events) => self.connection = Some(Connection { events, since: Instant::now() }),
                None => self.ended = true,
            }
            return Ok(None);
        };
        match connection.events.next(&mut self.resume).await? {
            Next::View(view) => {
                self.delays = Box::new(self.client.policy.delays());
                Ok(Some(view))
            }
            Next::NoViewYet => Err(Error::NotYet { retry_after: None, correlation_id: None }),
        }
    }

    /// Drops the connection. One that held for a while was a good one, and the next failure is the first in a row.
    fn leave(&mut self) {
        let held = self.connection.take().map(|connection| connection.since.elapsed());
        if held > Some(self.client.policy.longest_delay()) {
            self.delays = Box::new(self.client.policy.delays());
        }
    }
}
