//! `shop seed`: fills the store with people and orders that could be real ones.
//!
//! Read [`plan`] for what is made, [`fill`] for how it is sent, [`settle`] for what is waited for at the end. Standard
//! output has the summary and nothing else; progress goes to standard error.

mod fill;
mod made;
mod plan;
mod settle;
mod target;
mod wish;
mod words;

use std::{io::Write, process::ExitCode, time::Instant};

use async_trait::async_trait;
use clap::{ArgMatches, Args, Command, FromArgMatches};
use diptych::{App, BoxError};
use diptych_cli::{Settings, Subcommand};
use diptych_client::Client;
use diptych_http::Routes;
use tokio_util::sync::CancellationToken;

use self::{fill::Filling, made::Made, plan::Draw, settle::settle, target::Target};

/// What a shell expects of a program that Ctrl-C has ended.
const INTERRUPTED: u8 = 130;

/// What may be said to it.
#[derive(Args)]
struct SeedArguments {
    /// How many orders to make
    #[arg(long, value_name = "NUMBER", default_value_t = 10_000)]
    orders: u32,

    /// How many users to make, who are the customers of the orders [default: one for every ten orders, at least ten]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    users: Option<u32>,

    /// Draw from this number: the same number gives the same content again [default: another one every time]
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,

    /// Send everything to the server at this address, such as http://127.0.0.1:3000, instead of opening the store
    #[arg(long, value_name = "URL")]
    url: Option<String>,

    /// Print the summary as one line of JSON, for programs
    #[arg(long)]
    json: bool,
}

/// The subcommand.
pub(crate) struct Seed;

#[async_trait]
impl Subcommand for Seed {
    fn define(&self) -> Command {
        SeedArguments::augment_args(Command::new("seed"))
            .about("Fill the store with made-up users and orders, to have something to look at")
            .long_about(
                "Fill the store with made-up users and orders, to have something to look at.\n\n\
                 What is there stays; running it again adds more. Ctrl-C ends it between two orders: what has \
                 begun is finished, and the exit code is 130. While a server runs on the store, say where with --url.",
            )
    }

    async fn run(
        &self,
        arguments: &ArgMatches,
        app: App,
        _: Routes,
        settings: &Settings,
    ) -> Result<ExitCode, BoxError> {
        let arguments = SeedArguments::from_arg_matches(arguments)?;
        let stop = until_interrupted();
        match &arguments.url {
            Some(url) => {
                let client = Client::new(url)?;
                let client = settings.token.iter().fold(client, |client, token| client.token(token));
                seed(Target::Server(client), &arguments, stop).await
            }
            None => {
                let node = app.start().await?;
                let seeded = seed(Target::Node(node.clone()), &arguments, stop).await;
                node.shut_down().await?;
                seeded
            }
        }
    }
}

/// Makes everything, waits for the read models, and says what was made.
async fn seed(
    target: Target,
    arguments: &SeedArguments,
    stop: CancellationToken,
) -> Result<ExitCode, BoxError> {
    let number = arguments.seed.unwrap_or_else(rand::random);
    let mut made = Made::from_seed(number);
    let orders = usize::try_from(arguments.orders)?;
    let users = arguments.users.map(usize::try_from).transpose()?.unwrap_or((orders / 10).max(10));
    let begun = Instant::now();
    let draw = Draw::from_seed(number);
    let mut filling = Filling { target: target.clone(), stop: stop.clone(), draw, made: &mut made };
    let filled = filling.run(users, orders).await;
    made.seconds = begun.elapsed().as_secs_f64();
    if filled.is_ok() && !stop.is_cancelled() {
        tokio::select! {
            settled = settle(&target, &made) => {
                settled?;
                made.caught_up = true;
            }
            () = stop.cancelled() => {}
        }
    }
    made.interrupted = stop.is_cancelled();
    if filled.is_ok() || made.commands > 0 {
        print(&made, arguments.json)?;
    }
    filled?;
    Ok(if made.interrupted { ExitCode::from(INTERRUPTED) } else { ExitCode::SUCCESS })
}

fn print(made: &Made, json: bool) -> Result<(), BoxError> {
    if made.interrupted {
        eprintln!("interrupted; every order that was begun is complete");
    }
    if json {
        writeln!(std::io::stdout(), "{}", serde_json::to_string(made)?)?;
    } else {
        writeln!(std::io::stdout(), "{made}")?;
    }
    Ok(())
}

/// Cancelled by Ctrl-C. A second one ends the process at once, for those who will not wait for what is in flight.
fn until_interrupted() -> CancellationToken {
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        for first in [true, false] {
            if let Err(error) = tokio::signal::ctrl_c().await {
                eprintln!("Ctrl-C cannot be listened for ({error}); it will end this at once");
                return;
            }
            if first {
                eprintln!("finishing what is in flight; Ctrl-C again leaves at once");
                told.cancel();
            } else {
                std::process::exit(INTERRUPTED.into());
            }
        }
    });
    stop
}
