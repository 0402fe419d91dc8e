//! The shop: `cargo run` starts it on the embedded store, with no server and no configuration.

mod cli;

use std::process::ExitCode;

use diptych::App;
use diptych_cli::Cli;

/// What is read of the log is mostly let go of on another thread than it was taken on, which this one is made for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
