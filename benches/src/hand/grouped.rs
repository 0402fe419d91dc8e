//! A thread by hand that writes whatever waits in one transaction.

use std::{path::Path, thread::JoinHandle};

use diptych::Result;
use tokio::sync::{mpsc, oneshot, watch};

use super::log::{Fact, Writer, make};

/// As many as ours takes at once.
const GROUP: usize = 512;

type Job = (Fact, oneshot::Sender<Option<i64>>);

/// The way to the thread. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Grouped {
    jobs: mpsc::Sender<Job>,
    head: watch::Receiver<i64>,
}

impl Grouped {
    /// Starts the thread on a log; it ends when nobody holds this any more.
    pub(crate) fn start(file: &Path) -> (Self, JoinHandle<rusqlite::Result<()>>) {
        let (jobs, mut waiting) = mpsc::channel::<Job>(1_024);
        let (news, head) = watch::channel(0);
        let file = file.to_owned();
        let thread = std::thread::spawn(move || {
            let connection = make(&file)?;
            let mut writer = Writer::new(&connection)?;
            let mut group = Vec::with_capacity(GROUP);
            while waiting.blocking_recv_many(&mut group, GROUP) > 0 {
                let written = writer.write(group.iter().map(|(fact, _)| fact))?;
                if let Some(Ok(last)) = written.iter().rev().find(|it| it.is_ok()) {
                    news.send_replace(*last);
                }
                for ((_, reply), written) in group.drain(..).zip(written) {
                    let answered = reply.send(written.ok());
                    debug_assert!(answered.is_ok(), "callers of the rows wait for their answers");
                }
            }
            Ok(())
        });
        (Self { jobs, head }, thread)
    }

    /// Has a fact written; answers its position once it is durable.
    ///
    /// # Errors
    /// Where the thread has ended, or the expected revision was not there.
    pub(crate) async fn write(&self, fact: Fact) -> Result<i64> {
        let (reply, answer) = oneshot::channel();
        self.jobs.send((fact, reply)).await?;
        answer.await?.ok_or_else(|| "the stream had other events than was expected".into())
    }

    /// Tells the last position.
    pub(crate) fn head(&self) -> watch::Receiver<i64> {
        self.head.clone()
    }
}
