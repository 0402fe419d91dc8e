//! `migrate`: brings the tables of the store up to date, or prints what that would be.

use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command};
use diptych::{App, Stores};

use crate::CliError;

/// Its name on the command line.
pub(crate) const NAME: &str = "migrate";

const DRY_RUN: &str = "dry-run";

/// Its name, help and arguments.
pub(crate) fn define() -> Command {
    Command::new(NAME)
        .about("Bring the tables of the store up to date, as every start does")
        .long_about(
            "Bring the tables of the store up to date, as every start does: all or nothing, and on a database one process \
             at a time.\n\nThe tables of projections are apart: a read model of a new version is filled beside the old one \
             while the application runs.",
        )
        .arg(
            Arg::new(DRY_RUN)
                .long(DRY_RUN)
                .action(ArgAction::SetTrue)
                .help("Print the SQL that would be run, and change nothing"),
        )
}

/// Does it.
///
/// # Errors
/// [`CliError`] where the store cannot be looked at or changed.
pub(crate) async fn run(arguments: &ArgMatches, app: &App) -> Result<ExitCode, CliError> {
    let Some(url) = app.store_url() else {
        println!("-- the stores of this application were opened by hand");
        return Ok(ExitCode::SUCCESS);
    };
    let Some(sql) = Stores::migrations(url).await? else {
        println!("-- {url} is up to date");
        return Ok(ExitCode::SUCCESS);
    };
    if arguments.get_flag(DRY_RUN) {
        println!("{}", sql.trim_end());
    } else {
        Stores::migrate(url).await?;
        println!("-- {url} has been brought up to date");
    }
    Ok(ExitCode::SUCCESS)
}
