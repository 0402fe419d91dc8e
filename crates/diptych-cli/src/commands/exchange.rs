//! `events export` and `events import`: CloudEvents 1.0, one JSON object a line.
//!
//! A file is written under another name and renamed when it is whole. An import goes in batches that are taken wholly or not at
//! all, and may be begun again.

use std::{
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use futures::StreamExt;
use http::Method;
use serde_json::{Value, json};

use super::{CommandFailure, DONE, Outcome, events::Which, query};
use crate::{
    operator::Operator,
    output::{Bar, Output, cell},
};

/// How many bytes of lines go in one batch, unless one line is longer.
const BATCH: usize = 512 << 10;
/// How many lines go in one batch.
const LINES: usize = 1_000;

#[derive(Args, Debug)]
pub(crate) struct Export {
    #[command(flatten)]
    which: Which,
    /// The first position
    #[arg(long, value_name = "POSITION", default_value_t = 1)]
    from: u64,
    /// Where to write [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Import {
    /// What to read; - is standard input
    file: PathBuf,
}

impl Export {
    pub(crate) async fn run(&self, operator: &dyn Operator) -> Outcome {
        let page = operator.get("/api/admin/events?limit=1").await?;
        let head = page["head"].as_u64().unwrap_or(0);
        match &self.output {
            None => self.write(operator, head, &mut io::BufWriter::new(io::stdout())).await?,
            Some(path) => {
                let unfinished = beside(path);
                let written = async {
                    let mut file = io::BufWriter::new(std::fs::File::create(&unfinished)?);
                    self.write(operator, head, &mut file).await?;
                    file.get_ref().sync_all()?;
                    std::fs::rename(&unfinished, path)?;
                    Ok::<_, CommandFailure>(())
                };
                let _cleared = Cleared(&unfinished);
                written.await?;
            }
        }
        Ok(DONE)
    }

    async fn write(
        &self,
        operator: &dyn Operator,
        head: u64,
        to: &mut (impl Write + Send),
    ) -> Result<(), CommandFailure> {
        let mut pairs = self.which.pairs();
        pairs.push(("from", Some(self.from.to_string())));
        let mut lines = operator.lines(Method::GET, &format!("/api/admin/export{}", query(&pairs))).await?;
        let (bar, mut count) = (Bar::of("exporting"), 0_u64);
        while let Some(line) = lines.next().await {
            let line = line?;
            to.write_all(line.as_bytes())?;
            to.write_all(b"\n")?;
            count = count.saturating_add(1);
            if count.is_multiple_of(1_000) {
                bar.at(None, count, head.max(count));
            }
        }
        Ok(to.flush()?)
    }
}

/// The name of a file that is not whole yet.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".unfinished");
    name.into()
}

/// Removes what was not renamed.
struct Cleared<'a>(&'a Path);

impl Drop for Cleared<'_> {
    fn drop(&mut self) {
        match std::fs::remove_file(self.0) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => eprintln!("{} stays: {error}", self.0.display()),
        }
    }
}

impl Import {
    pub(crate) async fn run(&self, operator: &dyn Operator, out: Output) -> Outcome {
        let open = |source| CommandFailure::File { path: self.file.display().to_string(), source };
        let (mut reader, length): (Box<dyn BufRead + Send>, u64) = if self.file == Path::new("-") {
            (Box::new(BufReader::new(io::stdin())), 0)
        } else {
            let file = std::fs::File::open(&self.file).map_err(open)?;
            let length = file.metadata().map_err(open)?.len();
            (Box::new(BufReader::new(file)), length)
        };
        let (mut recorded, mut known, mut read, mut first) = (0_u64, 0_u64, 0_u64, 1_usize);
        let bar = Bar::of("importing");
        loop {
            let (batch, lines) = batch(&mut *reader)?;
            if batch.is_empty() {
                break;
            }
            read = read.saturating_add(u64::try_from(batch.len()).unwrap_or(u64::MAX));
            let after = first;
            let taken = operator.post("/api/admin/import", batch).await;
            let taken = taken.map_err(|error| {
                CommandFailure::Text(format!(
                    "in the batch that begins at line {after} of the input: {error}"
                ))
            })?;
            recorded = recorded.saturating_add(taken["recorded"].as_u64().unwrap_or(0));
            known = known.saturating_add(taken["known"].as_u64().unwrap_or(0));
            first = first.saturating_add(lines);
            bar.at(None, read, length.max(read));
        }
        drop(bar);
        let told = json!({ "recorded": recorded, "known": known });
        out.value(&told, |told: &Value| {
            format!(
                "{} events recorded, {} were there already",
                cell(&told["recorded"]),
                cell(&told["known"])
            )
        })?;
        Ok(DONE)
    }
}

/// The next lines, and how many.
fn batch(reader: &mut (dyn BufRead + Send)) -> io::Result<(Vec<u8>, usize)> {
    let (mut batch, mut lines) = (Vec::new(), 0);
    while batch.len() < BATCH && lines < LINES && reader.read_until(b'\n', &mut batch)? > 0 {
        lines += 1;
    }
    Ok((batch, lines))
}
