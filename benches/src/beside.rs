//! Another process of the bank on the same database: what it is told by lines, and what it answers.
//!
//! `deposit MARK CALLERS EACH` has so many commands sent, and is answered by `took MICROSECONDS`; `balance NTH POSITION ACCOUNT`
//! has the query asked with that position, and is answered by `answered NTH`. It ends with its input.

use std::{
    collections::HashMap,
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use diptych::{AskOptions, Node, Position, Result};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::{mpsc, oneshot},
};

use crate::{
    bank::{AccountId, Balance, Deposit, account, balance},
    callers::Callers,
    rows::postgres::bank::{app, balances},
};

/// How long an answer may take.
const AT_MOST: Duration = Duration::from_secs(30);

/// What the other process does beside sending commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Nothing: it fills no projection.
    Commands,
    /// It can be asked for balances, and fills them where nobody else does.
    Balances,
}

/// Is the other process, until its input ends.
///
/// # Errors
/// What the node said.
pub(crate) async fn be(url: &str, role: Role) -> Result {
    let mut app = app(url)?;
    if role == Role::Balances {
        app = app.projection(balances).query(balance);
    }
    let node = app.start().await?;
    let (answers, mut answered) = mpsc::channel::<String>(1_024);
    let writing = tokio::spawn(async move {
        let mut out = tokio::io::stdout();
        while let Some(line) = answered.recv().await {
            out.write_all(line.as_bytes()).await?;
            out.flush().await?;
        }
        Ok::<(), std::io::Error>(())
    });
    answers.send("ready\n".to_owned()).await?;
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let (node, answers) = (node.clone(), answers.clone());
        tokio::spawn(async move {
            let answer = obey(&node, &line).await.unwrap_or_else(|error| format!("failed {line}: {error}\n"));
            answers.send(answer).await
        });
    }
    drop(answers);
    writing.await??;
    Ok(node.shut_down().await?)
}

async fn obey(node: &Node, line: &str) -> Result<String> {
    match line.split(' ').collect::<Vec<_>>()[..] {
        ["deposit", mark, callers, each] => {
            let callers = Callers { callers: callers.parse()?, each: each.parse()? };
            let took = deposits(node, mark, callers).await?;
            Ok(format!("took {}\n", took.as_micros()))
        }
        ["balance", nth, position, of] => {
            let (of, position): (AccountId, u64) = (of.parse()?, position.parse()?);
            let options = AskOptions::after(Position::new(position), AT_MOST);
            node.ask_with(Balance(of), options).await?.value.ok_or("the row is not there")?;
            Ok(format!("answered {nth}\n"))
        }
        _ => Err("not understood".into()),
    }
}

/// The reference of a deposit, by which it is found again.
pub(crate) fn reference(mark: &str, caller: usize, n: usize) -> String {
    format!("{mark}-{caller:04}-{n:06}")
}

async fn deposits(node: &Node, mark: &str, callers: Callers) -> Result<Duration> {
    let (node, mark): (Node, Arc<str>) = (node.clone(), mark.into());
    let begun = callers.run(move |caller, n| {
        let (node, mark) = (node.clone(), Arc::clone(&mark));
        async move {
            // The mark is in the account's name too: nobody meets anybody else.
            let to = format!("{mark}-{}", account(caller * 100 + n % 100)).parse()?;
            node.execute(Deposit { to, cents: 100, reference: reference(&mark, caller, n) }).await?;
            Ok(())
        }
    });
    begun.await
}

/// The other process, as it is seen from here. It is killed where it was not stopped.
pub(crate) struct Beside {
    process: Child,
    input: tokio::sync::Mutex<Option<ChildStdin>>,
    waiting: Arc<Mutex<HashMap<String, oneshot::Sender<String>>>>,
}

impl Beside {
    /// Starts this program once more, on this database.
    ///
    /// # Errors
    /// Where it ends before it is ready.
    pub(crate) async fn start(url: &str, role: Role) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--beside", url]).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        if role == Role::Balances {
            command.arg("--fill");
        }
        let mut process = command.spawn()?;
        let output = process.stdout.take().ok_or("a process without output")?;
        let input = tokio::sync::Mutex::new(process.stdin.take());
        let mut lines = BufReader::new(output).lines();
        let first = tokio::time::timeout(AT_MOST, lines.next_line()).await??;
        if first.as_deref() != Some("ready") {
            return Err("another process of the bank ended before it was ready".into());
        }
        let waiting = Arc::new(Mutex::default());
        tokio::spawn(hear(lines, Arc::clone(&waiting)));
        Ok(Self { process, input, waiting })
    }

    /// Has so many deposits made; answers how long they took.
    ///
    /// # Errors
    /// What went wrong over there.
    pub(crate) async fn deposits(&self, mark: &str, callers: Callers) -> Result<Duration> {
        let line = format!("deposit {mark} {} {}", callers.callers, callers.each);
        let took = self.told("took", &line).await?;
        Ok(Duration::from_micros(took.parse()?))
    }

    /// Has the balance asked for with this position, and answers when it has come.
    ///
    /// # Errors
    /// What went wrong over there.
    pub(crate) async fn sees(&self, nth: usize, position: Position, of: &AccountId) -> Result {
        let line = format!("balance {nth} {position} {of}");
        self.told(&format!("answered {nth}"), &line).await.map(drop)
    }

    /// Ends it.
    ///
    /// # Errors
    /// Where it does not end.
    pub(crate) async fn stop(mut self) -> Result {
        drop(self.input.lock().await.take());
        tokio::time::timeout(AT_MOST, self.process.wait()).await??;
        Ok(())
    }

    /// Tells it a line; answers what follows the beginning by which its answer is known.
    async fn told(&self, begins: &str, line: &str) -> Result<String> {
        let (reply, answer) = oneshot::channel();
        self.waiting.lock().map_err(|_| "a listener panicked")?.insert(begins.to_owned(), reply);
        let mut input = self.input.lock().await;
        let input = input.as_mut().ok_or("the other process was stopped")?;
        input.write_all(format!("{line}\n").as_bytes()).await?;
        input.flush().await?;
        Ok(tokio::time::timeout(AT_MOST, answer).await??)
    }
}

/// Gives each answer to who waits for it. What failed over there is nobody's answer: who waits gives up, and it is told here.
async fn hear(
    mut lines: Lines<BufReader<ChildStdout>>,
    waiting: Arc<Mutex<HashMap<String, oneshot::Sender<String>>>>,
) -> Result {
    while let Some(line) = lines.next_line().await? {
        let (begins, rest) = match line.split_once(' ') {
            Some(("took", took)) => ("took", took),
            _ => (&*line, ""),
        };
        let reply = waiting.lock().map_err(|_| "a teller panicked")?.remove(begins);
        match reply {
            Some(reply) => drop(reply.send(rest.to_owned())),
            None => eprintln!("the other process said: {line}"),
        }
    }
    Ok(())
}
