//! `shop demo`: one order's story on the terminal, request by request and answer by answer.
//!
//! The story is in [`story`]; how it is told is in [`narrator`]. Everything goes over HTTP through `diptych-client`, as
//! any other program would do it; without `--url` against a server of its own that keeps nothing.

mod narrator;
mod story;

use std::{io::IsTerminal, net::Ipv4Addr, process::ExitCode, time::Duration};

use async_trait::async_trait;
use clap::{ArgMatches, Args, Command, FromArgMatches, parser::ValueSource};
use diptych::{App, BoxError, StoreUrl};
use diptych_cli::{Settings, Subcommand, serve};
use diptych_client::Client;
use diptych_http::Routes;

use self::narrator::Narrator;

/// How long a person at a terminal is given for each step unless told otherwise.
const PACE: Duration = Duration::from_millis(700);

/// What may be said to it.
#[derive(Args)]
struct DemoArguments {
    /// Play against the server at this address, such as http://127.0.0.1:3000; what the story makes stays there
    #[arg(long, value_name = "URL")]
    url: Option<String>,

    /// How long to pause before each step, in milliseconds [default: 700 at a terminal, else 0]
    #[arg(long, value_name = "MS")]
    pace: Option<u64>,
}

/// The subcommand.
pub(crate) struct Demo;

#[async_trait]
impl Subcommand for Demo {
    fn define(&self) -> Command {
        DemoArguments::augment_args(Command::new("demo"))
            .about("Play the story of one order on the terminal, with every request and its answer")
            .long_about(
                "Play the story of one order on the terminal, with every request and its answer.\n\n\
                 It starts a server of its own that keeps everything in memory, so your data is not touched; \
                 unless you give --store, or the address of a running server with --url.",
            )
    }

    async fn run(
        &self,
        arguments: &ArgMatches,
        app: App,
        routes: Routes,
        settings: &Settings,
    ) -> Result<ExitCode, BoxError> {
        let own = DemoArguments::from_arg_matches(arguments)?;
        let narrator = Narrator::at_pace(own.pace());
        let token = |client: Client| settings.token.iter().fold(client, |client, token| client.token(token));
        if let Some(url) = &own.url {
            story::play(token(Client::new(url)?), narrator).await?;
            return Ok(ExitCode::SUCCESS);
        }
        // A store that the environment or the settings file names is the user's own; only the flag says to use it here.
        let meant = arguments.value_source("store") == Some(ValueSource::CommandLine);
        let app = if meant { app } else { app.store(StoreUrl::Memory) };
        let settings = Settings { listen: vec![(Ipv4Addr::LOCALHOST, 0).into()], ..settings.clone() };
        let served = serve(app, routes, &settings).await?;
        let played = async { story::play(token(Client::new(&served.url())?), narrator).await }.await;
        served.stop().await?;
        played?;
        Ok(ExitCode::SUCCESS)
    }
}

impl DemoArguments {
    fn pace(&self) -> Duration {
        match self.pace {
            Some(milliseconds) => Duration::from_millis(milliseconds),
            None if std::io::stdout().is_terminal() => PACE,
            None => Duration::ZERO,
        }
    }
}
