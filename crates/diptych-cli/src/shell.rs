//! `completions` and `man`: what shells and readers of manuals are given, made from the command line itself.

use std::{io, path::PathBuf, process::ExitCode};

use clap::{Args, Command, Subcommand};
use clap_complete::Shell;

use crate::CliError;

/// What is made from the command line itself.
#[derive(Subcommand, Debug)]
pub(crate) enum ShellCommand {
    /// Print what a shell completes by: `source <(… completions bash)`
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Print the manual page; --folder writes one for each subcommand too
    Man(Man),
}

#[derive(Args, Debug)]
pub(crate) struct Man {
    /// Where to write all pages, in place of printing the first
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

/// Does it for the whole command line.
///
/// # Errors
/// [`CliError`] where nobody reads, or the folder cannot be written.
pub(crate) fn run(what: &ShellCommand, mut all: Command) -> Result<ExitCode, CliError> {
    let name = all.get_name().to_owned();
    let done = match what {
        ShellCommand::Completions { shell } => {
            clap_complete::generate(*shell, &mut all, name, &mut io::stdout());
            Ok(())
        }
        ShellCommand::Man(Man { folder: Some(folder) }) => {
            std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(all, folder))
        }
        ShellCommand::Man(Man { folder: None }) => clap_mangen::Man::new(all).render(&mut io::stdout()),
    };
    done.map_err(|error| CliError::Subcommand(error.into()))?;
    Ok(ExitCode::SUCCESS)
}
