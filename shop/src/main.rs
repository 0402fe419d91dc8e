//! The shop: `cargo run` starts it on the embedded store, with no server and no configuration.

mod cli;

use std::process::ExitCode;

use diptych::App;
use diptych_cli::Cli;

/// Where the shop keeps things unless told otherwise.
const STORE: &str = "sqlite:shop-data";

#[tokio::main]
async fn main() -> ExitCode {
    let app = match App::open(STORE) {
        Ok(app) => shop::register(app),
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    Cli::new("shop", "The shop: orders and users on Diptych", app)
        .routes(shop::routes())
        .subcommand(cli::Seed)
        .subcommand(cli::Demo)
        .run()
        .await
}
